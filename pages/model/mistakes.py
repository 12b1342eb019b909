"""The faces that a model confidently read wrong, and where it looked."""

from __future__ import annotations

import numpy as np
import streamlit as st

from emotion_core.data.near import unlike
from emotion_core.data.votes import has_majority
from emotion_core.emotions import EMOTIONS, LABELS, VOTES
from emotion_core.measure.accuracy import worst_mistakes
from emotion_core.measure.votes import majority_faces
from emotion_core.models.explain import Explanation, picture_row
from emotion_core.models.registry import ModelEntry
from pages.model.data import Reading
from pages.model.figures import AGAINST, learned_from
from pages.shared.explanations import LOOKED_AT, explanation
from pages.shared.votes import votes_text

SHOWN = 24
WIDTH = 110  # of one face, pixels


def show_mistakes(entry: ModelEntry, reading: Reading | None) -> None:
    """Show the most confident wrong readings, with heat maps on request."""
    if reading is None:
        st.info(
            "Measure the model on a data set above; its most confident wrong readings will be shown here.",
            icon=":material/image_search:",
        )
        return
    reading, others = _judged(entry, reading)
    rows = worst_mistakes(reading.probabilities, reading.data.labels, 4 * SHOWN)
    rows = unlike(reading.data.images, rows, SHOWN)  # data sets hold many a face several times
    if not len(rows):
        st.success("Every face was read right.", icon=":material/check_circle:")
        return
    st.markdown(f"Confident predictions that disagree with {others}.")
    faces, read = reading.data.images[rows], reading.probabilities[rows].argmax(axis=1)
    found = None
    if st.toggle(
        "Show where it looks (Grad-CAM)",
        key="models_gradcam",
        help="Bright: what speaks for the expression that was read. It takes some seconds, in a process of its own.",
    ):
        found = explanation(entry, faces, read)
    show_faces(faces, [caption(reading, row) for row in rows], found)


def against(entry: ModelEntry, has_votes: bool, key: str) -> str:
    """Ask what to compare with where there are votes; what the model learned from is the first choice."""
    if not has_votes:
        return LABELS
    chosen = st.segmented_control(
        "Compared with", list(AGAINST), format_func=AGAINST.__getitem__, default=learned_from(entry), required=True,
        key=f"models_against_{key}_{entry.name}",
    )  # fmt: skip
    return chosen or learned_from(entry)


def _judged(entry: ModelEntry, reading: Reading) -> tuple[Reading, str]:
    """Return the faces whose reading is judged, with the labels to judge by, and whose word stands against it."""
    agreed = has_majority(reading.votes)
    if against(entry, bool(agreed.any()), "mistakes") == VOTES:
        return Reading(majority_faces(reading.data), reading.probabilities[agreed]), "what most people say"
    if agreed.any() and st.toggle("Only where most people agree", key="models_agreed"):
        reading = reading.where(agreed)
    return reading, "the label. Some of the labels are doubtful, too"


def caption(reading: Reading, row: int) -> str:
    """Describe one face: its label, the expression that was read, the confidence, and what people say."""
    best = int(reading.probabilities[row].argmax())
    true = EMOTIONS[int(reading.data.labels[row])]
    text = f"{true}, read as {EMOTIONS[best]} {reading.probabilities[row, best]:.0%}"
    return text + said_by_people(reading, row)


def said_by_people(reading: Reading, row: int) -> str:
    """Return the votes on a face as the end of its caption; nothing where there are none."""
    votes = reading.votes[row]
    if not votes.any():
        return ""
    doubt = "" if has_majority(votes[None])[0] else "; people disagreed"
    return f"  \npeople: {votes_text(votes, True)}{doubt}"


def show_faces(
    faces: np.ndarray, captions: list[str], explained: Explanation | None = None, width: int = WIDTH
) -> None:
    """Show faces, ``(n, h, w)`` uint8, each ``width`` pixels wide and beside its maps if there are any."""
    looked_at = None if explained is None else explained.looked_at
    rows = [
        picture_row(
            face,
            None if explained is None else explained.heat[number],
            None if looked_at is None else looked_at[number],
        )
        for number, face in enumerate(faces)
    ]
    if looked_at is not None:
        st.caption(LOOKED_AT)
    with st.container(horizontal=True, gap="small"):
        for row, text in zip(rows, captions, strict=True):
            st.image(row, caption=text, width=width * (row.shape[1] // row.shape[0]), output_format="PNG", alt=text)

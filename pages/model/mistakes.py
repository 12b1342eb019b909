"""The faces that a model confidently read wrong, and where it looked."""

from __future__ import annotations

import numpy as np
import streamlit as st

from emotion_core.data.near import unlike
from emotion_core.data.votes import has_majority
from emotion_core.emotions import EMOTIONS, LABELS, VOTES
from emotion_core.language import gettext as _
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
            _("Measure the model on a data set above; its most confident wrong readings will be shown here."),
            icon=":material/image_search:",
        )
        return
    reading, said = _judged(entry, reading)
    rows = worst_mistakes(reading.probabilities, reading.data.labels, 4 * SHOWN)
    rows = unlike(reading.data.images, rows, SHOWN)  # data sets hold many a face several times
    if not len(rows):
        st.success(_("Every face was read right."), icon=":material/check_circle:")
        return
    st.markdown(said)
    faces, read = reading.data.images[rows], reading.probabilities[rows].argmax(axis=1)
    found = None
    if st.toggle(
        _("Show where it looks (Grad-CAM)"),
        key="models_gradcam",
        help=_("Bright: what speaks for the expression that was read. It takes some seconds, in a process of its own."),
    ):
        found = explanation(entry, faces, read)
    show_faces(faces, [caption(reading, row) for row in rows], found)


def against(entry: ModelEntry, has_votes: bool, key: str) -> str:
    """Ask what to compare with where there are votes; what the model learned from is the first choice."""
    if not has_votes:
        return LABELS
    chosen = st.segmented_control(
        _("Compared with"),
        list(AGAINST),
        format_func=lambda kind: _(AGAINST[kind]),
        default=learned_from(entry),
        required=True,
        key=f"models_against_{key}_{entry.name}",
    )
    return chosen or learned_from(entry)


def _judged(entry: ModelEntry, reading: Reading) -> tuple[Reading, str]:
    """Return the faces whose reading is judged, with the labels to judge by, and a sentence about them."""
    agreed = has_majority(reading.votes)
    if against(entry, bool(agreed.any()), "mistakes") == VOTES:
        return Reading(majority_faces(reading.data), reading.probabilities[agreed]), _(
            "Confident predictions that disagree with what most people say."
        )
    if agreed.any() and st.toggle(_("Only where most people agree"), key="models_agreed"):
        reading = reading.where(agreed)
    return reading, _("Confident predictions that disagree with the label. Some of the labels are doubtful, too.")


def caption(reading: Reading, row: int) -> str:
    """Describe one face: its label, the expression that was read, the confidence, and what people say."""
    best = int(reading.probabilities[row].argmax())
    true = EMOTIONS[int(reading.data.labels[row])]
    text = _(
        "{label}, read as {read} {share:.0%}",
        label=true.word,
        read=EMOTIONS[best].word,
        share=reading.probabilities[row, best],
    )
    return text + said_by_people(reading, row)


def said_by_people(reading: Reading, row: int) -> str:
    """Return the votes on a face as the end of its caption; nothing where there are none."""
    votes = reading.votes[row]
    if not votes.any():
        return ""
    said = votes_text(votes, True)
    agreed = has_majority(votes[None])[0]
    return "  \n" + (_("people: {said}", said=said) if agreed else _("people: {said}; people disagreed", said=said))


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
        st.caption(_(LOOKED_AT))
    with st.container(horizontal=True, gap="small"):
        for row, text in zip(rows, captions, strict=True):
            st.image(row, caption=text, width=width * (row.shape[1] // row.shape[0]), output_format="PNG", alt=text)

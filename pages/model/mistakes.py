"""The faces that a model confidently read wrong, and where it looked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from emotion_core.emotions import EMOTIONS
from emotion_core.errors import MissingPackageError, ModelError
from emotion_core.measure.accuracy import worst_mistakes
from emotion_core.models.explain import Explanation, explain_in_subprocess, picture_row
from emotion_core.models.registry import ModelEntry
from pages.model.data import Reading
from pages.model.table import stamp

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
    rows = worst_mistakes(reading.probabilities, reading.data.labels, SHOWN)
    if not len(rows):
        st.success("Every face was read right.", icon=":material/check_circle:")
        return
    st.markdown(
        "The model was most confident of these, and their labels say otherwise. Some of the labels are doubtful, too."
    )
    faces, read = reading.data.images[rows], reading.probabilities[rows].argmax(axis=1)
    explanation = None
    if st.toggle(
        "Show where it looks (Grad-CAM)",
        key="models_gradcam",
        help="Bright: what speaks for the expression that was read. It takes some seconds, in a process of its own.",
    ):
        explanation = _explanation(entry, faces, read)
    show_faces(faces, [caption(reading, row) for row in rows], explanation)


def caption(reading: Reading, row: int) -> str:
    """Describe one face: its label, the expression that was read, and the confidence."""
    best = int(reading.probabilities[row].argmax())
    true = EMOTIONS[int(reading.data.labels[row])]
    return f"{true}, read as {EMOTIONS[best]} {reading.probabilities[row, best]:.0%}"


def show_faces(
    faces: np.ndarray, captions: list[str], explanation: Explanation | None = None, width: int = WIDTH
) -> None:
    """Show faces, ``(n, h, w)`` uint8, each ``width`` pixels wide and beside its maps if there are any."""
    looked_at = None if explanation is None else explanation.looked_at
    rows = [
        picture_row(
            face,
            None if explanation is None else explanation.heat[number],
            None if looked_at is None else looked_at[number],
        )
        for number, face in enumerate(faces)
    ]
    if looked_at is not None:
        st.caption("Each face, its heat map, and the image that the spatial transformer passes to the network.")
    with st.container(horizontal=True, gap="small"):
        for row, text in zip(rows, captions, strict=True):
            st.image(row, caption=text, width=width * (row.shape[1] // row.shape[0]), output_format="PNG", alt=text)


def _explanation(entry: ModelEntry, faces: np.ndarray, columns: np.ndarray) -> Explanation | None:
    if entry.folder is None:
        st.warning("DeepFace's network is available only as ONNX, which gives no gradients.", icon=":material/info:")
        return None
    try:
        with st.spinner("Looking into the network, in a process of its own…"):
            return _explained(str(entry.folder), stamp(entry), faces, columns)
    except (ModelError, MissingPackageError) as error:
        st.warning(str(error), icon=":material/info:")
        return None


@st.cache_data(show_spinner=False, max_entries=20)
def _explained(folder: str, changed: tuple[str, int], faces: np.ndarray, columns: np.ndarray) -> Explanation:
    return explain_in_subprocess(Path(folder), faces, columns)

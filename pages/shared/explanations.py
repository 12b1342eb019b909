"""Where a model looked: Grad-CAM on request, in a process of its own, remembered for all visitors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from emotion_core.errors import MissingPackageError, ModelError
from emotion_core.language import gettext as _
from emotion_core.language import mark
from emotion_core.models.explain import Explanation, explain_in_subprocess
from emotion_core.models.registry import ModelEntry

LOOKED_AT = mark("Each face, its heat map, and the image that the spatial transformer passes to the network.")


def stamp(entry: ModelEntry) -> tuple[str, int]:
    """Return a cache key that changes whenever the model's files do."""
    if entry.folder is None:
        return entry.name, entry.size_bytes or 0
    files = [path for path in entry.folder.iterdir() if path.is_file()] if entry.folder.is_dir() else []
    return str(entry.folder.resolve()), max((path.stat().st_mtime_ns for path in files), default=0)


def explanation(entry: ModelEntry, faces: np.ndarray, columns: np.ndarray) -> Explanation | None:
    """Explain readings; None, after a message, if that is not possible.

    Args:
        faces: ``(n, h, w)`` uint8.
        columns: ``(n,)``, for each face the expression to explain, in `Emotion` order.
    """
    if entry.folder is None:
        st.warning(_("DeepFace's network is available only as ONNX, which gives no gradients."), icon=":material/info:")
        return None
    try:
        with st.spinner(_("Looking into the network, in a separate process…")):
            return _explained(str(entry.folder), stamp(entry), faces, columns)
    except (ModelError, MissingPackageError) as error:
        st.warning(str(error), icon=":material/info:")
        return None


@st.cache_data(show_spinner=False, max_entries=20)
def _explained(folder: str, changed: tuple[str, int], faces: np.ndarray, columns: np.ndarray) -> Explanation:
    return explain_in_subprocess(Path(folder), faces, columns)

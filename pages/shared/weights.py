"""Downloading DeepFace's weights at first use, with a progress bar."""

from __future__ import annotations

import streamlit as st

from emotion_core.errors import WeightsMissingError
from emotion_core.optional import deepface_fault


def ensure_weights(model: str) -> bool:
    """Whether ``model`` can be used now; DeepFace's weights are downloaded if they are missing."""
    if model != "deepface":
        return True
    if fault := deepface_fault():
        st.error(fault, icon=":material/error:")
        return False
    from emotion_core.classify.deepface import download_weights, weights_present

    if weights_present():
        return True
    with st.status("Downloading DeepFace's weights, once…", expanded=True) as status:
        bar = st.progress(0.0)
        try:
            download_weights(lambda done, total: _show_progress(bar, done, total))
        except WeightsMissingError as error:
            status.update(label="DeepFace's weights are missing", state="error", expanded=True)
            st.error(str(error))
            return False
        status.update(label="DeepFace is ready", state="complete", expanded=False)
    return True


def _show_progress(bar: st.delta_generator.DeltaGenerator, done: int, total: int | None) -> None:
    text = f"{done / 1e6:.1f} MB" + (f" of {total / 1e6:.1f} MB" if total else "")
    bar.progress(min(1.0, done / total) if total else 0.0, text=text)

"""Downloading DeepFace's weights, after a click and with a progress bar."""

from __future__ import annotations

import streamlit as st

from emotion_core.errors import WeightsMissingError
from emotion_core.language import gettext as _
from emotion_core.models.registry import DEEPFACE
from emotion_core.optional import deepface_fault


def weights_ready() -> bool:
    """Whether DeepFace's weights are on this machine."""
    from emotion_core.classify.deepface import weights_present

    return weights_present()


def ensure_weights(model: str, key: str) -> bool:
    """Whether ``model`` can be used now; if it is DeepFace and cannot, say why or offer the download."""
    if model != DEEPFACE or (not deepface_fault() and weights_ready()):
        return True
    offer_weights(f"{key}_page")
    return False


def offer_weights(key: str) -> None:
    """Say why DeepFace cannot be used, and download its weights after a click.

    Args:
        key: prefix of the button's key.
    """
    if fault := deepface_fault():
        st.warning(fault, title=_("DeepFace cannot be used"), icon=":material/error:")
        return
    st.info(
        _("DeepFace's weights are not on this machine yet. They are downloaded once, from its public release."),
        title=_("DeepFace is not downloaded yet"),
        icon=":material/download:",
    )
    if not st.button(_("Download DeepFace"), icon=":material/download:", key=f"{key}_weights"):
        return
    from emotion_core.classify.deepface import download_weights

    bar = st.progress(0.0)
    try:
        download_weights(lambda done, total: _show_progress(bar, done, total))
    except WeightsMissingError as error:
        bar.empty()
        st.error(str(error), title=_("DeepFace was not downloaded"), icon=":material/error:")
    else:
        st.rerun()


def _show_progress(bar: st.delta_generator.DeltaGenerator, done: int, total: int | None) -> None:
    text = f"{done / 1e6:.1f} MB" + (f" of {total / 1e6:.1f} MB" if total else "")
    bar.progress(min(1.0, done / total) if total else 0.0, text=text)

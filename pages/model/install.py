"""The form that installs a visitor's own Keras file, or a zip that was downloaded from a page Models."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from emotion_core.errors import MissingPackageError, ModelError
from emotion_core.language import gettext as _
from emotion_core.models.install import SUFFIXES
from emotion_core.models.install_packed import install_model
from emotion_core.optional import conversion_fault
from pages.shared.resources import settings


def install_form() -> None:
    """Show the form, install what is submitted, and say how it went."""
    fault = conversion_fault()
    if fault:
        st.markdown(_("A zip that was made by *Download* on this page, here or on another computer."))
        st.warning(fault, title=_("Keras files cannot be installed here"), icon=":material/block:")
    else:
        st.markdown(
            _(
                "A Keras model with one output for each of the seven expressions, saved whole with "
                "`model.save('model.h5')` or `model.save('model.keras')`; its input is gray or RGB faces in 0–1, "
                "its outputs in alphabetical order. It is converted to ONNX in a process of its own; a file that "
                "contains code is refused. Or a zip that was made by *Download* on this page."
            )
        )
    with st.form("install", border=True):
        upload = st.file_uploader(
            _("Zip of a model") if fault else _("Keras file or zip"),
            type=["zip"] if fault else [*SUFFIXES, ".zip"],
            key="install_file",
        )
        name = st.text_input(
            _("Name"), placeholder=_("my-model"), help=_("Lowercase letters, digits, - and _."), key="install_name"
        )
        submitted = st.form_submit_button(_("Install"), type="primary", icon=":material/add:")
    if submitted and upload is None:
        st.error(_("Choose a file first."))
    elif submitted and upload is not None:
        _install(upload, name.strip())


def _install(upload: UploadedFile, name: str) -> None:
    with st.status(_("Installing…"), expanded=True) as status, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model{Path(upload.name).suffix.lower()}"
        path.write_bytes(upload.getbuffer())
        try:
            installed = install_model(path, name, settings().models_dir, progress=st.write)
        except (ModelError, MissingPackageError) as error:
            status.update(label=_("Not installed"), state="error")
            st.error(str(error))
        else:
            status.update(label=_("{title} is installed", title=installed.title), state="complete")
            st.success(_("Choose *{title}* on the Live and Images pages.", title=installed.title))
            st.button(_("Show it in the list"), icon=":material/refresh:")

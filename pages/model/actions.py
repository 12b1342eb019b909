"""The buttons for an installed model: use, rename, download, delete."""

from __future__ import annotations

from functools import partial

import streamlit as st

from emotion_core.errors import ModelError
from emotion_core.language import gettext as _
from emotion_core.models.manage import delete_model, rename_model, zip_model
from emotion_core.models.registry import ModelEntry
from pages.entry import navigation
from pages.shared.downloads import download, what_they_hold
from pages.shared.resources import registry

SELECTED = "models_selected"
_NEXT, _DIALOG, _MESSAGE = "models_next", "models_dialog", "models_message"


def choose_model(entries: list[ModelEntry], default: str) -> ModelEntry:
    """Show a select box of the models, and the message of the previous action."""
    if message := st.session_state.pop(_MESSAGE, None):
        st.toast(message, icon=":material/check:")
    names = {entry.name: entry for entry in entries}
    if renamed := st.session_state.pop(_NEXT, None):
        st.session_state[SELECTED] = renamed
    if st.session_state.get(SELECTED, default) not in names:
        st.session_state.pop(SELECTED, None)
    start = list(names).index(default) if default in names else 0
    return names[st.selectbox(_("Model"), names, start, lambda name: names[name].title, key=SELECTED)]


def show_actions(entry: ModelEntry, usable: bool) -> None:
    """Show a row of buttons. DeepFace belongs to its library, so it can only be used."""
    own = entry.folder is not None
    with st.container(horizontal=True):
        if st.button(_("Use on the live page"), type="primary", icon=":material/videocam:", disabled=not usable):
            st.session_state["live_model"] = entry.name
            st.switch_page(navigation.LIVE)
        if own:
            _own_actions(entry)
    asked = st.session_state.get(_DIALOG)
    if asked == ("rename", entry.name):
        _rename_dialog(entry)
    elif asked == ("delete", entry.name):
        _delete_dialog(entry)


def _own_actions(entry: ModelEntry) -> None:
    st.button(
        _("Rename"), icon=":material/edit:", on_click=_open_dialog, args=("rename", entry.name), disabled=not entry.card
    )
    download(
        _("Download"),
        partial(zip_model, registry().models_dir, entry.name),
        f"{entry.name}.zip",
        "application/zip",
        icon=":material/download:",
        help=_("A zip of the network, its card and, where there is one, the Keras file."),
    )
    what_they_hold("models_files")
    st.button(_("Delete"), icon=":material/delete:", on_click=_open_dialog, args=("delete", entry.name))


def _open_dialog(action: str, name: str) -> None:
    # Kept in the session, so that the dialog stays open when the page is rerun.
    st.session_state[_DIALOG] = (action, name)


def _dismiss() -> None:
    st.session_state.pop(_DIALOG, None)


def _rename_dialog(entry: ModelEntry) -> None:
    with st.form("models_rename", border=False):
        title = st.text_input(
            _("Title"), entry.title, help=_("What the pages call it."), key=f"models_title_{entry.name}"
        )
        name = st.text_input(
            _("Name"),
            entry.name,
            help=_("The name of its folder: lowercase letters, digits, - and _."),
            key=f"models_name_{entry.name}",
        )
        pressed = st.form_submit_button(_("Save"), type="primary")
    if not pressed:
        return
    try:
        renamed = rename_model(registry().models_dir, entry.name, name.strip(), title)
    except ModelError as error:
        st.error(str(error), icon=":material/error:")
        return
    if st.session_state.get("live_model") == entry.name:
        st.session_state["live_model"] = renamed.name
    _close_dialog(_("It is now called {title}.", title=renamed.title), renamed.name)


def _delete_dialog(entry: ModelEntry) -> None:
    st.markdown(
        _(
            "**{title}** and its files will be removed from this server, for everybody. Download it first if "
            "you might want it back.",
            title=entry.title,
        )
    )
    with st.container(horizontal=True):
        if st.button(_("Delete for good"), type="primary", icon=":material/delete_forever:"):
            try:
                delete_model(registry().models_dir, entry.name)
            except ModelError as error:
                st.error(str(error), icon=":material/error:")
                return
            if st.session_state.get("live_model") == entry.name:
                del st.session_state["live_model"]
            _close_dialog(_("{title} is deleted.", title=entry.title))
        if st.button(_("Keep it")):
            _dismiss()
            st.rerun()


def _close_dialog(message: str, selected: str | None = None) -> None:
    """Close it, and show ``message`` and the model ``selected`` when the page is rerun."""
    _dismiss()
    st.session_state[_MESSAGE] = message
    st.session_state[_NEXT] = selected
    st.rerun()

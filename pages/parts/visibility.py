"""Whether the visitor can see the page: a hidden tab needs no analysis and no charts."""

from __future__ import annotations

import streamlit as st

# Streamlit itself does not tell a script about the tab.
_JS = """
export default function ({ setStateValue }) {
    const tell = () => setStateValue("hidden", document.hidden)
    document.addEventListener("visibilitychange", tell)
    if (document.hidden) tell()
    return () => document.removeEventListener("visibilitychange", tell)
}
"""
_watcher = st.components.v2.component("page_visibility", js=_JS)


def page_hidden() -> bool:
    """Whether the page is in a hidden tab or window; the script runs again when that changes."""
    return bool(_watcher(key="page_visibility", default={"hidden": False}, on_hidden_change=lambda: None).hidden)

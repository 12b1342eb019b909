"""Whether the visitor can see the page, and a video that rests while nobody can.

Streamlit does not tell a script about its tab, and streamlit-webrtc's player cannot pause. An invisible component does
both (visibility.js): it watches the tab, and stops what the player sends while the page is hidden or paused.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
import streamlit.components.v2

from pages.live._compat import PLAYER_JS

# One text, because a component's script cannot import another: Streamlit serves files of installed packages only.
_watcher = st.components.v2.component(
    "page_visibility", js=PLAYER_JS + Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def page_hidden(paused: bool = False) -> bool:
    """Whether the page is in a hidden tab or window; the script reruns when that changes.

    Args:
        paused: the visitor wants the video to rest although the page is visible.
    """
    state = _watcher(
        key="page_visibility", data={"paused": paused}, default={"hidden": False}, on_hidden_change=lambda: None
    )
    return bool(state.hidden)

"""Colors of the visitor's theme, for what is drawn outside Streamlit's own widgets."""

from __future__ import annotations

import streamlit as st

_TEXT = {"light": "#14110D", "dark": "#F1ECE4"}  # the same colors as textColor in .streamlit/config.toml


def text_color() -> str:
    """Return the color of text in the visitor's theme, ``#rrggbb``."""
    return _TEXT.get(st.context.theme.type or "", _TEXT["light"])

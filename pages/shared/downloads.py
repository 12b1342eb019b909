"""The button that hands a file to the visitor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st


def download(label: str, data: Any | Callable[[], Any], file_name: str, mime: str, **looks: Any) -> None:
    """`st.download_button` that does not run the page again: a press during that run would be lost.

    Args:
        data: what the file holds, or what gives it once the button is pressed.
        looks: its other arguments, ``icon`` or ``help`` for example.
    """
    st.download_button(label, data, file_name, mime, on_click="ignore", **looks)

"""What the visitor's browser reports about the camera, before and while it is used."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import streamlit as st
import streamlit.components.v2

from emotion_core.language import gettext as _

Fault = Literal["denied", "absent"]

_watch = streamlit.components.v2.component(
    "camera_fault", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def camera_columns(on: bool, key: str) -> tuple[int, int]:
    """Return the widths of the camera's column and of the one beside it, which holds the result.

    The camera is large while a picture is taken and small afterwards, so that the result needs no scrolling.

    Args:
        on: the camera is shown.
        key: of the camera's widget.
    """
    return (2, 5) if on and st.session_state.get(key) else (3, 2)


def camera_fault(key: str) -> Fault | None:
    """What is wrong with the visitor's camera, as far as the browser tells without being asked for the camera.

    Args:
        key: of the page's element; the page reruns when the answer changes.
    """
    answer = _watch(key=key, default={"fault": ""}, on_fault_change=lambda: None, height="content")
    fault = answer.get("fault")
    return fault if fault in ("denied", "absent") else None


def show_camera_fault(fault: Fault | None) -> None:
    """Show what the visitor can do about the fault."""
    if fault == "denied":
        st.warning(
            _(
                "Click the camera or lock icon in the address bar, allow the camera for this page, and reload "
                "it. If it is allowed there already, check your system's privacy settings, or upload a picture."
            ),
            title=_("The browser denies this page the camera"),
            icon=":material/videocam_off:",
        )
    elif fault == "absent":
        st.warning(
            _("Connect one and it will appear here; or upload a picture."),
            title=_("No camera was found"),
            icon=":material/videocam_off:",
        )

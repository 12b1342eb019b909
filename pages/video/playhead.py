"""The playhead: a line over the curve at the time that the video shows (playhead.js). A click on the curve seeks."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
import streamlit.components.v2

from emotion_core.language import gettext as _

VIDEO = "video_annotated"  # key of the container with the video
_HERE = Path(__file__)
# One text, because a component's script cannot import another: Streamlit serves files of installed packages only.
# Not isolated, because its style is also that of the video.
_component = st.components.v2.component(
    "playhead",
    js=_HERE.with_name("_compat.js").read_text(encoding="utf-8") + _HERE.with_suffix(".js").read_text(encoding="utf-8"),
    css=_HERE.with_suffix(".css").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def playhead(chart: str, end_s: float) -> None:
    """Join the video in the container `VIDEO` with its chart over time, and say so below the chart.

    Args:
        chart: key of the Plotly chart, whose time axis runs from 0 to ``end_s``.
        end_s: seconds; the end of the axis.
    """
    st.caption(_("Click the curve to go there in the video. The arrow keys move the line, too."))
    _component(
        key="video_playhead",
        data={
            "video": VIDEO,
            "chart": chart,
            "end_s": end_s,
            "label": _("Position in the video"),
            "value": _("{time} of {end} seconds"),
        },
        height="content",
    )

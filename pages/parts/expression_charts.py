"""The two charts of what was seen over time, for the live page and for video files."""

from __future__ import annotations

import streamlit as st

from emotion_core.charts import frequency_chart, timeline_chart
from emotion_core.timeline import NO_FACE, UNCERTAIN, EmotionTimeline

_POINTS = 240  # more are not seen at this width; the live page draws them twice a second
_CHART = {"displayModeBar": False}


def share_chart(timeline: EmotionTimeline, page: str, span_s: float | None = None) -> None:
    """Share of time per emotion of the largest face, and what is not counted.

    Args:
        page: keeps the charts of pages apart.
        span_s: only the last seconds; None: all of it.
    """
    shares = timeline.shares(span_s)
    st.plotly_chart(
        frequency_chart(shares, height=250),
        key=f"{page}_shares",
        config=_CHART,
        alt="Bars, share of time per emotion: "
        + ", ".join(f"{row.emotion} {row.share:.0%}" for row in shares.itertuples()),
    )
    seconds = timeline.seconds(span_s)
    st.caption(f"Not counted: uncertain {seconds[UNCERTAIN]:.1f} s, no face {seconds[NO_FACE]:.1f} s.")
    st.caption(f"{len(timeline)} analyses in all")


def lines_chart(timeline: EmotionTimeline, page: str, span_s: float | None = None) -> None:
    """The largest face's probabilities over time."""
    st.subheader("Largest face over time")
    scope = "the whole video" if span_s is None else f"the last {span_s:g} seconds"
    st.plotly_chart(
        timeline_chart(timeline.probabilities(span_s, _POINTS), height=260),
        key=f"{page}_timeline",
        config=_CHART,
        alt=f"Lines, probability of each emotion over {scope}",
    )

"""The charts of expressions over time, for the live page and for video files."""

from __future__ import annotations

import streamlit as st

from emotion_core.charts.circumplex import circumplex_chart
from emotion_core.charts.expressions import frequency_chart, timeline_chart
from emotion_core.charts.poster import summary_png
from emotion_core.circumplex import SOURCE, coordinates_text
from emotion_core.emotions import UNCERTAIN
from emotion_core.record.timeline import NO_FACE, EmotionTimeline, shares_table

_POINTS, _MOVING_POINTS = 600, 120
_PLACES, _MOVING_PLACES = 200, 60
_CHART = {"displayModeBar": False}
# Nobody can point at a chart that changes twice a second, and a static one costs the browser less.
_MOVING_CHART = {"staticPlot": True}


def share_chart(timeline: EmotionTimeline, page: str, recent_s: float | None = None, *, moving: bool = False) -> None:
    """Show the share of time per emotion of the largest face, and the time that is not counted.

    Args:
        timeline: what to show.
        page: prefix of the charts' keys.
        recent_s: also mark the shares of the last seconds; None marks nothing.
        moving: the chart is redrawn continually, as while a video runs.
    """
    seconds = timeline.seconds()
    shares = shares_table(seconds)
    recent = None if recent_s is None else timeline.shares(recent_s)
    if moving:  # in whole per cent, as it says: while nothing visible changes, the browser has nothing to redraw
        shares = shares.assign(share=shares["share"].round(2), seconds=0.0)
        recent = recent if recent is None else recent.round(2)
    st.plotly_chart(
        frequency_chart(shares, recent, height=250),
        key=f"{page}_shares",
        config=_MOVING_CHART if moving else _CHART,
        alt="Bars, share of time per emotion: "
        + ", ".join(f"{row.emotion} {row.share:.0%}" for row in shares.itertuples()),
    )
    count = len(timeline)
    st.caption(
        f"{count} {'analysis' if count == 1 else 'analyses'} in all. "
        f"Not counted: uncertain {seconds[UNCERTAIN]:.1f} s, no face {seconds[NO_FACE]:.1f} s."
    )


def summary_picture(timeline: EmotionTimeline, title: str = "Expressions over time") -> bytes:
    """Return the whole timeline as one PNG to keep; see `summary_png`."""
    return summary_png(timeline.seconds(), timeline.probabilities(max_points=1000), len(timeline), title)


def lines_chart(timeline: EmotionTimeline, page: str, span_s: float | None = None, *, moving: bool = False) -> None:
    """Show the largest face's probabilities over time.

    Args:
        timeline, page, moving: as in `share_chart`.
        span_s: show only the last seconds; None shows everything.
    """
    st.subheader("Largest face over time")
    scope = "the whole time" if span_s is None else f"the last {span_s:g} seconds"
    st.plotly_chart(
        timeline_chart(timeline.probabilities(span_s, _MOVING_POINTS if moving else _POINTS), height=260),
        key=f"{page}_timeline",
        config=_MOVING_CHART if moving else _CHART,
        alt=f"Lines, probability of each emotion over {scope}",
    )


def plane_chart(timeline: EmotionTimeline, page: str, span_s: float | None = None, *, moving: bool = False) -> None:
    """Show the largest face's path on the plane of valence and arousal; for the arguments, see `lines_chart`."""
    table = timeline.probabilities(span_s, _MOVING_PLACES if moving else _PLACES)
    scope = "the whole time" if span_s is None else f"the last {span_s:g} seconds"
    st.subheader("Valence and arousal", help=f"{SOURCE} {coordinates_text()}")
    st.plotly_chart(
        circumplex_chart(table),
        key=f"{page}_plane",
        config=_MOVING_CHART if moving else _CHART,
        alt=f"The path of the largest face on the plane of valence and arousal over {scope}",
    )
    st.caption(f"The largest face in {scope}, the older the fainter. {SOURCE}")

"""The charts of expressions over time, for the live page and for video files."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from emotion_core.charts.circumplex import circumplex_chart
from emotion_core.charts.expressions import frequency_chart, timeline_chart
from emotion_core.charts.poster import summary_png
from emotion_core.circumplex import SOURCE, coordinates_text
from emotion_core.emotions import UNCERTAIN
from emotion_core.language import gettext as _
from emotion_core.language import ngettext
from emotion_core.record.timeline import NO_FACE, EmotionTimeline, shares_table

_POINTS, _PLACES = 600, 200
_SHARES_HEIGHT = 250  # pixels
_CHART = {"displayModeBar": False}
# Nobody can point at a chart that changes once a second, and a static one costs the browser less.
_MOVING_CHART = {"staticPlot": True}


def share_chart(timeline: EmotionTimeline, page: str, recent_s: float | None = None) -> None:
    """Show the share of time per emotion of the largest face, and the time that is not counted.

    Args:
        timeline: what to show.
        page: prefix of the charts' keys.
        recent_s: while a video runs, and the chart with it: also mark the shares of the last seconds.
    """
    seconds = timeline.seconds()
    shares = shares_table(seconds)
    recent = None if recent_s is None else timeline.shares(recent_s)
    if recent is not None:  # in whole per cent, as it says: while nothing visible changes, nothing is redrawn
        shares, recent = shares.assign(share=shares["share"].round(2), seconds=0.0), recent.round(2)
    if any(seconds[name] for name in shares["emotion"]):
        st.plotly_chart(
            frequency_chart(shares, recent, height=_SHARES_HEIGHT),
            key=f"{page}_shares",
            config=_CHART if recent is None else _MOVING_CHART,
            alt=_(
                "Bars, share of time per emotion: {shares}",
                shares=", ".join(f"{_(str(row.emotion))} {row.share:.0%}" for row in shares.itertuples()),
            ),
        )
    else:
        with st.container(height=_SHARES_HEIGHT, border=False):  # as high as the chart that may follow
            st.caption(_("No face had a label at any time.") if recent is None else _("No face has had a label yet."))
    st.caption(
        ngettext(
            "{number:,} analysis in all. Not counted: uncertain {uncertain:.1f} s, no face {no_face:.1f} s.",
            "{number:,} analyses in all. Not counted: uncertain {uncertain:.1f} s, no face {no_face:.1f} s.",
            len(timeline),
            uncertain=seconds[UNCERTAIN],
            no_face=seconds[NO_FACE],
        )
    )


def summary_picture(timeline: EmotionTimeline, title: str | None = None) -> bytes:
    """Return the whole timeline as one PNG to keep; see `summary_png`."""
    rows = timeline.probabilities(max_points=1000)
    return summary_png(timeline.seconds(), rows, len(timeline), title, str(timeline.origin))


def lines_chart(timeline: EmotionTimeline, page: str, end_s: float | None = None) -> bool:
    """Show the largest face's probabilities over time; for the other arguments, see `share_chart`.

    Args:
        end_s: the time axis runs from 0 to here; without it, as far as there is anything to show.

    Returns:
        Whether there was anything to draw. The chart's key is ``{page}_timeline``.
    """
    st.subheader(_("Largest face over time"))
    rows = timeline.probabilities(max_points=_POINTS)
    if not _any_face(rows):
        return False
    st.plotly_chart(
        timeline_chart(rows, height=260, end_s=end_s),
        key=f"{page}_timeline",
        config=_CHART,
        alt=_("Lines, probability of each emotion over the whole time"),
    )
    return True


def plane_chart(timeline: EmotionTimeline, page: str) -> None:
    """Show the largest face's path on the plane of valence and arousal; for the arguments, see `share_chart`."""
    st.subheader(_("Valence and arousal"), help=f"{_(SOURCE)} {coordinates_text()}")
    rows = timeline.probabilities(max_points=_PLACES)
    if not _any_face(rows):
        return
    st.plotly_chart(
        circumplex_chart(rows),
        key=f"{page}_plane",
        config=_CHART,
        alt=_("The path of the largest face on the plane of valence and arousal over the whole time"),
    )
    st.caption(_("The largest face over the whole time; older points are fainter. {source}", source=_(SOURCE)))


def _any_face(rows: pd.DataFrame) -> bool:
    """Whether there is anything to draw; says so if there is not."""
    if (rows["label"] == NO_FACE).all():
        st.caption(_("No face was found."))
        return False
    return True

"""Plotly figures of expressions: shares of time, probabilities over time, and the probabilities of one face."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from emotion_core.charts.style import AXIS, INK, layout, styled
from emotion_core.emotions import COLORS, EMOTIONS
from emotion_core.language import gettext as _

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_COLORS = [COLORS[emotion] for emotion in EMOTIONS]
_NAMES = [emotion.value for emotion in EMOTIONS]


def frequency_chart(shares: pd.DataFrame, recent: pd.DataFrame | None = None, height: int = 250) -> Figure:
    """Draw the share of time per emotion as horizontal bars.

    Args:
        shares: emotion, seconds, share (0–1), as `EmotionTimeline.shares` returns them.
        recent: the same for the last seconds; drawn as a thin marker on each bar.
    """
    import plotly.graph_objects as go

    bars = {
        "type": "bar",
        "x": shares["share"].tolist(),
        "y": [_(name) for name in shares["emotion"]],
        "orientation": "h",
        "marker": {"color": _COLORS, "cornerradius": 4},
        "text": [f"{share:.0%}" for share in shares["share"]],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": shares["seconds"].tolist(),
        "hovertemplate": _("%{y}: %{x:.1%} of the time, %{customdata:.1f} s") + "<extra></extra>",
    }
    marks = [] if recent is None else [_marks(recent[recent["share"] > 0])]
    top = max([0.1, *shares["share"], *(share for one in marks for share in one["x"])])
    axes = {
        "xaxis": {**AXIS, "tickformat": ".0%", "range": [0, min(1.0, top) * 1.18], "nticks": 5},
        "yaxis": {**AXIS, "autorange": "reversed", "showgrid": False},
    }
    # The live page draws this once a second. As one dictionary it takes 3 ms, in several steps 27.
    return go.Figure({"data": [bars, *marks], "layout": layout(height) | axes})


def _marks(recent: pd.DataFrame) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": recent["share"].tolist(),
        "y": [_(name) for name in recent["emotion"]],
        "mode": "markers",
        "marker": {"symbol": "line-ns", "size": 18, "line": {"width": 3, "color": INK}},
        "hovertemplate": _("%{y}, last seconds: %{x:.1%}") + "<extra></extra>",
    }


def timeline_chart(probabilities: pd.DataFrame, height: int = 250, end_s: float | None = None) -> Figure:
    """Draw the dominant face's seven probabilities over time, one line each, with gaps where no face was found.

    Args:
        probabilities: time_s and one column per emotion, as `EmotionTimeline.probabilities` returns them.
        end_s: the time axis runs from 0 to here; without it, from the first to the last row.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for name, color in zip(_NAMES, _COLORS, strict=True):
        figure.add_scatter(
            x=probabilities["time_s"],
            y=probabilities[name],
            name=_(name),
            mode="lines",
            connectgaps=False,
            line={"color": color, "width": 2},
            hovertemplate=f"{_(name)}: %{{y:.0%}}, %{{x:.1f}} s<extra></extra>",
        )
    figure.update_yaxes(tickformat=".0%", range=[0, 1.02], nticks=5)
    figure.update_xaxes(title={"text": _("seconds since start"), "font": {"size": 12}}, nticks=7)
    if end_s:
        figure.update_xaxes(range=[0, end_s])
    styled(figure, height)
    return figure.update_layout(
        showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": 12}}
    )


def probability_bars(probabilities: np.ndarray, height: int = 210) -> Figure:
    """Draw the seven probabilities of one face as horizontal bars.

    Args:
        probabilities: ``(7,)``, 0–1, in `Emotion` order.

    Raises:
        ValueError: another shape.
    """
    values = np.asarray(probabilities, float)
    if values.shape != (len(EMOTIONS),):
        raise ValueError(f"Expected 7 probabilities. Received: an array of shape {values.shape}")
    import plotly.graph_objects as go

    bars = go.Bar(
        x=values,
        y=[emotion.word for emotion in EMOTIONS],
        orientation="h",
        marker={"color": _COLORS, "cornerradius": 4},
        text=[f"{value:.0%}" for value in values],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
    figure = go.Figure(bars)
    figure.update_xaxes(range=[0, 1.18], visible=False)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return styled(figure, height)

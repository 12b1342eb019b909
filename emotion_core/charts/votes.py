"""Plotly figures about what several people say of the same images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emotion_core.charts.style import styled
from emotion_core.language import gettext as _

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_BLUE, _GRAY = "rgba(42,141,184,0.85)", "rgba(128,136,144,0.6)"


def sureness_chart(counts: np.ndarray, height: int = 430) -> Figure:
    """Draw how many images have each share of votes for their most frequent answer; shares above one half are blue.

    Args:
        counts: ``(bins,)`` int, in equal bins from 0 to 1 that hold their upper ends, as `Agreement.sureness` returns.
        height: pixels.
    """
    import plotly.graph_objects as go

    bins = len(counts)
    ends = [(number + 1) / bins for number in range(bins)]
    bars = go.Bar(
        x=[end - 0.5 / bins for end in ends],
        y=counts,
        width=0.92 / bins,
        marker={"color": [_BLUE if end > 0.5 else _GRAY for end in ends], "cornerradius": 4},
        customdata=[_("over {low:.0%}, up to {high:.0%}", low=end - 1 / bins, high=end) for end in ends],
        hovertemplate=_("%{customdata} of the votes agree: %{y:,} images") + "<extra></extra>",
    )
    figure = go.Figure(bars)
    small = {"size": 12}
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%", dtick=0.2, showgrid=False)
    figure.update_xaxes(title={"text": _("share of the votes for the most frequent answer"), "font": small})
    figure.update_yaxes(title={"text": _("images"), "font": small}, rangemode="tozero", nticks=6, tickformat=",")
    return styled(figure, height, top=16)

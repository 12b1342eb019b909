"""The chart of a split's classes. Its background is transparent: the page's theme shows through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from emotion_core.charts.style import styled
from emotion_core.emotions import COLORS, EMOTIONS

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def class_counts_chart(counts: np.ndarray, height: int = 250) -> Figure:
    """Images of each expression as horizontal bars.

    Args:
        counts: ``(7,)`` int, in `Emotion` order.
    """
    import plotly.graph_objects as go

    bars = go.Bar(
        x=counts,
        y=[emotion.value for emotion in EMOTIONS],
        orientation="h",
        marker={"color": [COLORS[emotion] for emotion in EMOTIONS], "cornerradius": 4},
        text=[f"{count:,}" for count in counts],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{y}: %{x:,} images<extra></extra>",
    )
    figure = styled(go.Figure(bars), height)
    figure.update_xaxes(range=[0, max(1, int(counts.max())) * 1.2], visible=False)
    return figure.update_yaxes(autorange="reversed", showgrid=False)

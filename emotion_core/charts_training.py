"""Curves of fits, as a Plotly figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from emotion_core.chart_style import styled

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Okabe & Ito's palette without the yellow, which white swallows.
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_PANELS = (("accuracy", "Accuracy"), ("loss", "Loss"))


def training_curves(histories: Mapping[str, Sequence[Mapping[str, float]]], height: int = 330) -> Figure:
    """Accuracy and loss over the epochs of one or several runs: validation solid, training dotted.

    Args:
        histories: a run's name → its rows, with ``epoch``, ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy``.
    """
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=1, cols=2, subplot_titles=[title for _, title in _PANELS], horizontal_spacing=0.08)
    for number, (name, rows) in enumerate(histories.items()):
        color = _COLORS[number % len(_COLORS)]
        for panel, (key, _) in enumerate(_PANELS, 1):
            for prefix, kind, dash in (("val_", "validation", "solid"), ("", "training", "dot")):
                figure.add_scatter(
                    x=[row["epoch"] for row in rows],
                    y=[row[prefix + key] for row in rows],
                    mode="lines+markers" if len(rows) < 3 else "lines",
                    line={"color": color, "dash": dash, "width": 2},
                    name=f"{name}, {kind}",
                    legendgroup=f"{name}{kind}",
                    showlegend=panel == 1,
                    hovertemplate=f"%{{y:{'.1%' if key == 'accuracy' else '.3f'}}}",
                    row=1,
                    col=panel,
                )
    styled(figure, height, top=32).update_layout(
        showlegend=True, legend={"orientation": "h", "y": -0.28}, hovermode="x unified"
    )
    figure.update_xaxes(title_text="Epoch", tickformat="d")
    figure.update_yaxes(tickformat=".0%", row=1, col=1)
    return figure

"""Plotly figures about training: the curves of runs, and drawings of networks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from emotion_core.charts.style import INK, styled
from emotion_core.language import gettext as _
from emotion_core.language import mark
from emotion_core.networks.outline import DRAWN, Layer

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Okabe & Ito's palette without its yellow, which cannot be seen on white.
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_KIND_COLORS = {
    mark("convolution"): "#0072B2",
    mark("separable convolution"): "#56B4E9",
    mark("pooling"): "#E69F00",
    mark("dense"): "#009E73",
    mark("spatial transformer"): "#CC79A7",
}
_MAX_LABELED = 15  # blocks of a drawing; the labels of more would overlap
_MOST_STEPS = 300  # of a curve
_PANELS = (("accuracy", mark("Accuracy")), ("loss", mark("Loss")))


Rows = Sequence[Mapping[str, float]]


def training_curves(
    histories: Mapping[str, Rows], steps: Mapping[str, Rows] | None = None, height: int = 330
) -> Figure:
    """Draw accuracy and loss over the epochs of one or several runs: validation solid, training dotted.

    Args:
        histories: a run's name → its rows, with ``epoch``, ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy``.
        steps: a run's name → rows with ``epoch`` (with a fraction), ``loss`` and ``accuracy`` on the way through the
            epochs. Where there are some, they are the dotted lines.
    """
    from plotly.subplots import make_subplots

    figure = make_subplots(
        rows=1, cols=2, subplot_titles=[_(title) for _key, title in _PANELS], horizontal_spacing=0.08
    )
    for number, (name, epochs) in enumerate(histories.items()):
        color = _COLORS[number % len(_COLORS)]
        training = _thinned((steps or {}).get(name, ())) or epochs
        for panel, (key, _title) in enumerate(_PANELS, 1):
            lines = ((epochs, "val_", _("validation"), "solid"), (training, "", _("training"), "dot"))
            for rows, prefix, kind, dash in lines:
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
    longest = max((len(epochs) for epochs in histories.values()), default=0)
    # By default, the axis of a few epochs has ticks between them, and rounding gives two of them the same label.
    figure.update_xaxes(title_text=_("Epoch"), tickformat="d", dtick=1 if longest <= 10 else None, rangemode="tozero")
    figure.update_yaxes(rangemode="tozero")
    figure.update_yaxes(tickformat=".0%", row=1, col=1)
    return figure


def _thinned(rows: Rows) -> Rows:
    """Return at most about `_MOST_STEPS` of the rows, evenly, with the last one."""
    every = -(-len(rows) // _MOST_STEPS) if rows else 1
    return list(rows)[::-every][::-1]


def network_drawing(layers: Sequence[Layer], height: int = 250) -> Figure:
    """Draw a network from left to right, with a block for each layer that convolves, pools, samples or is dense.

    A block is as high as its feature maps, in pixels, and the wider the more channels it has; a dense layer is one
    pixel high. If there are few enough blocks, the number of channels stands below each.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    left, shown, marks = 0.0, set(), []
    for layer in layers:
        side, channels = (layer.shape[0], layer.shape[-1]) if len(layer.shape) == 3 else (1, layer.shape[0])
        kind = DRAWN.get(layer.kind)
        if kind is None or (kind == "convolution" and side == 1):
            continue  # squeeze-and-excitation: its 1×1 maps would look like a part of the main path
        width, tall = 1 + math.log2(channels + 1), max(side, 3) / 2
        figure.add_scatter(
            x=[left, left, left + width, left + width, left],
            y=[-tall, tall, tall, -tall, -tall],
            fill="toself",
            mode="lines",
            line={"color": INK, "width": 1},
            fillcolor=_KIND_COLORS[kind],
            name=_(kind),
            legendgroup=kind,
            showlegend=kind not in shown,
            text=_(
                "{kind}: {shape}, {parameters:,} parameters",
                kind=layer.kind,
                shape=" × ".join(map(str, layer.shape)),
                parameters=layer.parameters,
            ),
            hoverinfo="text",
            hoveron="fills",
        )
        marks.append((left + width / 2, -tall, str(channels)))
        shown.add(kind)
        left += width + 2
    styled(figure, height).update_layout(showlegend=True, legend={"orientation": "h", "y": -0.05})
    for x, y, text in marks if len(marks) <= _MAX_LABELED else ():
        figure.add_annotation(x=x, y=y, text=text, showarrow=False, yanchor="top", font={"color": INK, "size": 11})
    figure.update_xaxes(visible=False)
    return figure.update_yaxes(visible=False)

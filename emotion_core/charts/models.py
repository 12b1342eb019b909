"""Plotly figures about how well models read: confusion, scores per expression, calibration, and a leaderboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from emotion_core.charts.style import INK, styled
from emotion_core.emotions import COLORS, EMOTIONS
from emotion_core.language import gettext as _
from emotion_core.language import mark
from emotion_core.measure.accuracy import Bin

if TYPE_CHECKING:
    from plotly.graph_objects import Figure, Scatter

_BLUE = "42,141,184"
_SCALE = [[0.0, f"rgba({_BLUE},0.04)"], [1.0, f"rgba({_BLUE},0.85)"]]
_COLORS = [COLORS[emotion] for emotion in EMOTIONS]
_NAMES = [emotion.value for emotion in EMOTIONS]
# Pixels of a leaderboard: the plot's width on a telephone, a letter, and a point's radius.
_NARROW_W, _LETTER_W, _LETTER_H, _RADIUS = 270.0, 6.5, 14.0, 7.0
_Box = tuple[float, float, float, float]
_MEASURES = {"f1": (mark("F1"), 1.0), "precision": (mark("precision"), 0.55), "recall": (mark("recall"), 0.28)}


def _words() -> list[str]:
    return [emotion.word for emotion in EMOTIONS]


def confusion_chart(
    confusion: np.ndarray,
    height: int = 430,
    text_color: str = INK,
    rows: str | None = None,
    columns: str | None = None,
) -> Figure:
    """Draw how each true expression was read: shares of its row in the cells, counts on hover.

    The row of an expression without a face stays empty.

    Args:
        confusion: ``(7, 7)`` int, row = true label, column = predicted label, in `Emotion` order.
        text_color: of the shares, ``#rrggbb``. Pass the page's text color: cells range from its background to blue.
        rows, columns: titles of the two axes, "true expression" and "read as" if left out; ``columns`` also stands
            between the two expressions on hover.

    Raises:
        ValueError: another shape.
    """
    counts = np.asarray(confusion)
    if counts.shape != (len(EMOTIONS), len(EMOTIONS)):
        raise ValueError(f"Expected a 7 × 7 confusion matrix. Received: {counts.shape}")
    import plotly.graph_objects as go

    rows, columns = rows or _("true expression"), columns or _("read as")
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.where(totals, counts / np.maximum(totals, 1), np.nan)
    cells = go.Heatmap(
        z=[[None if np.isnan(share) else share for share in row] for row in shares],
        x=_words(),
        y=_words(),
        customdata=counts,
        colorscale=_SCALE,
        zmin=0,
        zmax=1,
        xgap=2,
        ygap=2,
        showscale=False,
        hovertemplate=f"%{{y}}, {columns} %{{x}}: " + _("%{customdata:,} faces, %{z:.1%} of %{y}") + "<extra></extra>",
    )
    figure = go.Figure(cells).add_trace(_cell_texts(shares, text_color))
    figure.update_yaxes(autorange="reversed", title={"text": rows, "font": {"size": 12}})
    figure.update_xaxes(side="top", tickangle=-40, title={"text": columns, "font": {"size": 12}, "standoff": 4})
    styled(figure, height, top=16)
    return figure.update_xaxes(showgrid=False, zeroline=False).update_yaxes(showgrid=False, zeroline=False)


def _cell_texts(shares: np.ndarray, color: str) -> Scatter:
    import plotly.graph_objects as go

    # A trace of its own, because a heat map chooses the color of its text without knowing the page behind its
    # transparent cells.
    rows, columns = np.indices(shares.shape)
    return go.Scatter(
        x=[EMOTIONS[column].word for column in columns.ravel()],
        y=[EMOTIONS[row].word for row in rows.ravel()],
        text=[f"{share * 100:.0f}" if share >= 0.005 else "" for share in shares.ravel()],
        mode="text",
        textfont={"size": 13, "color": color},
        hoverinfo="skip",
    )


def per_class_chart(per_class: Mapping[str, Mapping[str, float]], height: int = 430) -> Figure:
    """Draw F1, precision and recall of each expression as bars in its color, F1 the strongest.

    An expression without a face has no bars, and says so.

    Args:
        per_class: precision, recall, f1 (0–1) and support of each label, as `Evaluation.per_class` returns them.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    measured = {name: row for name, row in per_class.items() if row.get("support", 1)}
    for key, (measure, opacity) in _MEASURES.items():
        title = _(measure)
        values = [measured[name].get(key) if name in measured else None for name in _NAMES]
        figure.add_bar(
            x=values,
            y=_words(),
            name=title,
            orientation="h",
            marker={"color": _COLORS, "opacity": opacity, "cornerradius": 3},
            text=[_("no faces") if value is None else f"{value:.0%}" for value in values] if key == "f1" else None,
            textposition="outside",
            cliponaxis=False,
            customdata=[int(per_class.get(name, {}).get("support", 0)) for name in _NAMES],
            hovertemplate=f"%{{y}}, {title}: " + _("%{x:.1%} (%{customdata:,} faces)") + "<extra></extra>",
            showlegend=False,
        )
        # The legend shows gray bars, because a trace's own entry would have the color of the first expression.
        gray = f"rgba(128,136,144,{opacity})"
        figure.add_bar(x=[None], y=[None], name=title, marker={"color": gray}, showlegend=True)
    figure.update_xaxes(range=[0, 1.08], tickformat=".0%", nticks=6)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    styled(figure, height, top=16)
    return figure.update_layout(
        bargap=0.28, showlegend=True, legend={"orientation": "h", "y": 1.01, "yanchor": "bottom", "x": 0}
    )


def reliability_chart(
    bins: Sequence[Bin], height: int = 430, confidence: str | None = None, outcome: str | None = None
) -> Figure:
    """Draw accuracy against confidence, with the diagonal of perfect calibration, and the faces in each bin below.

    Args:
        bins: equal bins of confidence from 0 to 1, as in `Evaluation.reliability`.
        confidence, outcome: titles of the two axes, "confidence" and "read correctly" if left out.
    """
    from plotly.subplots import make_subplots

    confidence, outcome = confidence or _("confidence"), outcome or _("read correctly")
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.76, 0.24], vertical_spacing=0.05)
    centers = [(number + 0.5) / len(bins) for number in range(len(bins))]
    filled = [row for row in bins if row.count]
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": INK, "dash": "dash", "width": 1.5}, hoverinfo="skip",
        row=1, col=1,
    )  # fmt: skip
    figure.add_scatter(
        x=[row.confidence for row in filled],
        y=[row.accuracy for row in filled],
        customdata=[row.count for row in filled],
        mode="lines+markers",
        line={"color": f"rgb({_BLUE})", "width": 2.5},
        marker={"size": 8},
        hovertemplate=f"{confidence} %{{x:.0%}}, {outcome} %{{y:.0%}}, "
        + _("%{customdata:,} faces")
        + "<extra></extra>",
        row=1,
        col=1,
    )
    figure.add_bar(
        x=centers,
        y=[row.count for row in bins],
        width=0.9 / max(1, len(bins)),
        marker={"color": f"rgba({_BLUE},0.55)"},
        hovertemplate=_("%{y:,} faces") + "<extra></extra>",
        row=2,
        col=1,
    )
    small = {"size": 12}
    figure.update_yaxes(title={"text": outcome, "font": small}, tickformat=".0%", range=[0, 1.02], row=1, col=1)
    figure.update_yaxes(title={"text": _("faces"), "font": small}, nticks=3, row=2, col=1)
    figure.update_xaxes(range=[0, 1.01], tickformat=".0%", dtick=0.2)
    figure.update_xaxes(title={"text": confidence, "font": small}, row=2, col=1)
    return styled(figure, height, top=16)


def leaderboard_chart(
    models: pd.DataFrame,
    cost: str,
    cost_title: str,
    height: int = 330,
    ceiling: float | None = None,
    ceiling_title: str = "",
) -> Figure:
    """Draw the accuracy of each model against what it costs; up and to the left is better.

    Args:
        models: title, data (what it was measured on), accuracy (0–1) and the column ``cost``; rows without one of the
            two numbers are left out.
        cost: the column on the horizontal axis.
        cost_title: its name and unit.
        ceiling: accuracy at which a dashed line is drawn, 0–1, named ``ceiling_title``.
    """
    import plotly.graph_objects as go

    shown = models.dropna(subset=["accuracy", cost])
    top = float(shown[cost].max()) if len(shown) else 1.0
    points = go.Scatter(
        x=shown[cost],
        y=shown["accuracy"],
        text=[f"  {title}  " for title in shown["title"]],
        customdata=shown["data"],
        mode="markers+text",
        cliponaxis=False,
        marker={"size": 13, "color": f"rgba({_BLUE},0.85)", "line": {"width": 1, "color": INK}},
        hovertemplate=f"%{{text}}: %{{y:.1%}}, %{{customdata}}, %{{x:.2f}} {cost_title}<extra></extra>",
    )
    figure = go.Figure(points)
    low, high = (shown["accuracy"].min(), shown["accuracy"].max()) if len(shown) else (0.0, 1.0)
    if ceiling is not None:
        low, high = min(low, ceiling), max(high, ceiling)
        figure.add_hline(
            ceiling,
            line={"color": INK, "dash": "dash", "width": 1.5},
            annotation={"text": ceiling_title, "font": {"size": 12}},
            annotation_position="bottom left",
        )
    room = max(0.05, (high - low) * 0.25)
    figure.update_yaxes(tickformat=".0%", range=[max(0.0, low - room), high + room], nticks=6)
    figure.update_yaxes(title={"text": _("accuracy"), "font": {"size": 12}})
    figure.update_xaxes(range=[0, max(top, 1e-3) * 1.1], title={"text": cost_title, "font": {"size": 12}}, nticks=6)
    down, up = figure.layout.yaxis.range
    plot_h = height - 70  # without the axis below
    taken = []
    if ceiling is not None:
        line_y = (up - ceiling) / (up - down) * plot_h
        taken.append((0.0, line_y, len(ceiling_title) * _LETTER_W, line_y + _LETTER_H))
    x = (shown[cost] / (max(top, 1e-3) * 1.1) * _NARROW_W).to_list()
    y = ((up - shown["accuracy"]) / (up - down) * plot_h).to_list()
    figure.data[0].textposition = _name_positions(x, y, shown["title"].to_list(), taken)
    return styled(figure, height, top=16)


def _name_positions(x: list[float], y: list[float], names: list[str], taken: list[_Box]) -> list[str]:
    """Return Plotly's ``textposition`` for each name, so that it covers neither another one nor another's point.

    Args:
        x, y: the points, in pixels from the top left corner.
        taken: where no name can stand, ``(left, top, right, bottom)`` in pixels.
    """
    points = [(px - _RADIUS, py - _RADIUS, px + _RADIUS, py + _RADIUS) for px, py in zip(x, y, strict=True)]
    chosen = []
    for i, name in enumerate(names):
        # The side toward the middle first, so that no name is cut off.
        sides = ("left", "right") if x[i] > _NARROW_W / 2 else ("right", "left")
        choices = [f"{row} {side}" for side in sides for row in ("middle", "top", "bottom")]
        others = taken + points[:i] + points[i + 1 :]
        boxes = {choice: _name_box(choice, x[i], y[i], len(name) * _LETTER_W) for choice in choices}
        best = min(choices, key=lambda choice: _faults(boxes[choice], others))
        taken = [*taken, boxes[best]]
        chosen.append(best)
    return chosen


def _name_box(position: str, x: float, y: float, width: float) -> _Box:
    row, side = position.split()
    left = x - 12 - width if side == "left" else x + 12
    top = y + {"top": -_RADIUS - _LETTER_H, "middle": -_LETTER_H / 2, "bottom": _RADIUS}[row]
    return left, top, left + width, top + _LETTER_H


def _faults(box: _Box, others: list[_Box]) -> int:
    left, top, right, bottom = box
    covered = sum(left < o[2] and o[0] < right and top < o[3] and o[1] < bottom for o in others)
    return covered + 2 * (left < 0 or right > _NARROW_W)

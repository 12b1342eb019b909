"""The look of every Plotly figure: transparent backgrounds, so that the page's light or dark theme shows through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

CLEAR = "rgba(0,0,0,0)"
GRID = "rgba(128,128,128,0.22)"
INK = "#808890"  # of lines and markers, on white and on near-black


AXIS: Mapping[str, Any] = {"gridcolor": GRID, "zerolinecolor": GRID, "automargin": True, "fixedrange": True}


def layout(height: int, *, top: int = 8) -> dict[str, Any]:
    """Return the layout of a figure, without its axes.

    Args:
        height: of the figure, in pixels.
        top: pixels above the plot.
    """
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": top, "b": 8},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "font": {"size": 13},  # its color is the page's: no single one reads well on white and on near-black
        "showlegend": False,
        "dragmode": False,
        "uirevision": "keep",
        "modebar": {"remove": ["zoom", "pan", "select", "lasso", "zoomIn", "zoomOut", "autoScale", "resetScale"]},
    }


def styled(figure: Figure, height: int, *, top: int = 8) -> Figure:
    """Style ``figure`` in place and return it; for the arguments, see `layout`."""
    figure.update_layout(layout(height, top=top))
    return figure.update_xaxes(**AXIS).update_yaxes(**AXIS)

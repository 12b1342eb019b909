"""The look of every Plotly figure: transparent backgrounds, so that the page's light or dark theme shows through."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

CLEAR = "rgba(0,0,0,0)"
GRID = "rgba(128,128,128,0.22)"
INK = "#808890"  # reads on white and on near-black


def styled(figure: Figure, height: int, *, top: int = 8) -> Figure:
    """Style ``figure`` in place and return it.

    Args:
        height: of the figure, in pixels.
        top: pixels above the plot.
    """
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": top, "b": 8},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        font={"color": INK, "size": 13},
        showlegend=False,
        dragmode=False,
        uirevision="keep",
        modebar={"remove": ["zoom", "pan", "select", "lasso", "zoomIn", "zoomOut", "autoScale", "resetScale"]},
    )
    axis = {"gridcolor": GRID, "zerolinecolor": GRID, "automargin": True, "fixedrange": True}
    return figure.update_xaxes(**axis).update_yaxes(**axis)

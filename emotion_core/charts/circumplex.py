"""Where a face has been on the plane of valence and arousal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from emotion_core.charts.style import GRID, INK, styled
from emotion_core.circumplex import COORDINATES, valence_arousal
from emotion_core.emotions import COLORS, EMOTIONS, UNCERTAIN_COLOR, Emotion
from emotion_core.language import gettext as _

if TYPE_CHECKING:
    from plotly.graph_objects import Figure, Scatter

_NAMES = [emotion.value for emotion in EMOTIONS]
_FAINTEST = 0.08  # opacity of the oldest point
# Angry, fear and disgust lie close together.
_SIDES = {
    Emotion.ANGRY: "top right",
    Emotion.FEAR: "top left",
    Emotion.HAPPY: "top center",
    Emotion.SURPRISE: "top center",
}


def circumplex_chart(probabilities: pd.DataFrame, height: int = 280) -> Figure:
    """Draw the dominant face's path, the older the fainter, and its newest place as a large point.

    Args:
        probabilities: one column per emotion (NaN where no face was found) and label, oldest first, as
            `EmotionTimeline.probabilities` returns them.
        height: pixels.
    """
    import plotly.graph_objects as go

    places = valence_arousal(probabilities[_NAMES].to_numpy())
    figure = go.Figure(_circle())
    figure.add_trace(_path(places))
    seen = np.flatnonzero(~np.isnan(places[:, 0]))
    if len(seen):
        figure.add_trace(_newest(places[seen[-1]], str(probabilities["label"].iloc[seen[-1]])))
    figure.add_trace(_words())
    small = {"size": 12}
    figure.update_xaxes(range=[-1.05, 1.05], tickvals=[], title={"text": _("unpleasant — pleasant"), "font": small})
    figure.update_yaxes(range=[-1.05, 1.05], tickvals=[], title={"text": _("calm — active"), "font": small})
    styled(figure, height)
    return figure.update_yaxes(scaleanchor="x", zeroline=True).update_xaxes(zeroline=True, constrain="domain")


def _circle() -> Scatter:
    import plotly.graph_objects as go

    angles = np.linspace(0, 2 * np.pi, 73)
    return go.Scatter(x=np.cos(angles), y=np.sin(angles), mode="lines", line={"color": GRID}, hoverinfo="skip")


def _path(places: np.ndarray) -> Scatter:
    import plotly.graph_objects as go

    return go.Scatter(
        x=places[:, 0],
        y=places[:, 1],
        mode="markers",
        marker={"size": 6, "color": INK, "opacity": np.linspace(_FAINTEST, 0.8, len(places))},
        hovertemplate=_("valence %{x:.2f}, arousal %{y:.2f}") + "<extra></extra>",
    )


def _newest(place: np.ndarray, label: str) -> Scatter:
    import plotly.graph_objects as go

    color = next((COLORS[emotion] for emotion in EMOTIONS if emotion == label), UNCERTAIN_COLOR)
    return go.Scatter(
        x=[place[0]],
        y=[place[1]],
        mode="markers",
        marker={"size": 15, "color": color, "line": {"width": 2, "color": "white"}},
        hovertemplate=f"{_(label)}: " + _("valence %{x:.2f}, arousal %{y:.2f}") + "<extra></extra>",
    )


def _words() -> Scatter:
    import plotly.graph_objects as go

    points = [COORDINATES[emotion] for emotion in EMOTIONS]
    return go.Scatter(
        x=[x for x, _y in points],
        y=[y for _x, y in points],
        text=[emotion.word for emotion in EMOTIONS],
        mode="text",
        textfont={"size": 12, "color": [COLORS[emotion] for emotion in EMOTIONS]},
        textposition=[_SIDES.get(emotion, "bottom center") for emotion in EMOTIONS],
        hoverinfo="skip",
    )

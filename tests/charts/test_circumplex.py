"""The plane of valence and arousal."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from emotion_core.charts.circumplex import circumplex_chart
from emotion_core.circumplex import COORDINATES
from emotion_core.emotions import COLORS, EMOTIONS, Emotion


def path(*labels: str) -> pd.DataFrame:
    """Certain readings one after the other, as a timeline has them; "no face" has none."""
    names = [emotion.value for emotion in EMOTIONS]
    rows = [[float(name == label) if label in names else np.nan for name in names] for label in labels]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(time_s=np.arange(len(labels)) / 10, label=list(labels))


def test_the_path_fades_towards_the_past_and_ends_in_a_large_point() -> None:
    figure = circumplex_chart(path("sad", "neutral", "happy"))
    _, trail, newest, words = figure.data
    assert (newest.x[0], newest.y[0]) == pytest.approx(COORDINATES[Emotion.HAPPY])
    assert newest.marker.color == COLORS[Emotion.HAPPY]
    opacity = list(trail.marker.opacity)
    assert opacity == sorted(opacity) and opacity[0] < opacity[-1]
    assert list(zip(words.x, words.y, strict=True)) == [COORDINATES[emotion] for emotion in EMOTIONS]


def test_without_a_face_the_newest_point_is_the_last_that_was_seen() -> None:
    figure = circumplex_chart(path("sad", "no face"))
    assert np.isnan(figure.data[1].x[1])
    assert figure.data[2].x[0] == pytest.approx(COORDINATES[Emotion.SAD][0])


@pytest.mark.parametrize("table", [path(), path("no face")], ids=["nothing yet", "no face yet"])
def test_before_the_first_face_there_is_only_the_plane(table: pd.DataFrame) -> None:
    assert len(circumplex_chart(table).data) == 3

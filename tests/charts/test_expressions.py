"""Charts and the summary picture show the numbers that they are given."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from emotion_core.charts.expressions import frequency_chart, probability_bars, timeline_chart
from emotion_core.charts.poster import round_ticks, summary_png
from emotion_core.emotions import COLORS, EMOTIONS, Emotion
from emotion_core.record.timeline import EmotionTimeline
from emotion_core.results import Faces, FrameResult

ORDER = [emotion.value for emotion in EMOTIONS]
PALETTE = [COLORS[emotion] for emotion in EMOTIONS]


def seen(seconds: int = 4) -> EmotionTimeline:
    result = EmotionTimeline()
    for i in range(seconds * 10):
        probabilities = np.full((1, 7), 0.05, np.float32)
        probabilities[0, Emotion.SAD.column if i < 10 else Emotion.HAPPY.column] = 0.7
        boxes = np.array([[0, 0, 50, 50]], np.float32)
        faces = Faces.empty() if i % 10 == 5 else Faces(boxes, probabilities, np.array([1]))
        result.add(FrameResult(faces, (100, 100), i / 10))
    return result


def test_frequency_chart_shows_each_share_in_its_color() -> None:
    shares = seen().shares()
    figure = frequency_chart(shares, recent=seen().shares(1.0))
    bars, recent = figure.data
    assert list(bars.y) == ORDER
    assert list(bars.marker.color) == PALETTE
    assert list(bars.x) == pytest.approx(shares["share"].tolist())
    assert (list(recent.y), list(recent.x)) == (["happy"], [1.0]), "an expression without a share has no mark"
    assert figure.layout.xaxis.range[1] >= max(bars.x)


def test_timeline_chart_has_a_line_per_emotion_with_gaps() -> None:
    figure = timeline_chart(seen().probabilities())
    assert [line.name for line in figure.data] == ORDER
    assert [line.line.color for line in figure.data] == PALETTE
    happy = np.array(figure.data[Emotion.HAPPY.column].y, float)
    assert np.isnan(happy[5])
    assert np.nanmax(happy) == pytest.approx(0.7)


def test_timeline_chart_runs_from_0_to_a_given_end() -> None:
    table = seen().probabilities()
    assert timeline_chart(table).layout.xaxis.range is None
    axis = timeline_chart(table, end_s=12.5).layout.xaxis
    assert (axis.range, axis.fixedrange) == ((0, 12.5), True)


def test_probability_bars() -> None:
    figure = probability_bars(np.eye(7, dtype=np.float32)[2])
    assert list(figure.data[0].x) == [0, 0, 1, 0, 0, 0, 0]
    assert figure.data[0].text[2] == "100%"
    with pytest.raises(ValueError, match=r"\(6,\)"):
        probability_bars(np.ones(6))


@pytest.mark.parametrize(
    "figure",
    [frequency_chart(EmotionTimeline().shares()), timeline_chart(EmotionTimeline().probabilities())],
    ids=["frequency", "timeline"],
)
def test_empty_tables_and_transparent_backgrounds(figure) -> None:  # type: ignore[no-untyped-def]
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert figure.to_json()


def colors(png: bytes) -> set[tuple[int, int, int]]:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    assert image.size == (1200, 790)
    return {color for _, color in image.getcolors(1 << 24) or []}


def summary(timeline: EmotionTimeline) -> bytes:
    return summary_png(timeline.seconds(), timeline.probabilities(max_points=1000), len(timeline))


def test_summary_shows_what_was_seen() -> None:
    happy = tuple(int(COLORS[Emotion.HAPPY][i : i + 2], 16) for i in (1, 3, 5))
    assert happy in colors(summary(seen()))
    assert len(summary(seen())) < 200_000


def test_summary_of_an_empty_timeline_has_no_bars() -> None:
    found = colors(summary(EmotionTimeline()))
    assert (255, 255, 255) in found
    bars = {tuple(int(COLORS[emotion][i : i + 2], 16) for i in (1, 3, 5)) for emotion in Emotion}
    assert not bars & found


@pytest.mark.parametrize(("start", "end"), [(0, 26), (0, 3.7), (12.3, 13.1), (0, 3600), (5, 5)])
def test_ticks_are_round_numbers(start: float, end: float) -> None:
    ticks = round_ticks(start, end)
    assert len(ticks) <= 8
    assert all(start - 1e-6 <= tick <= end + 1e-6 for tick in ticks)
    steps = {float(f"{later - tick:.4g}") for tick, later in pairwise(ticks)}
    assert len(steps) <= 1
    assert all(f"{step:e}"[0] in "125" for step in steps)


def test_charts_take_a_table_with_one_row() -> None:
    table = seen().probabilities().head(1)
    assert isinstance(table, pd.DataFrame)
    assert len(timeline_chart(table).data) == 7

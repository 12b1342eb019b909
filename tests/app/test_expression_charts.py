"""The charts over time take no more of a long timeline than they show."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from emotion_core.emotions import UNCERTAIN
from emotion_core.record.timeline import NO_FACE, EmotionTimeline
from emotion_core.results import Faces, FrameResult
from pages.shared import expression_charts

ANALYSES = 20_000


@pytest.fixture(scope="module")
def timeline() -> EmotionTimeline:
    """A thousand seconds with one face, happy throughout."""
    happy = Faces(np.array([[10, 10, 60, 60]], np.float32), np.eye(7, dtype=np.float32)[[3]])
    made = EmotionTimeline()
    for number in range(ANALYSES):
        made.add(FrameResult(happy, (640, 480), time_s=number / 20))
    return made


def test_shares_are_summed_up_once_for_a_chart(timeline: EmotionTimeline, monkeypatch: pytest.MonkeyPatch) -> None:
    sums: list[float | None] = []
    seconds = EmotionTimeline.seconds

    def counted(self: EmotionTimeline, window_s: float | None = None) -> dict[str, float]:
        sums.append(window_s)
        return seconds(self, window_s)

    monkeypatch.setattr(EmotionTimeline, "seconds", counted)
    expression_charts.share_chart(timeline, "test", 10.0)
    assert sums == [None, 10.0]


def test_seconds_copy_neither_faces_nor_analyses(timeline: EmotionTimeline) -> None:
    one_copy = timeline._analyses.rows.nbytes + timeline._faces.rows.nbytes
    tracemalloc.start()
    seconds = timeline.seconds()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seconds["happy"] == pytest.approx((ANALYSES - 1) / 20)
    assert (seconds[UNCERTAIN], seconds[NO_FACE]) == (0, 0)
    assert peak < one_copy / 2


@pytest.mark.parametrize("faces", [Faces.empty(), None], ids=["no face", "nothing"])
def test_without_a_label_no_chart_pretends_to_have_data(faces: Faces | None, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []
    monkeypatch.setattr(expression_charts.st, "plotly_chart", lambda figure, **_: drawn.append(figure))
    empty = EmotionTimeline()
    for number in range(5 if faces is not None else 0):
        empty.add(FrameResult(faces or Faces.empty(), (640, 480), time_s=number))
    for show in (expression_charts.share_chart, expression_charts.lines_chart, expression_charts.plane_chart):
        show(empty, "test")
    assert drawn == []

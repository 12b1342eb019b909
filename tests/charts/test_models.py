"""Charts about models show the numbers that they are given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from emotion_core.charts.models import confusion_chart, leaderboard_chart, per_class_chart, reliability_chart
from emotion_core.emotions import COLORS, EMOTIONS, Emotion
from emotion_core.measure.accuracy import Evaluation, score

NAMES = [emotion.value for emotion in EMOTIONS]
CLEAR = "rgba(0,0,0,0)"


def test_confusion_has_true_labels_as_rows_shares_and_counts() -> None:
    counts = np.zeros((7, 7), int)
    counts[Emotion.HAPPY.column, [Emotion.HAPPY.column, Emotion.SAD.column]] = [3, 1]
    figure = confusion_chart(counts)
    cells, texts = figure.data
    assert list(cells.x) == list(cells.y) == NAMES
    assert cells.z[Emotion.HAPPY.column][Emotion.SAD.column] == 0.25
    assert cells.customdata[Emotion.HAPPY.column][Emotion.HAPPY.column] == 3
    assert cells.z[Emotion.FEAR.column][0] is None, "nothing is drawn for a class without faces"
    shown = {(y, x): text for x, y, text in zip(texts.x, texts.y, texts.text, strict=True) if text}
    assert shown == {("happy", "happy"): "75", ("happy", "sad"): "25"}
    assert (figure.layout.yaxis.title.text, figure.layout.xaxis.title.text) == ("true expression", "read as")
    assert figure.layout.yaxis.autorange == "reversed"


def test_confusion_of_another_size_is_an_error() -> None:
    with pytest.raises(ValueError, match="7 × 7"):
        confusion_chart(np.zeros((6, 6)))


def test_each_expression_has_three_bars_in_its_color() -> None:
    per_class = {name: {"precision": 0.1, "recall": 0.2, "f1": 0.3, "support": 4} for name in NAMES}
    bars = [trace for trace in per_class_chart(per_class).data if not trace.showlegend]
    assert [(bar.name, bar.x[0]) for bar in bars] == [("F1", 0.3), ("precision", 0.1), ("recall", 0.2)]
    assert all(list(bar.marker.color) == [COLORS[emotion] for emotion in EMOTIONS] for bar in bars)
    assert len({bar.marker.opacity for bar in bars}) == 3


def test_an_expression_without_faces_has_no_bar() -> None:
    rows = {name: {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 4} for name in NAMES}
    rows["fear"] = {**rows["fear"], "support": 0}
    bars = [trace for trace in per_class_chart(rows).data if not trace.showlegend]
    fear = NAMES.index("fear")
    assert {bar.x[fear] for bar in bars} == {None}
    assert (bars[0].text[fear], bars[0].text[0]) == ("no faces", "0%")


def test_reliability_has_the_diagonal_the_filled_bins_and_all_counts() -> None:
    probabilities = np.full((4, 7), 0.1 / 6, np.float32)
    probabilities[:, 0] = 0.9
    evaluation = Evaluation.from_dict(score("model", probabilities, np.array([0, 0, 0, 1]), 1.0).to_dict())
    assert evaluation.reliability
    diagonal, curve, counts = reliability_chart(evaluation.reliability).data
    assert list(diagonal.x) == list(diagonal.y) == [0, 1]
    assert (list(curve.x), list(curve.y)) == ([0.9], [0.75])
    assert len(counts.y) == 15 and sum(counts.y) == 4
    assert counts.x[13] == pytest.approx(13.5 / 15) and counts.y[13] == 4


def test_the_leaderboard_leaves_out_what_was_not_measured() -> None:
    table = pd.DataFrame(
        {"title": ["a", "b", "c"], "data": "test", "accuracy": [0.6, None, 0.5], "ms": [1.0, 2.0, None]}
    )
    (points,) = leaderboard_chart(table, "ms", "ms per face").data
    assert (list(points.x), list(points.y), [text.strip() for text in points.text]) == ([1.0], [0.6], ["a"])


def test_the_leaderboard_draws_in_what_people_reach() -> None:
    table = pd.DataFrame({"title": ["a"], "data": "test", "accuracy": [0.6], "ms": [1.0]})
    figure = leaderboard_chart(table, "ms", "ms per face", ceiling=0.85, ceiling_title="one person")
    (line,) = figure.layout.shapes
    assert line.y0 == line.y1 == 0.85
    assert figure.layout.annotations[0].text == "one person"
    assert figure.layout.yaxis.range[0] < 0.6 and figure.layout.yaxis.range[1] > 0.85


def test_the_leaderboards_names_keep_apart() -> None:
    table = pd.DataFrame(
        {"title": ["First model", "Second model", "Third model"], "data": "test"}
        | {"accuracy": [0.6, 0.6, 0.5], "ms": [1.4, 1.5, 0.2]}
    )
    first, second, third = leaderboard_chart(table, "ms", "ms per face", 280).data[0].textposition
    assert first.split()[1] == "left" and third == "middle right", "none is cut off"
    assert first.split()[0] != second.split()[0], "one name covers the other"


def test_a_leaderboard_without_numbers_is_empty() -> None:
    table = pd.DataFrame({"title": ["a"], "data": "", "accuracy": [None], "ms": [1.0]})
    assert not leaderboard_chart(table.astype({"accuracy": float}), "ms", "ms").data[0].x.size


def test_backgrounds_are_clear() -> None:
    for figure in (confusion_chart(np.eye(7)), per_class_chart({}), reliability_chart([])):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == CLEAR


def test_a_confusion_matrix_can_compare_labels_with_people() -> None:
    figure = confusion_chart(np.eye(7, dtype=int), rows="label", columns="people say")
    assert (figure.layout.yaxis.title.text, figure.layout.xaxis.title.text) == ("label", "people say")
    assert figure.data[0].hovertemplate.startswith("%{y}, people say %{x}: ")

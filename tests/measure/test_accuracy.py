"""The figures of an evaluation, against numbers worked out by hand, and what a card makes of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from emotion_core.classify.card import ModelCard
from emotion_core.data.dataset import LabeledFaces
from emotion_core.emotions import Emotion
from emotion_core.errors import ModelError
from emotion_core.measure.accuracy import (
    Bin,
    Evaluation,
    calibration_error,
    card_evaluations,
    disagreements,
    evaluate,
    read_faces,
    reliability,
    worst_mistakes,
)

ANGRY, HAPPY, SAD = (emotion.column for emotion in (Emotion.ANGRY, Emotion.HAPPY, Emotion.SAD))


class Stub:
    """Reads the label from the upper left pixel, 0.8 sure; a bright right edge confuses it."""

    name = "stub"
    crop_margin = 0.0
    uncertain_below = 0.0
    learned_from = "labels"

    def predict(self, crops_bgr: Sequence[np.ndarray]) -> np.ndarray:
        rows = np.full((len(crops_bgr), 7), 0.2 / 6, np.float32)
        for row, crop in zip(rows, crops_bgr, strict=True):
            row[crop[0, 0, 0]] = 0.8
        return rows


def faces(read: list[int], true: list[int]) -> LabeledFaces:
    images = np.zeros((len(read), 4, 4), np.uint8)
    images[:, 0, 0] = read
    images[:, 0, -1] = SAD
    return LabeledFaces(images, np.array(true), tuple(str(i) for i in range(len(read))))


DATA = faces([ANGRY, ANGRY, HAPPY, HAPPY], [ANGRY, HAPPY, HAPPY, HAPPY])


def test_accuracy_and_f1_by_hand() -> None:
    result = evaluate(Stub(), DATA, timed=2)
    assert (result.images, result.accuracy) == (4, 0.75)
    assert result.per_class["angry"] == {"precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3), "support": 1}
    assert result.per_class["happy"]["f1"] == pytest.approx(0.8)
    assert result.macro_f1 == pytest.approx((2 / 3 + 0.8) / 2)
    assert result.confusion[HAPPY, ANGRY] == 1
    assert result.ece == pytest.approx(0.05, abs=1e-6)


def test_flip_averages_both_sides() -> None:
    result = evaluate(Stub(), faces([ANGRY], [ANGRY]), flip=True, timed=1)
    # The face reads as angry and its mirror image as sad, so the average is a tie and the confidence is the mean.
    assert result.ece == pytest.approx(abs(result.accuracy - (0.8 + 0.2 / 6) / 2), abs=1e-6)


def test_calibration_is_perfect_when_confidence_is_the_share_read_right() -> None:
    probabilities = np.zeros((10, 7), np.float32)
    probabilities[:, 0], probabilities[:, 1] = 0.7, 0.3
    labels = np.array([0] * 7 + [1] * 3)
    assert calibration_error(probabilities, labels) == pytest.approx(0, abs=1e-6)
    assert calibration_error(probabilities, np.zeros(10, int)) == pytest.approx(0.3, abs=1e-6)


def test_no_face_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one"):
        evaluate(Stub(), faces([], []))


def test_reliability_bins_by_hand() -> None:
    bins = evaluate(Stub(), DATA, timed=1).reliability
    assert len(bins) == 15
    # All four are 0.8 sure and three of them right: bin 12 reaches from 0.8 to 0.867.
    assert [row.count for row in bins] == [4 if number == 12 else 0 for number in range(15)]
    assert bins[12].confidence == pytest.approx(0.8) and bins[12].accuracy == 0.75
    assert (bins[0].confidence, bins[0].accuracy) == (None, None)


def test_confidence_1_falls_into_the_last_bin() -> None:
    assert reliability(np.eye(7)[:1], np.array([0]))[-1].count == 1


def test_the_dictionary_is_json_with_every_figure() -> None:
    found = json.loads(json.dumps(evaluate(Stub(), DATA, timed=1).to_dict(), allow_nan=False))
    assert list(found) == [
        "model", "images", "accuracy", "macro_f1", "per_class", "confusion", "ece", "reliability",
        "latency_ms_per_face",
    ]  # fmt: skip
    assert found["reliability"][12] == {"count": 4, "confidence": 0.8, "accuracy": 0.75}
    assert sum(row["count"] for row in found["reliability"]) == found["images"]


def test_what_was_written_is_read_again() -> None:
    written = replace(evaluate(Stub(), DATA, timed=1), chosen_on_it=True).to_dict()
    read = Evaluation.from_dict(json.loads(json.dumps(written)))
    assert read.to_dict() == written
    assert read.chosen_on_it
    assert read.confusion is not None and read.confusion.dtype == np.int64
    assert read.reliability is not None and read.reliability[12] == Bin(4, 0.8, 0.75)
    assert read.reliability[0] == Bin(0, None, None)


@pytest.mark.parametrize(
    ("figure", "damaged"),
    [
        ("macro_f1", "high"),
        ("macro_f1", 1.5),
        ("ece", True),
        ("images", "all"),
        ("images", 0),
        ("per_class", []),
        ("per_class", {"happy": 1}),
        ("per_class", {emotion.value: {"precision": 1.0} for emotion in Emotion}),
        ("confusion", [[1]]),
        ("confusion", [[0.5] * 7] * 7),
        ("reliability", "none"),
        ("reliability", []),
        ("reliability", [{"count": "x"}]),
        ("reliability", [{"count": 1, "confidence": 0.5}]),
        ("latency_ms_per_face", "quick"),
    ],
)
def test_a_damaged_figure_counts_as_not_measured_and_the_others_stay(figure: str, damaged: object) -> None:
    written = evaluate(Stub(), DATA, timed=1).to_dict()
    read = Evaluation.from_dict({**written, figure: damaged}).to_dict()
    assert read == {**written, figure: None}


@pytest.mark.parametrize("accuracy", [None, "high", True, 57.4, -0.1, float("nan")])
def test_figures_without_an_accuracy_are_refused_and_left_out_of_a_cards(accuracy: object) -> None:
    with pytest.raises(ModelError, match="accuracy of 0 to 1"):
        Evaluation.from_dict({"accuracy": accuracy})
    card = ModelCard("mine", "Mine", metrics={"a": {"accuracy": accuracy}, "b": 3, "c": {"accuracy": 0.5}})
    assert {title: found.accuracy for title, found in card_evaluations(card).items()} == {"c": 0.5}


def test_reading_reports_its_progress_and_does_not_depend_on_the_batch() -> None:
    reported: list[float] = []
    read = read_faces(Stub(), DATA, batch_size=3, progress=reported.append)
    assert reported == [0.75, 1.0]
    assert np.array_equal(read, read_faces(Stub(), DATA))


def test_worst_mistakes_are_wrong_and_the_most_confident_come_first() -> None:
    probabilities = np.zeros((4, 7))
    probabilities[range(4), [0, 0, 0, 1]] = [0.5, 0.9, 0.7, 0.99]
    assert worst_mistakes(probabilities, np.array([1, 1, 1, 1]), 2).tolist() == [1, 2]
    assert not len(worst_mistakes(probabilities, np.array([0, 0, 0, 1]), 2))


def test_disagreements_come_first_where_both_are_confident() -> None:
    first, second = np.zeros((3, 7)), np.zeros((3, 7))
    first[range(3), [0, 0, 0]] = [0.9, 0.6, 0.9]
    second[range(3), [1, 1, 0]] = [0.5, 0.6, 0.9]
    assert disagreements(first, second).tolist() == [1, 0]

"""The figures of an evaluation, against numbers worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from emotion_core.data.fer2013 import LabelledFaces
from emotion_core.emotions import Emotion
from emotion_core.evaluate import calibration_error, evaluate

ANGRY, HAPPY, SAD = (emotion.column for emotion in (Emotion.ANGRY, Emotion.HAPPY, Emotion.SAD))


class Stub:
    """Reads the label from the upper left pixel, 0.8 sure; a bright right edge confuses it."""

    name = "stub"
    crop_margin = 0.0
    uncertain_below = 0.0

    def predict(self, crops_bgr: Sequence[np.ndarray]) -> np.ndarray:
        rows = np.full((len(crops_bgr), 7), 0.2 / 6, np.float32)
        for row, crop in zip(rows, crops_bgr, strict=True):
            row[crop[0, 0, 0]] = 0.8
        return rows


def faces(read: list[int], true: list[int]) -> LabelledFaces:
    images = np.zeros((len(read), 4, 4), np.uint8)
    images[:, 0, 0] = read
    images[:, 0, -1] = SAD
    return LabelledFaces(images, np.array(true), tuple(str(i) for i in range(len(read))))


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
    # Its own side says angry, the mirrored one sad: the average is a tie, and confidence falls to the mean.
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

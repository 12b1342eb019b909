"""Valence and arousal."""

from __future__ import annotations

import numpy as np
import pytest

from emotion_core.circumplex import COORDINATES, coordinates_text, valence_arousal
from emotion_core.emotions import EMOTIONS, Emotion


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_certain_expression_lies_at_its_own_coordinates(emotion: Emotion) -> None:
    assert valence_arousal(np.eye(7)[[emotion.column]])[0] == pytest.approx(COORDINATES[emotion])


def test_shares_lie_between_their_expressions() -> None:
    row = np.zeros(7)
    row[[Emotion.HAPPY.column, Emotion.SAD.column]] = 0.75, 0.25
    assert valence_arousal(row[None])[0] == pytest.approx([0.75 * 0.81 - 0.25 * 0.63, 0.75 * 0.51 - 0.25 * 0.27])


def test_no_face_is_nowhere() -> None:
    assert valence_arousal(np.empty((0, 7))).shape == (0, 2)
    assert np.isnan(valence_arousal(np.full((1, 7), np.nan))).all()


def test_the_coordinates_are_told_with_true_minus_signs() -> None:
    assert "sad (−0.63, −0.27)" in coordinates_text() and "happy (+0.81, +0.51)" in coordinates_text()

"""Readings in words."""

from __future__ import annotations

import numpy as np
import pytest

from emotion_core.emotions import EMOTIONS, Emotion
from emotion_core.wording import long_reading, out_of_ten, short_reading

HAPPY, NEUTRAL, SAD = Emotion.HAPPY, Emotion.NEUTRAL, Emotion.SAD


def shares(**named: float) -> np.ndarray:
    return np.array([named.get(emotion.value, 0.0) for emotion in EMOTIONS])


@pytest.mark.parametrize(
    ("probabilities", "label", "expected"),
    [
        (shares(happy=0.72, neutral=0.28), HAPPY, "7 in 10 people would say happy"),
        (shares(happy=0.97, neutral=0.03), HAPPY, "Nearly everyone would say happy"),
        (shares(sad=0.5, neutral=0.42, fear=0.08), SAD, "5 in 10 people would say sad, 4 in 10 neutral"),
        (shares(sad=0.38, neutral=0.42, fear=0.2), SAD, "4 in 10 people would say sad, 4 in 10 neutral"),
        (shares(sad=0.42, neutral=0.14, fear=0.24, angry=0.2), SAD, "4 in 10 people would say sad, 2 in 10 fear"),
        (shares(sad=0.34, neutral=0.33, fear=0.33), None, "People would disagree: 3 in 10 would say sad, 3 in 10 fear"),
    ],
    ids=["clear", "nearly all", "close", "the steady label is not the largest", "the second of several", "uncertain"],
)
def test_a_model_of_votes_speaks_of_people(probabilities: np.ndarray, label: Emotion | None, expected: str) -> None:
    assert long_reading(probabilities, label, "votes") == expected


def test_marks_stand_around_expressions() -> None:
    close = shares(sad=0.5, neutral=0.4, fear=0.1)
    assert long_reading(close, SAD, "votes", mark="**") == "5 in 10 people would say **sad**, 4 in 10 **neutral**"


@pytest.mark.parametrize(
    ("label", "long", "short"),
    [(HAPPY, "happy, 87%", "happy 87%"), (None, "uncertain, happy 87%", "uncertain")],
    ids=["named", "uncertain"],
)
def test_a_model_of_labels_gives_percentages(label: Emotion | None, long: str, short: str) -> None:
    probabilities = shares(happy=0.87, sad=0.13)
    assert long_reading(probabilities, label, "labels") == long
    assert short_reading(probabilities, label, "labels") == short


@pytest.mark.parametrize(
    ("share", "words"), [(0.949, "9 in 10 say happy"), (0.95, "nearly all say happy"), (0.44, "4 in 10 say happy")]
)
def test_a_label_on_a_picture_is_short(share: float, words: str) -> None:
    assert short_reading(shares(happy=share, sad=1 - share), HAPPY, "votes") == words


def test_halves_are_rounded_up() -> None:
    assert [out_of_ten(share) for share in (0.0, 0.05, 0.449, 0.45, 1.0)] == [0, 1, 4, 5, 10]

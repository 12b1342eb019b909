"""The seven expressions of FER-2013 and the order in which this project writes them.

Every array of probabilities in the project has its columns in `Emotion` order, which is alphabetical.
Other tools use other orders: DeepFace's ends with ``happy, sad, surprise, neutral``, and so does that of the original
``fer2013.csv``. They are mapped once, where they enter (`canonical_order`).

Source of the labels: Goodfellow et al., "Challenges in Representation Learning", 2013.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from emotion_core.errors import LabelError
from emotion_core.language import gettext, mark


class Emotion(StrEnum):
    """An expression label; iterating gives the canonical, alphabetical order.

    >>> list(Emotion)[:2]
    [<Emotion.ANGRY: 'angry'>, <Emotion.DISGUST: 'disgust'>]
    >>> parse_emotion("Happiness").column
    3
    >>> print(Emotion.HAPPY, Emotion.HAPPY.color)
    happy #E69F00
    """

    ANGRY = mark("angry")
    DISGUST = mark("disgust")
    FEAR = mark("fear")
    HAPPY = mark("happy")
    NEUTRAL = mark("neutral")
    SAD = mark("sad")
    SURPRISE = mark("surprise")

    @property
    def column(self) -> int:
        """Column of this label in every ``(n, 7)`` probability array."""
        return EMOTIONS.index(self)

    @property
    def word(self) -> str:
        """Word for it in the reader's language."""
        return gettext(self.value)

    @property
    def color(self) -> str:
        """Color of the label in every chart and on every frame, ``#rrggbb``."""
        return COLORS[self]


EMOTIONS: tuple[Emotion, ...] = tuple(Emotion)
# What a model has learned: one label for each image, or the votes of several people on it. With votes, a probability is
# the share of people who would name that expression.
LABELS, VOTES = "labels", "votes"
UNCERTAIN = mark("uncertain")  # what stands in place of a label when no expression is probable enough
UNCERTAIN_COLOR = "#5F6B73"

# Okabe & Ito's palette, distinguishable with the common color vision deficiencies; neutral is gray.
COLORS: dict[Emotion, str] = {
    Emotion.ANGRY: "#D55E00",
    Emotion.DISGUST: "#009E73",
    Emotion.FEAR: "#CC79A7",
    Emotion.HAPPY: "#E69F00",
    Emotion.NEUTRAL: "#8C8C8C",
    Emotion.SAD: "#0072B2",
    Emotion.SURPRISE: "#56B4E9",
}

DEEPFACE_ORDER: tuple[Emotion, ...] = (
    Emotion.ANGRY,
    Emotion.DISGUST,
    Emotion.FEAR,
    Emotion.HAPPY,
    Emotion.SAD,
    Emotion.SURPRISE,
    Emotion.NEUTRAL,
)

_ALIASES = {
    "anger": "angry",
    "disgusted": "disgust",
    "fearful": "fear",
    "scared": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprised": "surprise",
}


def parse_emotion(name: str) -> Emotion:
    """Return the `Emotion` that ``name`` means, in any case, also for the usual synonyms (``happiness``, ``anger``).

    Raises:
        LabelError: the name is none of the seven.
    """
    key = name.strip().lower()
    try:
        return Emotion(_ALIASES.get(key, key))
    except ValueError:
        expected = ", ".join(EMOTIONS)
        raise LabelError(
            "Unknown expression label. Expected one of {expected}. Received: {name!r}", expected=expected, name=name
        ) from None


def canonical_order(labels: Sequence[str]) -> np.ndarray:
    """Return the column indices that bring probabilities written in ``labels`` order into canonical order.

    ``probabilities[:, canonical_order(labels)]`` has its columns in `Emotion` order.

    Returns:
        ``(7,)`` int64.

    Raises:
        LabelError: a label is unknown, missing or given twice.
    """
    parsed = [parse_emotion(label) for label in labels]
    if len(parsed) != len(EMOTIONS) or set(parsed) != set(EMOTIONS):
        raise LabelError(
            "Expected each of the labels {emotions} exactly once. Received: {labels}",
            emotions=", ".join(EMOTIONS),
            labels=", ".join(labels),
        )
    return np.array([parsed.index(emotion) for emotion in EMOTIONS])

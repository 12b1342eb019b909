"""Readings in words that need no manual.

A model that learned from people's votes says which share of people would name each expression, so its readings become
sentences about people. Other models' readings stay percentages.
"""

from __future__ import annotations

import numpy as np

from emotion_core.emotions import EMOTIONS, UNCERTAIN, VOTES, Emotion
from emotion_core.language import gettext as _

CLOSE = 0.2  # a second expression whose share is less than this below the first is named, too


def out_of_ten(share: float) -> int:
    """Return how many people of ten a share is, rounded half up.

    >>> out_of_ten(0.74), out_of_ten(0.75)
    (7, 8)
    """
    return int(share * 10 + 0.5)


def short_reading(probabilities: np.ndarray, label: Emotion | None, learned_from: str) -> str:
    """Return a reading in a few words, for the label on a picture.

    Args:
        probabilities: ``(7,)``, 0–1, in `Emotion` order.
        label: what the face reads as, which need not be the most probable expression; None if it is uncertain.
        learned_from: as in `FrameResult`.

    >>> happy = np.array([0, 0, 0, 0.7, 0.3, 0, 0])
    >>> short_reading(happy, Emotion.HAPPY, "votes"), short_reading(happy, Emotion.HAPPY, "labels")
    ('7 in 10 say happy', 'happy 70%')
    """
    if label is None:
        return _(UNCERTAIN)
    share = float(probabilities[label.column])
    if learned_from != VOTES:
        return f"{label.word} {share:.0%}"
    count = out_of_ten(share)
    if count == 10:
        return _("nearly all say {label}", label=label.word)
    return _("{count} in 10 say {label}", count=count, label=label.word)


def tight_reading(probabilities: np.ndarray, label: Emotion | None, learned_from: str) -> str:
    """Return a reading in as few letters as possible, for a small box; for the arguments, see `short_reading`.

    >>> happy = np.array([0, 0, 0, 0.7, 0.3, 0, 0])
    >>> tight_reading(happy, Emotion.HAPPY, "votes"), tight_reading(happy, Emotion.HAPPY, "labels")
    ('happy 7/10', 'happy 70%')
    """
    if label is None or learned_from != VOTES:
        return short_reading(probabilities, label, learned_from)
    return f"{label.word} {out_of_ten(float(probabilities[label.column]))}/10"


def long_reading(probabilities: np.ndarray, label: Emotion | None, learned_from: str, mark: str = "") -> str:
    """Return a reading as a sentence or, for a model that learned from labels, as word and percentage.

    Args:
        probabilities, label, learned_from: as in `short_reading`.
        mark: stands around each expression, such as ``**`` for bold Markdown.

    >>> shares = np.array([0, 0, 0, 0.08, 0.42, 0.5, 0])
    >>> long_reading(shares, Emotion.SAD, "votes")
    '5 in 10 people would say sad, 4 in 10 neutral'
    >>> long_reading(shares, None, "votes")
    'People would disagree: 5 in 10 would say sad, 4 in 10 neutral'
    >>> long_reading(shares, Emotion.SAD, "labels", mark="**")
    '**sad**, 50%'
    """
    first, second = _two(probabilities, label)
    share, other = float(probabilities[first.column]), float(probabilities[second.column])
    if learned_from != VOTES:
        word = label.word if label else _(UNCERTAIN)
        return f"{mark}{word}{mark}, " + (f"{share:.0%}" if label else f"{first.word} {share:.0%}")
    count, others = out_of_ten(share), out_of_ten(other)
    words = {"first": f"{mark}{first.word}{mark}", "second": f"{mark}{second.word}{mark}"}
    if label is None:
        return _(
            "People would disagree: {count} in 10 would say {first}, {others} in 10 {second}",
            count=count,
            others=others,
            **words,
        )
    if count == 10:
        return _("Nearly everyone would say {first}", **words)
    if share - other < CLOSE and others >= 2:
        return _("{count} in 10 people would say {first}, {others} in 10 {second}", count=count, others=others, **words)
    return _("{count} in 10 people would say {first}", count=count, **words)


def _two(probabilities: np.ndarray, label: Emotion | None) -> tuple[Emotion, Emotion]:
    """Return the label, or without one the most probable expression, and the most probable of the others."""
    order = [EMOTIONS[column] for column in np.argsort(-probabilities, kind="stable")]
    first = label or order[0]
    return first, next(emotion for emotion in order if emotion != first)

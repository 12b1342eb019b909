"""Valence and arousal, derived from the seven probabilities by fixed coordinates.

No model measures them: they say in two numbers what the seven say, and cannot know more.

The coordinates are the mean ratings of emotion words for pleasure and arousal in J. A. Russell and A. Mehrabian,
"Evidence for a three-factor theory of emotions", Journal of Research in Personality 11, 1977: "happy", "surprised",
"angry", "fearful", "disgusted", "sad"; neutral is the origin. They lie on the plane of J. A. Russell, "A circumplex
model of affect", Journal of Personality and Social Psychology 39, 1980. Surprise was rated as mildly pleasant there.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from emotion_core.emotions import EMOTIONS, Emotion
from emotion_core.language import gettext, mark

COORDINATES: Mapping[Emotion, tuple[float, float]] = {  # valence, arousal; each −1 to 1
    Emotion.ANGRY: (-0.51, 0.59),
    Emotion.DISGUST: (-0.60, 0.35),
    Emotion.FEAR: (-0.64, 0.60),
    Emotion.HAPPY: (0.81, 0.51),
    Emotion.NEUTRAL: (0.0, 0.0),
    Emotion.SAD: (-0.63, -0.27),
    Emotion.SURPRISE: (0.40, 0.67),
}
_MATRIX = np.array([COORDINATES[emotion] for emotion in EMOTIONS])
SOURCE = mark("Derived from the seven shares by fixed coordinates (Russell & Mehrabian, 1977); no model measures it.")


def valence_arousal(probabilities: np.ndarray) -> np.ndarray:
    """Return the mean of `COORDINATES` weighted by the probabilities.

    Args:
        probabilities: ``(n, 7)``, rows sum to 1, in `Emotion` order.

    Returns:
        ``(n, 2)`` float64, valence and arousal, −1 to 1.

    >>> half_happy = np.array([[0, 0, 0, 0.5, 0.5, 0, 0]])
    >>> valence_arousal(half_happy).round(3).tolist()
    [[0.405, 0.255]]
    """
    return np.asarray(np.asarray(probabilities, np.float64) @ _MATRIX)


def coordinates_text() -> str:
    """Return the coordinates in one sentence, for readers of a page."""
    points = ", ".join(f"{emotion.word} ({x:+.2f}, {y:+.2f})" for emotion, (x, y) in COORDINATES.items())
    return gettext("Valence and arousal of each expression, −1 to 1: {points}.", points=points.replace("-0", "−0"))

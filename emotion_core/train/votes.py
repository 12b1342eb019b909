"""People's votes as what a network learns, instead of one label for each image.

Only the votes for the seven expressions can be learned. A target is these votes divided by **all** votes of the image,
so it sums to the share of people who named one of the seven. That makes the cross-entropy with it the cross-entropy
with the shares, weighted by that sum: an image that half of the people called "contempt" or "no face" counts half.
Source: as `emotion_core.data.fer_plus`, whose authors compare this loss ("cross-entropy") with others.
"""

from __future__ import annotations

import numpy as np

from emotion_core.data.dataset import LabeledFaces
from emotion_core.data.votes import has_majority
from emotion_core.emotions import EMOTIONS
from emotion_core.errors import DataError

# An image is trained on if at least this share of its votes is for one of the seven expressions. The rest is for
# contempt, unknown or no face: of an image that hardly anybody gave an expression, there is none to learn.
LEAST_SHARE = 0.4


def vote_targets(votes: np.ndarray) -> np.ndarray:
    """Return the votes for the seven divided by all votes, ``(n, 7)`` float32; zeros where there is no vote.

    Args:
        votes: ``(n, 10)`` in `VOTE_COLUMNS` order.

    >>> votes = np.zeros((1, 10), int)
    >>> votes[0, [3, 5, 7]] = 4, 1, 5  # four say happy, one sad, and five contempt
    >>> vote_targets(votes)[0].astype(float).round(1).tolist()
    [0.0, 0.0, 0.0, 0.4, 0.0, 0.1, 0.0]
    """
    total = np.maximum(votes.sum(axis=1, keepdims=True), 1)
    return np.asarray(votes[:, : len(EMOTIONS)] / total, np.float32)


def learnable(train: LabeledFaces) -> LabeledFaces:
    """Return the images with at least `LEAST_SHARE` of their votes among the seven.

    Raises:
        DataError: there is none.
    """
    return _some(train, vote_targets(votes_of(train)).sum(axis=1) >= LEAST_SHARE)


def judged(validation: LabeledFaces) -> LabeledFaces:
    """Return the majority images (see `emotion_core.measure.votes`), on which a reading can be right or wrong.

    Raises:
        DataError: there is none.
    """
    return _some(validation, has_majority(votes_of(validation)))


def votes_of(faces: LabeledFaces) -> np.ndarray:
    """Return the votes, ``(n, 10)`` int64.

    Raises:
        DataError: there are none.
    """
    if faces.votes is None:
        raise DataError(
            "This data set has no votes to learn from. Put ferplus_votes.csv or fer2013new.csv beside it, or learn "
            "from its labels."
        )
    return faces.votes


def _some(faces: LabeledFaces, rows: np.ndarray) -> LabeledFaces:
    if not rows.any():
        raise DataError("On no image of a split do people agree enough to learn from their votes. Use the labels.")
    return faces.select(rows)

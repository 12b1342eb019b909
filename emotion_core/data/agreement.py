"""What several people say of the images of a data set, and whether their labels agree with it.

All shares are of **all** votes on an image, those for contempt, unknown and no face included. The *majority's
expression* is the one of the seven that more than half of an image's votes are for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emotion_core.data.dataset import VOTE_COLUMNS, LabeledFaces
from emotion_core.data.votes import SEVEN, has_majority
from emotion_core.emotions import EMOTIONS, Emotion

BINS = 10  # FER+ asked ten people, so that each bin is one count
NONE = -1  # in place of a column where there is no majority
_NO_FACE = VOTE_COLUMNS.index("no face")


@dataclass(frozen=True)
class Agreement:
    """The votes of people beside the labels of the same images.

    labels: ``(n,)`` int64, columns of `Emotion` order.
    votes: ``(n, 10)`` int64, columns of `VOTE_COLUMNS`, all 0 for an image without votes.

    >>> votes = np.zeros((2, 10), int)
    >>> votes[0, 3], votes[1, [3, 5]] = 10, [2, 8]  # ten people say happy; two say happy and eight sad
    >>> both_labeled_happy = Agreement(np.array([3, 3]), votes)
    >>> both_labeled_happy.disputed.tolist(), both_labeled_happy.share()
    ([False, True], 0.5)
    """

    labels: np.ndarray
    votes: np.ndarray

    @classmethod
    def of(cls, *splits: LabeledFaces) -> Agreement:
        """Return the labels and votes of all ``splits``, one after the other."""
        labels, votes = ([faces.labels for faces in splits], [faces.all_votes for faces in splits])
        return cls(np.concatenate(labels), np.concatenate(votes))

    @property
    def voted(self) -> np.ndarray:
        """Whether an image has votes, ``(n,)`` bool."""
        return np.asarray(self.votes.any(axis=1))

    @property
    def majority(self) -> np.ndarray:
        """The column of the majority's expression, ``(n,)`` int64; `NONE` without a majority."""
        return np.where(has_majority(self.votes), self.votes[:, SEVEN].argmax(axis=1), NONE)

    @property
    def disputed(self) -> np.ndarray:
        """Whether the majority names another expression than the label, ``(n,)`` bool."""
        return np.asarray((self.majority != NONE) & (self.majority != self.labels))

    @property
    def no_face(self) -> np.ndarray:
        """Whether more than half of the votes say that the image shows no face, ``(n,)`` bool."""
        return np.asarray(self.votes[:, _NO_FACE] * 2 > self.votes.sum(axis=1))

    @property
    def outside_seven(self) -> np.ndarray:
        """Whether more than half of the votes are for contempt, for unknown, or for no face, ``(n,)`` bool."""
        return np.asarray(self.votes[:, SEVEN.stop :].max(axis=1) * 2 > self.votes.sum(axis=1))

    def sureness(self) -> np.ndarray:
        """Count the images by the share of their largest vote, ``(10,)`` int64.

        The bins are equal, from 0 to 1, and each holds its upper end: the last five are those with more than half.
        """
        votes = self.votes[self.voted]
        bins = (votes.max(axis=1) * BINS - 1) // votes.sum(axis=1)  # whole numbers: 3 of 10 is in the third for certain
        return np.bincount(bins, minlength=BINS)

    def confusion(self) -> np.ndarray:
        """Count the majority images by label (row) and majority's expression (column), ``(7, 7)`` int64."""
        agreed, size = self.majority != NONE, len(EMOTIONS)
        cells = self.labels[agreed] * size + self.majority[agreed]
        return np.bincount(cells, minlength=size * size).reshape(size, size)

    def share(self) -> float | None:
        """Return on how many of the majority images the label is the majority's expression, 0–1; None without any."""
        counts = self.confusion()
        return float(np.trace(counts) / counts.sum()) if counts.any() else None

    def share_by_label(self) -> dict[Emotion, float]:
        """Return `share` for each label that has majority images."""
        counts = self.confusion()
        return {
            emotion: float(counts[emotion.column, emotion.column] / counts[emotion.column].sum())
            for emotion in EMOTIONS
            if counts[emotion.column].any()
        }

    def against_label(self) -> np.ndarray:
        """Return the rows of the disputed images, ``(m,)`` int64, the most clearly disputed first.

        They are ordered by the share of the majority's expression minus that of the label; equals in random order,
        always alike.
        """
        rows = np.flatnonzero(self.disputed)
        votes = self.votes[rows]
        each = np.arange(len(rows))
        margins = votes[each, self.majority[rows]] - votes[each, self.labels[rows]]
        return _largest_first(rows, margins / votes.sum(axis=1))

    def among_people(self) -> np.ndarray:
        """Return the rows of the images with no vote above half, ``(m,)`` int64, the most evenly spread first.

        They are ordered by the entropy of all ten shares; equals in random order, always alike.
        """
        rows = np.flatnonzero(self.voted & (self.votes.max(axis=1) * 2 <= self.votes.sum(axis=1)))
        parts = self.votes[rows] / self.votes[rows].sum(axis=1, keepdims=True)
        entropy = -(parts * np.log(np.where(parts > 0, parts, 1.0))).sum(axis=1)
        return _largest_first(rows, np.round(entropy, 9))  # rounded: the order of the columns moves the last digits


def _largest_first(rows: np.ndarray, values: np.ndarray) -> np.ndarray:
    # Files are sorted by class: without the shuffling, equals would show a single one.
    order = np.random.default_rng(0).permutation(len(rows))
    return np.asarray(rows[order][np.argsort(-values[order], kind="stable")])

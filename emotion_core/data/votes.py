"""Arithmetic of votes: shares, majorities, and how well one person agrees with the others.

Votes are ``(n, 10)`` int64, how many people voted for each of `VOTE_COLUMNS`. An image's *shares* are its votes for the
seven expressions divided by their sum. *Majority images* are those on which more than half of **all** votes, those for
contempt, unknown and no face included, are for one of the seven.
"""

from __future__ import annotations

import numpy as np

from emotion_core.data.dataset import VOTE_COLUMNS
from emotion_core.emotions import EMOTIONS

SEVEN = slice(0, len(EMOTIONS))  # of VOTE_COLUMNS


def shares(votes: np.ndarray) -> np.ndarray:
    """Return the votes for the seven divided by their sum, ``(n, 7)`` float64; zeros where there is none."""
    seven = votes[:, SEVEN].astype(np.float64)
    return np.asarray(seven / np.maximum(seven.sum(axis=1, keepdims=True), 1))


def has_majority(votes: np.ndarray) -> np.ndarray:
    """Tell for ``(n, 10)`` votes whether more than half of all are for one of the seven, ``(n,)`` bool."""
    return np.asarray(votes[:, SEVEN].max(axis=1) * 2 > votes.sum(axis=1))


def human_accuracy(votes: np.ndarray) -> float:
    """Return how often one person's vote is the one that most of the others gave, 0–1; ties among these do not count.

    It is the ceiling for a model that has to name one expression: the mean over all people and images.

    Args:
        votes: ``(n, 10)``, each row with a vote.
    """
    agreement = np.zeros(len(votes))
    for column in range(len(VOTE_COLUMNS)):
        others = votes.copy()
        others[:, column] -= 1
        rivals = np.delete(others, column, axis=1).max(axis=1)
        agreement += votes[:, column] * (others[:, column] > rivals)
    return float((agreement / votes.sum(axis=1)).mean())

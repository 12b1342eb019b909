"""How well a classifier reads what people see: its probabilities against the votes of several people on each image.

Only the votes for the seven expressions can be read. An image's *shares* are those votes divided by their sum; an image
without any is left out. *Majority images* are those on which more than half of **all** votes, those for contempt,
unknown and no face included, are for one of the seven.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from emotion_core.classify.base import Classifier
from emotion_core.data.dataset import LabelledFaces
from emotion_core.data.votes import SEVEN as _SEVEN
from emotion_core.data.votes import has_majority, human_accuracy, shares
from emotion_core.errors import DataError
from emotion_core.measure.accuracy import Bin, Evaluation, binned, mean_gap, read_faces, score

_LEAST = 1e-7  # probability that a logarithm is taken of


@dataclass(frozen=True)
class VoteEvaluation:
    """The figures of one classifier against the votes on one split.

    majority: the usual figures on the majority images, whose label is the majority's expression.
    images: how many images have a vote for one of the seven; the next four figures are about these.
    cross_entropy: mean over the images of −Σ share · ln(probability), in nats.
    distance: mean total-variation distance between probabilities and shares, 0–1.
    share_error: calibration error of the shares over 15 equal bins of the largest probability, 0–1: how far that lies
        from the share of the votes for the same expression. Over all pairs of image and expression a constant would do
        well, hence the largest alone.
    reliability: the 15 bins behind ``share_error``; ``accuracy`` is the mean share of the votes.
    human_accuracy: how often one person agrees with the majority of the others on the majority images, 0–1.
    """

    majority: Evaluation
    images: int
    cross_entropy: float
    distance: float
    share_error: float
    reliability: tuple[Bin, ...]
    human_accuracy: float

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready mapping with every figure."""
        figures = self.majority.to_dict()
        figures["majority_images"] = figures.pop("images")
        del figures["ece"], figures["reliability"]  # of the majority's label; the shares have their own
        return figures | {
            "images": self.images,
            "cross_entropy": round(self.cross_entropy, 4),
            "distance": round(self.distance, 4),
            "share_error": round(self.share_error, 4),
            "reliability": [
                {"count": b.count, "confidence": b.confidence, "share": b.accuracy} for b in self.reliability
            ],
            "human_accuracy": round(self.human_accuracy, 4),
        }


def evaluate_votes(
    classifier: Classifier,
    data: LabelledFaces,
    *,
    flip: bool = False,
    progress: Callable[[float], None] | None = None,
) -> VoteEvaluation:
    """Read every face of ``data`` that has votes for one of the seven, and compare with the votes.

    Args:
        flip, progress: as in `emotion_core.measure.accuracy.evaluate`.

    Raises:
        DataError: no image has such votes, or on none of them a majority agrees.
    """
    voted = np.zeros(0, np.int64) if data.votes is None else np.flatnonzero(data.votes[:, _SEVEN].any(axis=1))
    if data.votes is None or not len(voted):
        raise DataError("These images have no votes for one of the seven expressions. Choose the table of FER+ votes.")
    probabilities = read_faces(classifier, data.select(voted), flip=flip, progress=progress)
    return score_votes(classifier.name, probabilities, data.votes[voted])


def score_votes(model: str, probabilities: np.ndarray, votes: np.ndarray) -> VoteEvaluation:
    """Compare ``(n, 7)`` probabilities with ``(n, 10)`` votes, both in `VOTE_COLUMNS` order.

    Raises:
        DataError: no image has a vote for one of the seven, or on none of them a majority agrees.

    >>> votes = np.zeros((2, 10), int)
    >>> votes[0, 3], votes[1, [3, 5]] = 10, 5  # ten people say happy; five say happy and five sad
    >>> probabilities = np.array([[0, 0, 0, 0.8, 0, 0.2, 0], [0, 0, 0, 0.5, 0, 0.5, 0]])
    >>> found = score_votes("mine", probabilities, votes)
    >>> found.majority.images, found.majority.accuracy, round(found.distance, 3)
    (1, 1.0, 0.1)
    """
    voted = votes[:, _SEVEN].any(axis=1)
    probabilities, votes = probabilities[voted], votes[voted]
    agreed = has_majority(votes)
    if not agreed.any():
        raise DataError("On no image does a majority agree on one of the seven expressions.")
    true = shares(votes)
    bins = _reliability(probabilities, true)
    return VoteEvaluation(
        majority=score(model, probabilities[agreed], votes[agreed, _SEVEN].argmax(axis=1)),
        images=len(votes),
        cross_entropy=float(-(true * np.log(np.maximum(probabilities, _LEAST))).sum(axis=1).mean()),
        distance=float(np.abs(probabilities - true).sum(axis=1).mean() / 2),
        share_error=mean_gap(bins),
        reliability=bins,
        human_accuracy=human_accuracy(votes[agreed]),
    )


def _reliability(probabilities: np.ndarray, true: np.ndarray) -> tuple[Bin, ...]:
    rows, top = np.arange(len(probabilities)), probabilities.argmax(axis=1)
    return binned(probabilities[rows, top], true[rows, top])

"""How well a classifier reads what people see: its probabilities against the votes of several people on each image.

Only the votes for the seven expressions can be read. An image's *shares* are those votes divided by their sum; an image
without any is left out. *Majority images* are those on which more than half of **all** votes, those for contempt,
unknown and no face included, are for one of the seven.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from emotion_core.classify.base import Classifier
from emotion_core.classify.card import ModelCard
from emotion_core.data.dataset import VOTE_COLUMNS, LabeledFaces
from emotion_core.data.votes import SEVEN as _SEVEN
from emotion_core.data.votes import has_majority, human_accuracy, shares
from emotion_core.errors import DataError
from emotion_core.measure.accuracy import (
    Bin,
    Evaluation,
    binned,
    bins_from,
    count_from,
    mean_gap,
    read_faces,
    rounded_row,
    score,
    share_from,
)

_EIGHT = slice(0, VOTE_COLUMNS.index("contempt") + 1)
_LEAST = 1e-7  # probability that a logarithm is taken of


@dataclass(frozen=True)
class VoteEvaluation:
    """The figures of one classifier against the votes on one split.

    `score_votes` fills in every figure. One that `from_dict` read from a model card has None for what the card lacks;
    only the accuracy on the majority images is always there.

    majority: the usual figures on the majority images, whose label is the majority's expression.
    images: how many images have a vote for one of the seven; the next four figures are about these.
    cross_entropy: mean over the images of −Σ share · ln(probability), in nats.
    distance: mean total-variation distance between probabilities and shares, 0–1.
    share_error: calibration error of the shares over 15 equal bins of the largest probability, 0–1: how far that lies
        from the share of the votes for the same expression. Over all pairs of image and expression a constant would do
        well, hence the largest alone.
    reliability: the 15 bins behind ``share_error``; ``accuracy`` is the mean share of the votes.
    human_accuracy: how often one person agrees with the majority of the others on the majority images, 0–1.
    fer_plus_accuracy, fer_plus_images: the accuracy as the literature on FER+ states it, see `fer_plus_accuracy`.
    """

    majority: Evaluation
    images: int | None = None
    cross_entropy: float | None = None
    distance: float | None = None
    share_error: float | None = None
    reliability: tuple[Bin, ...] | None = None
    human_accuracy: float | None = None
    fer_plus_accuracy: float | None = None
    fer_plus_images: int | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> VoteEvaluation:
        """Return the evaluation that `to_dict` wrote, perhaps into a card that somebody has edited since.

        Raises:
            ModelError: no accuracy is stated.
        """
        majority = Evaluation.from_dict({**values, "images": values.get("majority_images"), "reliability": None})
        loss = values.get("cross_entropy")
        return cls(
            majority,
            count_from(values.get("images")),
            float(loss) if isinstance(loss, int | float) and loss >= 0 else None,
            share_from(values.get("distance")),
            share_from(values.get("share_error")),
            bins_from(values.get("reliability")),
            share_from(values.get("human_accuracy")),
            share_from(values.get("fer_plus_accuracy")),
            count_from(values.get("fer_plus_images")),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready mapping with every figure."""
        figures = self.majority.to_dict()
        figures["majority_images"] = figures.pop("images")
        del figures["ece"], figures["reliability"]  # of the majority's label; the shares have their own
        own = {key: value for key, value in vars(self).items() if key not in ("majority", "reliability")}
        return (
            figures
            | {key: round(value, 4) if isinstance(value, float) else value for key, value in own.items()}
            | {"reliability": self.reliability and [rounded_row(asdict(row)) for row in self.reliability]}
        )


def card_vote_evaluations(card: ModelCard) -> dict[str, VoteEvaluation]:
    """Return every measurement against votes on a card by its title, without those that state no accuracy."""
    found = {}
    for title, figures in card.vote_metrics.items():
        if isinstance(figures, dict) and share_from(figures.get("accuracy")) is not None:
            found[title] = VoteEvaluation.from_dict(figures)
    return found


def evaluate_votes(
    classifier: Classifier,
    data: LabeledFaces,
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
    voted = np.flatnonzero(data.all_votes[:, _SEVEN].any(axis=1))
    if not len(voted):
        raise DataError(
            "These images have no votes for one of the seven expressions. Put ferplus_votes.csv or fer2013new.csv of "
            "FER+ beside the data, or name the table."
        )
    probabilities = read_faces(classifier, data.select(voted), flip=flip, progress=progress)
    return score_votes(classifier.name, probabilities, data.all_votes[voted])


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
    literature = fer_plus_accuracy(probabilities, votes)
    bins = _reliability(probabilities, true)
    return VoteEvaluation(
        majority=score(model, probabilities[agreed], votes[agreed, _SEVEN].argmax(axis=1)),
        images=len(votes),
        cross_entropy=float(-(true * np.log(np.maximum(probabilities, _LEAST))).sum(axis=1).mean()),
        distance=float(np.abs(probabilities - true).sum(axis=1).mean() / 2),
        share_error=mean_gap(bins),
        reliability=bins,
        human_accuracy=human_accuracy(votes[agreed]),
        fer_plus_accuracy=literature[0],
        fer_plus_images=literature[1],
    )


def fer_plus_accuracy(probabilities: np.ndarray, votes: np.ndarray) -> tuple[float | None, int]:
    """Return the accuracy on eight classes, 0–1, and on how many images, by the "majority" mode of the FER+ authors.

    Single votes are dropped as outliers. An image counts if more than half of the votes that are left are for one of
    the eight, contempt among them; a model of seven expressions reads those of contempt wrong. None without such an
    image. Source: ``src/ferplus.py`` in https://github.com/microsoft/FERPlus.

    Args:
        probabilities: ``(n, 7)``.
        votes: ``(n, 10)``, in `VOTE_COLUMNS` order.
    """
    kept = np.where(votes > 1, votes, 0)
    counted = kept[:, _EIGHT].max(axis=1) * 2 > kept.sum(axis=1)
    if not counted.any():
        return None, 0
    right = probabilities[counted].argmax(axis=1) == kept[counted, _EIGHT].argmax(axis=1)
    return float(right.mean()), int(counted.sum())


def majority_faces(data: LabeledFaces) -> LabeledFaces:
    """Return the majority images, each with the majority's expression in place of its label.

    Raises:
        DataError: there is none.
    """
    rows = np.flatnonzero(has_majority(data.all_votes))
    if not len(rows):
        raise DataError("On no image does a majority agree on one of the seven expressions.")
    return replace(data.select(rows), labels=data.all_votes[rows, _SEVEN].argmax(axis=1))


def _reliability(probabilities: np.ndarray, true: np.ndarray) -> tuple[Bin, ...]:
    rows, top = np.arange(len(probabilities)), probabilities.argmax(axis=1)
    return binned(probabilities[rows, top], true[rows, top])

"""How well a classifier reads labeled faces: accuracy, F1, confusion, calibration, latency."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeGuard

import numpy as np

from emotion_core.classify.base import Classifier
from emotion_core.classify.card import ModelCard
from emotion_core.data.dataset import LabeledFaces
from emotion_core.emotions import EMOTIONS
from emotion_core.errors import ModelError

CALIBRATION_BINS = 15
_CLASS_FIGURES = ("precision", "recall", "f1", "support")

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Bin:
    """The faces whose confidence lies in one bin of a reliability diagram.

    count: how many.
    confidence: their mean confidence, 0–1; None for an empty bin.
    accuracy: the share of them read right, 0–1; None for an empty bin.
    """

    count: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True)
class Evaluation:
    """The figures of one classifier on one split.

    `evaluate` and `score` fill in every figure. One that `from_dict` read from a model card has None for what the card
    lacks or states in another form; only the accuracy is always there.

    accuracy: share of the faces whose most probable label is the true one, 0–1.
    macro_f1: mean of the F1 scores of the classes that occur, 0–1.
    images: how many faces were read.
    ece: expected calibration error over 15 equal bins of confidence, 0–1
        (Guo et al., "On Calibration of Modern Neural Networks", 2017).
    per_class: precision, recall and f1 (each 0–1, 0 where undefined) and support (images) of each label.
    confusion: ``(7, 7)`` int64, row = true label, column = the label read, in `Emotion` order.
    reliability: the 15 bins behind ``ece``, from low to high confidence.
    latency_ms_per_face: median over single-face calls.
    chosen_on_it: whether the model's best epoch was chosen on the same images.

    >>> happy, sad = 3, 5
    >>> probabilities = np.eye(7)[[happy, happy, sad]]
    >>> evaluation = score("mine", probabilities, labels=np.array([happy, sad, sad]))
    >>> evaluation.images, round(evaluation.accuracy, 3)
    (3, 0.667)
    >>> int(evaluation.confusion[sad, happy])
    1
    """

    model: str
    accuracy: float
    macro_f1: float | None = None
    images: int | None = None
    ece: float | None = None
    per_class: dict[str, dict[str, float]] | None = None
    confusion: np.ndarray | None = None
    reliability: tuple[Bin, ...] | None = None
    latency_ms_per_face: float | None = None
    chosen_on_it: bool = False

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Evaluation:
        """Return the evaluation that `to_dict` wrote, perhaps into a card that somebody has edited since.

        Raises:
            ModelError: no accuracy is stated.

        >>> edited = Evaluation.from_dict({"accuracy": 0.61, "images": "all"})
        >>> edited.accuracy, edited.images
        (0.61, None)
        """
        accuracy = share_from(values.get("accuracy"))
        if accuracy is None:
            raise ModelError(
                "Expected an accuracy of 0 to 1 among a model's figures. Received: {values!r:.200}", values=values
            )
        model, latency_ms = values.get("model"), values.get("latency_ms_per_face")
        return cls(
            model=model if isinstance(model, str) else "",
            accuracy=accuracy,
            macro_f1=share_from(values.get("macro_f1")),
            images=count_from(values.get("images")),
            ece=share_from(values.get("ece")),
            per_class=_per_class_from(values.get("per_class")),
            confusion=_confusion_from(values.get("confusion")),
            reliability=bins_from(values.get("reliability")),
            latency_ms_per_face=float(latency_ms) if _is_number(latency_ms) else None,
            chosen_on_it=values.get("chosen_on_it") is True,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready mapping with every figure."""
        per_class, confusion, reliability = self.per_class, self.confusion, self.reliability
        figures: dict[str, Any] = {
            "model": self.model,
            "images": self.images,
            "accuracy": _rounded(self.accuracy),
            "macro_f1": _rounded(self.macro_f1),
            "per_class": per_class and {name: rounded_row(row) for name, row in per_class.items()},
            "confusion": None if confusion is None else confusion.tolist(),
            "ece": _rounded(self.ece),
            "reliability": reliability and [rounded_row(asdict(row)) for row in reliability],
            "latency_ms_per_face": _rounded(self.latency_ms_per_face, 2),
        }
        return figures | ({"chosen_on_it": True} if self.chosen_on_it else {})


def card_evaluations(card: ModelCard) -> dict[str, Evaluation]:
    """Return every measurement on a card by its title, without those that state no accuracy."""
    found = {}
    for title, figures in card.metrics.items():
        if isinstance(figures, dict) and share_from(figures.get("accuracy")) is not None:
            found[title] = Evaluation.from_dict(figures)
    return found


def evaluate(
    classifier: Classifier,
    data: LabeledFaces,
    *,
    flip: bool = False,
    batch_size: int = 64,
    timed: int = 100,
    progress: Progress | None = None,
) -> Evaluation:
    """Read every face of ``data`` and compare with its label.

    Args:
        flip: average the reading of each face with that of its mirror image; otherwise each is read once, as it is.
        timed: how many faces are read one by one to measure the latency.
        progress: called with the share that is done, 0–1.

    Raises:
        ValueError: there is no face.
    """
    probabilities = read_faces(classifier, data, flip=flip, batch_size=batch_size, progress=progress)
    return score(classifier.name, probabilities, data.labels, latency_ms(classifier, _crops(data.images[:timed])))


def read_faces(
    classifier: Classifier,
    data: LabeledFaces,
    *,
    flip: bool = False,
    batch_size: int = 64,
    progress: Progress | None = None,
) -> np.ndarray:
    """Return ``(n, 7)`` float32 probabilities of the n faces of ``data``, in `Emotion` order.

    Args:
        flip, progress: as in `evaluate`.

    Raises:
        ValueError: there is no face.
    """
    if not len(data):
        raise ValueError("Expected at least one labeled face. Received: none")
    probabilities = np.empty((len(data), len(EMOTIONS)), np.float32)
    for start in range(0, len(data), batch_size):
        crops = _crops(data.images[start : start + batch_size])
        read = classifier.predict(crops)
        if flip:
            mirrored = [np.ascontiguousarray(crop[:, ::-1]) for crop in crops]
            read = (read + classifier.predict(mirrored)) / 2
        probabilities[start : start + len(crops)] = read
        if progress:
            progress((start + len(crops)) / len(data))
    return probabilities


def score(
    model: str, probabilities: np.ndarray, labels: np.ndarray, latency_ms_per_face: float | None = None
) -> Evaluation:
    """Compare ``(n, 7)`` probabilities with ``(n,)`` true columns, both in `Emotion` order; n is at least 1."""
    confusion = np.zeros((len(EMOTIONS), len(EMOTIONS)), np.int64)
    np.add.at(confusion, (labels, probabilities.argmax(axis=1)), 1)
    per_class = _per_class(confusion)
    return Evaluation(
        model=model,
        accuracy=float(np.trace(confusion) / confusion.sum()),
        macro_f1=float(np.mean([row["f1"] for row in per_class.values() if row["support"]])),
        images=int(confusion.sum()),
        ece=calibration_error(probabilities, labels),
        per_class=per_class,
        confusion=confusion,
        reliability=reliability(probabilities, labels),
        latency_ms_per_face=latency_ms_per_face,
    )


def _per_class(confusion: np.ndarray) -> dict[str, dict[str, float]]:
    hits = np.diag(confusion)
    read, true = confusion.sum(axis=0), confusion.sum(axis=1)
    return {
        emotion.value: {
            "precision": float(hits[i] / read[i]) if read[i] else 0.0,
            "recall": float(hits[i] / true[i]) if true[i] else 0.0,
            "f1": float(2 * hits[i] / (read[i] + true[i])) if read[i] + true[i] else 0.0,
            "support": int(true[i]),
        }
        for i, emotion in enumerate(EMOTIONS)
    }


def reliability(probabilities: np.ndarray, labels: np.ndarray, bins: int = CALIBRATION_BINS) -> tuple[Bin, ...]:
    """Sort faces into ``bins`` equal bins of confidence, and say how many of each were read right.

    Args:
        probabilities: ``(n, 7)``, 0–1.
        labels: ``(n,)`` true columns.
    """
    return binned(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels, bins)


def binned(confidence: np.ndarray, outcome: np.ndarray, bins: int = CALIBRATION_BINS) -> tuple[Bin, ...]:
    """Sort ``(n,)`` outcomes, each 0–1, into ``bins`` equal bins of the ``(n,)`` confidence in them, 0–1."""
    chosen = np.minimum((confidence * bins).astype(int), bins - 1)
    return tuple(_bin(confidence[chosen == b], outcome[chosen == b]) for b in range(bins))


def _bin(confidence: np.ndarray, correct: np.ndarray) -> Bin:
    if not len(confidence):
        return Bin(0, None, None)
    return Bin(len(confidence), float(confidence.mean()), float(correct.mean()))


def calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = CALIBRATION_BINS) -> float:
    """Return the expected calibration error of ``(n, 7)`` probabilities against ``(n,)`` labels, 0–1."""
    return mean_gap(reliability(probabilities, labels, bins))


def mean_gap(bins: Sequence[Bin]) -> float:
    """Return the mean distance between confidence and accuracy over all faces in the bins, 0–1."""
    filled = [
        (row.count, row.confidence, row.accuracy)
        for row in bins
        if row.confidence is not None and row.accuracy is not None
    ]
    gaps = sum(abs(accuracy - confidence) * count for count, confidence, accuracy in filled)
    return float(gaps / sum(row.count for row in bins))


def worst_mistakes(probabilities: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """Return the rows of the wrong readings, the most confident first; at most ``count``, ``(m,)`` int64.

    Args:
        probabilities: ``(n, 7)``, 0–1.
        labels: ``(n,)`` true columns.
    """
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:count]


def disagreements(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the rows that two models read differently, those first where both are confident; ``(m,)`` int64.

    Args:
        first, second: ``(n, 7)`` probabilities of the same faces.
    """
    differ = np.flatnonzero(first.argmax(axis=1) != second.argmax(axis=1))
    less_sure = np.minimum(first[differ].max(axis=1), second[differ].max(axis=1))
    return differ[np.argsort(-less_sure, kind="stable")]


def latency_ms(classifier: Classifier, crops_bgr: Sequence[np.ndarray]) -> float:
    """Return the median time of reading one crop alone, milliseconds. At least one crop is needed."""
    durations = []
    for crop in crops_bgr:
        start = time.perf_counter()
        classifier.predict([crop])
        durations.append(time.perf_counter() - start)
    return float(np.median(durations) * 1000)


def _crops(images: np.ndarray) -> list[np.ndarray]:
    return [np.repeat(image[..., None], 3, axis=2) for image in images]


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)


def rounded_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same mapping, its fractions rounded to four decimals."""
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in row.items()}


# What stands in a card may have been written by anybody: each of these returns None for what is not as `to_dict` has
# it.


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def count_from(value: Any) -> int | None:
    """Return ``value`` if it is a whole number above 0, else None."""
    return value if isinstance(value, int) and value > 0 else None


def share_from(value: Any) -> float | None:
    """Return ``value`` if it is a number from 0 to 1, else None."""
    return float(value) if _is_number(value) and 0 <= value <= 1 else None


def _per_class_from(value: Any) -> dict[str, dict[str, float]] | None:
    names = [emotion.value for emotion in EMOTIONS]
    if not isinstance(value, dict) or not all(isinstance(value.get(name), dict) for name in names):
        return None
    if not all(_is_number(value[name].get(key)) for name in names for key in _CLASS_FIGURES):
        return None
    return {name: {key: value[name][key] for key in _CLASS_FIGURES} for name in names}


def _confusion_from(value: Any) -> np.ndarray | None:
    size = len(EMOTIONS)
    rows = value if isinstance(value, list) else []
    if len(rows) != size or not all(isinstance(row, list) and len(row) == size for row in rows):
        return None
    if not all(isinstance(count, int) and count >= 0 for row in rows for count in row):
        return None
    return np.array(rows, np.int64)


def bins_from(value: Any) -> tuple[Bin, ...] | None:
    """Return the bins of a reliability diagram if ``value`` is a list of them, else None."""
    bins = [_bin_from(row) for row in value] if isinstance(value, list) else []
    whole = tuple(row for row in bins if row is not None)
    return whole if whole and len(whole) == len(bins) else None


def _bin_from(row: Any) -> Bin | None:
    if not isinstance(row, dict) or not isinstance(row.get("count"), int):
        return None
    confidence, accuracy = share_from(row.get("confidence")), share_from(row.get("accuracy"))
    if row["count"] and (confidence is None or accuracy is None):
        return None
    return Bin(row["count"], confidence, accuracy)

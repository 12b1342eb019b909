"""How well a classifier reads labelled faces: accuracy, F1, confusion, calibration, latency."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from emotion_core.classify.base import Classifier
from emotion_core.data.dataset import LabelledFaces
from emotion_core.emotions import EMOTIONS

CALIBRATION_BINS = 15

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Bin:
    """The faces whose confidence lies in one bin: how many, their mean confidence and the share read right, 0–1.

    An empty bin has neither of the two shares.
    """

    count: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True)
class Evaluation:
    """The figures of one classifier on one split.

    confusion: ``(7, 7)`` int64, row = true label, column = the label read, in `Emotion` order.
    ece: expected calibration error over 15 equal bins of confidence, 0–1
        (Guo et al., "On Calibration of Modern Neural Networks", 2017).
    latency_ms_per_face: median over single-face calls.
    reliability: the 15 bins behind ``ece``, from low to high confidence.
    """

    model: str
    confusion: np.ndarray
    ece: float
    latency_ms_per_face: float
    reliability: tuple[Bin, ...]

    @property
    def images(self) -> int:
        """How many faces were read."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of faces whose most probable label is the true one, 0–1."""
        return float(np.trace(self.confusion) / self.images)

    @property
    def macro_f1(self) -> float:
        """Mean of the F1 scores of the classes that occur, 0–1."""
        return float(np.mean([row["f1"] for row in self.per_class.values() if row["support"]]))

    @property
    def per_class(self) -> dict[str, dict[str, float]]:
        """Precision, recall, F1 (each 0–1, 0 where undefined) and support of each label."""
        hits = np.diag(self.confusion)
        read, true = self.confusion.sum(axis=0), self.confusion.sum(axis=1)
        return {
            emotion.value: {
                "precision": float(hits[i] / read[i]) if read[i] else 0.0,
                "recall": float(hits[i] / true[i]) if true[i] else 0.0,
                "f1": float(2 * hits[i] / (read[i] + true[i])) if read[i] + true[i] else 0.0,
                "support": int(true[i]),
            }
            for i, emotion in enumerate(EMOTIONS)
        }

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready mapping with every figure."""
        return {
            "model": self.model,
            "images": self.images,
            "accuracy": round(self.accuracy, 4),
            "macro_f1": round(self.macro_f1, 4),
            "per_class": {
                name: {key: round(value, 4) for key, value in row.items()} for name, row in self.per_class.items()
            },
            "confusion": self.confusion.tolist(),
            "ece": round(self.ece, 4),
            "reliability": [_rounded(row) for row in self.reliability],
            "latency_ms_per_face": round(self.latency_ms_per_face, 2),
        }


def _rounded(row: Bin) -> dict[str, Any]:
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in asdict(row).items()}


def evaluate(
    classifier: Classifier,
    data: LabelledFaces,
    *,
    flip: bool = False,
    batch_size: int = 64,
    timed: int = 100,
    progress: Progress | None = None,
) -> Evaluation:
    """Read every face of ``data`` and count.

    Args:
        flip: average the reading of each face with that of its mirror image; otherwise each is read once, as it is.
        timed: how many faces are read one by one for the latency.
        progress: called with the share that is done, 0–1.

    Raises:
        ValueError: there is no face.
    """
    probabilities = read_faces(classifier, data, flip=flip, batch_size=batch_size, progress=progress)
    return score(classifier.name, probabilities, data.labels, latency_ms(classifier, _crops(data.images[:timed])))


def read_faces(
    classifier: Classifier,
    data: LabelledFaces,
    *,
    flip: bool = False,
    batch_size: int = 64,
    progress: Progress | None = None,
) -> np.ndarray:
    """``(n, 7)`` float32 probabilities of the n faces of ``data``, in `Emotion` order; arguments as in `evaluate`.

    Raises:
        ValueError: there is no face.
    """
    if not len(data):
        raise ValueError("Expected at least one labelled face. Received: none")
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


def score(model: str, probabilities: np.ndarray, labels: np.ndarray, latency_ms_per_face: float) -> Evaluation:
    """The figures of ``(n, 7)`` probabilities against ``(n,)`` true columns, both in `Emotion` order."""
    confusion = np.zeros((len(EMOTIONS), len(EMOTIONS)), np.int64)
    np.add.at(confusion, (labels, probabilities.argmax(axis=1)), 1)
    ece = calibration_error(probabilities, labels)
    return Evaluation(model, confusion, ece, latency_ms_per_face, reliability(probabilities, labels))


def reliability(probabilities: np.ndarray, labels: np.ndarray, bins: int = CALIBRATION_BINS) -> tuple[Bin, ...]:
    """Confidence against the share read right, in ``bins`` equal bins of confidence.

    Args:
        probabilities: ``(n, 7)``, 0–1.
        labels: ``(n,)`` true columns.
    """
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    chosen = np.minimum((confidence * bins).astype(int), bins - 1)
    return tuple(_bin(confidence[chosen == b], correct[chosen == b]) for b in range(bins))


def _bin(confidence: np.ndarray, correct: np.ndarray) -> Bin:
    if not len(confidence):
        return Bin(0, None, None)
    return Bin(len(confidence), float(confidence.mean()), float(correct.mean()))


def calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = CALIBRATION_BINS) -> float:
    """Expected calibration error of ``(n, 7)`` probabilities against ``(n,)`` labels, 0–1."""
    filled = [
        (row.count, row.confidence, row.accuracy)
        for row in reliability(probabilities, labels, bins)
        if row.confidence is not None and row.accuracy is not None
    ]
    return float(sum(abs(accuracy - confidence) * count for count, confidence, accuracy in filled) / len(labels))


def worst_mistakes(probabilities: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """Rows of the wrong readings, the most confident first; at most ``count``, ``(m,)`` int64.

    Args:
        probabilities: ``(n, 7)``, 0–1.
        labels: ``(n,)`` true columns.
    """
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:count]


def disagreements(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Rows that two models read differently, ``(m,)`` int64; those where both are confident come first.

    Args:
        first, second: ``(n, 7)`` probabilities of the same faces.
    """
    differ = np.flatnonzero(first.argmax(axis=1) != second.argmax(axis=1))
    less_sure = np.minimum(first[differ].max(axis=1), second[differ].max(axis=1))
    return differ[np.argsort(-less_sure, kind="stable")]


def latency_ms(classifier: Classifier, crops_bgr: Sequence[np.ndarray]) -> float:
    """Median duration of reading one crop alone, milliseconds. There must be at least one."""
    durations = []
    for crop in crops_bgr:
        start = time.perf_counter()
        classifier.predict([crop])
        durations.append(time.perf_counter() - start)
    return float(np.median(durations) * 1000)


def _crops(images: np.ndarray) -> list[np.ndarray]:
    return [np.repeat(image[..., None], 3, axis=2) for image in images]

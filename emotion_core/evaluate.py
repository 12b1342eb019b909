"""How well a classifier reads labelled faces: accuracy, F1, confusion, calibration, latency."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from emotion_core.classify.base import Classifier
from emotion_core.data.fer2013 import LabelledFaces
from emotion_core.emotions import EMOTIONS

CALIBRATION_BINS = 15


@dataclass(frozen=True)
class Evaluation:
    """The figures of one classifier on one split, single view.

    confusion: ``(7, 7)`` int64, row = true label, column = the label read, in `Emotion` order.
    ece: expected calibration error over 15 equal bins of confidence, 0–1
        (Guo et al., "On Calibration of Modern Neural Networks", 2017).
    latency_ms_per_face: median over single-face calls.
    """

    model: str
    confusion: np.ndarray
    ece: float
    latency_ms_per_face: float

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
            "latency_ms_per_face": round(self.latency_ms_per_face, 2),
        }


def evaluate(
    classifier: Classifier, data: LabelledFaces, *, flip: bool = False, batch_size: int = 64, timed: int = 100
) -> Evaluation:
    """Read every face of ``data`` and count.

    Args:
        flip: average the reading of each face with that of its mirror image; otherwise each is read once, as it is.

    Raises:
        ValueError: there is no face.
    """
    if not len(data):
        raise ValueError("Expected at least one labelled face. Received: none")
    crops = [np.repeat(image[..., None], 3, axis=2) for image in data.images]
    probabilities = predict_in_batches(classifier, crops, batch_size)
    if flip:
        mirrored = [np.ascontiguousarray(crop[:, ::-1]) for crop in crops]
        probabilities = (probabilities + predict_in_batches(classifier, mirrored, batch_size)) / 2
    confusion = np.zeros((len(EMOTIONS), len(EMOTIONS)), np.int64)
    np.add.at(confusion, (data.labels, probabilities.argmax(axis=1)), 1)
    return Evaluation(
        classifier.name,
        confusion,
        calibration_error(probabilities, data.labels),
        _latency_ms(classifier, crops[:timed]),
    )


def predict_in_batches(classifier: Classifier, crops: list[np.ndarray], batch_size: int = 64) -> np.ndarray:
    """``(n, 7)`` probabilities of n crops, ``batch_size`` of them at a time."""
    starts = range(0, len(crops), batch_size)
    return np.concatenate([classifier.predict(crops[start : start + batch_size]) for start in starts])


def calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = CALIBRATION_BINS) -> float:
    """Expected calibration error of ``(n, 7)`` probabilities against ``(n,)`` labels, 0–1."""
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    chosen = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(correct[chosen == b].mean() - confidence[chosen == b].mean()) * (chosen == b).mean()
        for b in range(bins)
        if (chosen == b).any()
    ]
    return float(sum(gaps))


def _latency_ms(classifier: Classifier, crops: list[np.ndarray]) -> float:
    durations = []
    for crop in crops:
        start = time.perf_counter()
        classifier.predict([crop])
        durations.append(time.perf_counter() - start)
    return float(np.median(durations) * 1000)

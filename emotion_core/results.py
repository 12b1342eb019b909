"""What an analysis returns: the frozen types that cross every boundary of this package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from emotion_core.circumplex import valence_arousal
from emotion_core.emotions import EMOTIONS, LABELS, UNCERTAIN, Emotion

UNTRACKED = -1


def box_areas(boxes_xyxy: np.ndarray) -> np.ndarray:
    """Return the areas ``(…)`` of boxes ``(…, 4)`` in square pixels; 0 where a box ends before it begins."""
    sides = np.maximum(boxes_xyxy[..., 2:] - boxes_xyxy[..., :2], 0)
    areas: np.ndarray = sides[..., 0] * sides[..., 1]
    return areas


@dataclass(frozen=True)
class Faces:
    """All faces of one frame; row *i* of every array is the same face.

    boxes_xyxy: ``(n, 4)`` float32, pixels of the frame, ``x0 y0 x1 y1``.
    probabilities: ``(n, 7)`` float32, 0–1, each row sums to 1, columns in `Emotion` order.
    track_ids: ``(n,)`` int64, positive and unique within a session; −1 where nothing tracks.
    detection_scores: ``(n,)`` float32, the detector's own measure of certainty, not comparable between detectors.
    labels: one `Emotion` per face, or None if it is uncertain. If left out, the most probable one.

    Raises:
        ValueError: shapes do not agree.

    >>> import numpy as np
    >>> faces = Faces(
    ...     boxes_xyxy=np.array([[10, 10, 50, 50], [100, 60, 180, 140]]),
    ...     probabilities=np.array([[0, 0, 0, 0.9, 0.1, 0, 0], [0.2, 0, 0, 0, 0.3, 0.5, 0]]),
    ... )
    >>> len(faces), faces.label_names, faces.largest
    (2, ('happy', 'sad'), 1)
    >>> faces.select(faces.confidences > 0.6).boxes_xyxy.tolist()
    [[10.0, 10.0, 50.0, 50.0]]
    """

    boxes_xyxy: np.ndarray
    probabilities: np.ndarray
    track_ids: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    detection_scores: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    labels: tuple[Emotion | None, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.boxes_xyxy)
        values: dict[str, np.ndarray] = {
            "boxes_xyxy": np.asarray(self.boxes_xyxy, np.float32),
            "probabilities": np.asarray(self.probabilities, np.float32),
            "track_ids": np.asarray(self.track_ids, np.int64),
            "detection_scores": np.asarray(self.detection_scores, np.float32),
        }
        if n == 0:
            values["boxes_xyxy"] = np.empty((0, 4), np.float32)
            values["probabilities"] = np.empty((0, len(EMOTIONS)), np.float32)
        if n and len(values["track_ids"]) == 0:
            values["track_ids"] = np.full(n, UNTRACKED, np.int64)
        if n and len(values["detection_scores"]) == 0:
            values["detection_scores"] = np.ones(n, np.float32)
        expected: dict[str, tuple[int, ...]] = {
            "boxes_xyxy": (n, 4),
            "probabilities": (n, len(EMOTIONS)),
            "track_ids": (n,),
            "detection_scores": (n,),
        }
        for name, shape in expected.items():
            if values[name].shape != shape:
                raise ValueError(f"Expected {name} of shape {shape}. Received: {values[name].shape}")
            object.__setattr__(self, name, values[name])
        if n and not self.labels:
            top = values["probabilities"].argmax(axis=1)
            object.__setattr__(self, "labels", tuple(EMOTIONS[i] for i in top))
        elif len(self.labels) != n:
            raise ValueError(f"Expected {n} labels. Received: {len(self.labels)}")

    @classmethod
    def empty(cls) -> Faces:
        """Return no face."""
        return cls(np.empty((0, 4), np.float32), np.empty((0, len(EMOTIONS)), np.float32))

    def __len__(self) -> int:
        return len(self.boxes_xyxy)

    @property
    def confidences(self) -> np.ndarray:
        """``(n,)`` float32: the largest probability of each face."""
        return self.probabilities.max(axis=1) if len(self) else np.empty(0, np.float32)

    @property
    def label_names(self) -> tuple[str, ...]:
        """The labels as text, such as ``happy`` or ``uncertain``."""
        return tuple(UNCERTAIN if label is None else label.value for label in self.labels)

    @property
    def largest(self) -> int | None:
        """Row of the face with the largest box, the *dominant face* of a frame; None without a face."""
        return int(box_areas(self.boxes_xyxy).argmax()) if len(self) else None

    def select(self, rows: np.ndarray) -> Faces:
        """Return the faces of ``rows`` (indices or a boolean mask), in that order."""
        rows = np.asarray(rows)
        indices = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(int)
        return Faces(
            self.boxes_xyxy[indices],
            self.probabilities[indices],
            self.track_ids[indices],
            self.detection_scores[indices],
            tuple(self.labels[i] for i in indices),
        )

    def with_labels(self, labels: tuple[Emotion | None, ...]) -> Faces:
        """Return the same faces with other labels."""
        return replace(self, labels=labels)


@dataclass(frozen=True)
class FrameResult:
    """The faces of one frame, and when and how they were read.

    time_s: seconds since the session began, or the frame's own time in a video; 0 for a single image.
    size_wh: width and height of the frame in pixels.
    latency_ms: how long detection, classification and tracking took together.
    model, detector: the names of what read the frame.
    learned_from: as in `Classifier`: ``votes`` if a probability is the share of people who would name that expression.

    >>> import numpy as np
    >>> happy = np.array([[0, 0, 0, 0.9, 0.1, 0, 0]])
    >>> result = FrameResult(Faces(np.array([[10, 10, 50, 50]]), happy), size_wh=(640, 480), model="flagship")
    >>> result.faces.labels
    (<Emotion.HAPPY: 'happy'>,)
    >>> result.to_dict()["faces"][0]["label"]
    'happy'
    """

    faces: Faces
    size_wh: tuple[int, int]
    time_s: float = 0.0
    latency_ms: float = 0.0
    model: str = ""
    detector: str = ""
    learned_from: str = LABELS

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> FrameResult:
        """Return the result of which `to_dict` made ``values``, as exactly as its rounding allows.

        >>> result = FrameResult(Faces(np.array([[1, 2, 30, 40]]), np.eye(7)[[3]]), (640, 480), time_s=1.5)
        >>> FrameResult.from_dict(result.to_dict()).faces.label_names
        ('happy',)
        """
        rows = values["faces"]
        faces = Faces(
            np.array([row["box_xyxy"] for row in rows], np.float32),
            np.array([[row["probabilities"][emotion] for emotion in EMOTIONS] for row in rows], np.float32),
            np.array([UNTRACKED if row["track_id"] is None else row["track_id"] for row in rows], np.int64),
            labels=tuple(None if row["label"] == UNCERTAIN else Emotion(row["label"]) for row in rows),
        )
        words = (values["model"], values["detector"], values["learned_from"])
        size_wh = (values["width"], values["height"])
        return cls(faces, size_wh, values["time_s"], values["latency_ms"], *words)

    def to_dict(self) -> Mapping[str, Any]:
        """Return a JSON-ready mapping; nowhere else does a result become a dictionary."""
        faces = self.faces
        places = valence_arousal(faces.probabilities)
        return {
            "time_s": round(self.time_s, 3),
            "width": self.size_wh[0],
            "height": self.size_wh[1],
            "latency_ms": round(self.latency_ms, 2),
            "model": self.model,
            "detector": self.detector,
            "learned_from": self.learned_from,
            "faces": [
                {
                    "track_id": None if faces.track_ids[i] == UNTRACKED else int(faces.track_ids[i]),
                    "box_xyxy": [round(float(v), 1) for v in faces.boxes_xyxy[i]],
                    "label": faces.label_names[i],
                    "confidence": round(float(faces.confidences[i]), 4),
                    "probabilities": {
                        emotion.value: round(float(faces.probabilities[i, emotion.column]), 4) for emotion in EMOTIONS
                    },
                    "valence": round(float(places[i, 0]), 4),
                    "arousal": round(float(places[i, 1]), 4),
                }
                for i in range(len(faces))
            ],
        }

"""The interface of face detectors, and what they return."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Detections:
    """The faces that a detector found in one frame.

    boxes_xyxy: ``(n, 4)`` float32, in pixels of the frame and inside it.
    scores: ``(n,)`` float32; larger is more certain. Scores of different detectors cannot be compared.
    tilts: ``(n,)`` float32, degrees by which faces are tilted, clockwise; zeros if the detector does not tell.

    >>> len(Detections())
    0
    """

    boxes_xyxy: np.ndarray = field(default_factory=lambda: np.empty((0, 4), np.float32))
    scores: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    tilts: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))

    def __post_init__(self) -> None:
        if not len(self.tilts):
            object.__setattr__(self, "tilts", np.zeros(len(self.scores), np.float32))

    def __len__(self) -> int:
        return len(self.boxes_xyxy)


class Detector(Protocol):
    """Find faces. One instance belongs to one session: it is not thread-safe.

    strong_score: a face of at least this score is shown at once, a weaker one only when it persists.
    """

    name: str
    strong_score: float

    def detect(self, frame_bgr: np.ndarray, time_s: float = 0.0) -> Detections:
        """Find the faces of a frame.

        Args:
            frame_bgr: ``(h, w, 3)`` uint8.
            time_s: the frame's time in its video, in seconds; 0 for a picture.
        """
        ...

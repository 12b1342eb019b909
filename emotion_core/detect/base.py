"""What a face detector is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Detections:
    """The faces that a detector found in one frame.

    boxes_xyxy: ``(n, 4)`` float32, pixels of the frame, inside it.
    scores: ``(n,)`` float32, larger is more certain; not comparable between detectors.
    """

    boxes_xyxy: np.ndarray = field(default_factory=lambda: np.empty((0, 4), np.float32))
    scores: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))

    def __len__(self) -> int:
        return len(self.boxes_xyxy)


class Detector(Protocol):
    """Finds faces. One instance belongs to one session: neither thread-safe nor shared.

    strong_score: a face of at least this score is believed at once, a weaker one once it persists.
    """

    name: str
    strong_score: float

    def detect(self, frame_bgr: np.ndarray, time_s: float = 0.0) -> Detections:
        """The faces of ``frame_bgr``, ``(h, w, 3)`` uint8; ``time_s`` is its time in the video, 0 for a picture."""
        ...

"""Which boxes are of the same face, and boxes of a shrunken image as detections in its frame."""

from __future__ import annotations

import numpy as np

from emotion_core.detect.base import Detections
from emotion_core.results import box_areas

SAME = 0.5  # boxes that share more of the smaller one's area are of the same face


def shared(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the intersections of boxes ``(n, 4)`` and ``(m, 4)`` as shares of the smaller area, ``(n, m)``, 0–1."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    areas = np.maximum(0, high - low).prod(axis=2)
    smaller = np.minimum(box_areas(boxes)[:, None], box_areas(others)[None])
    return np.asarray(areas / np.maximum(1e-6, smaller))


def apart(boxes: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return which boxes ``(n, 4)`` are of none of the faces ``known``, ``(m, 4)``, as ``(n,)`` bool."""
    return np.asarray((shared(boxes, known) <= SAME).all(axis=1))


def first_of_each(boxes: np.ndarray) -> list[int]:
    """Return the rows of boxes ``(n, 4)`` that remain if only the first one of each face is kept."""
    distinct = shared(boxes, boxes) <= SAME
    kept: list[int] = []
    for row in range(len(boxes)):
        if distinct[row, kept].all():
            kept.append(row)
    return kept


def in_frame(
    boxes: np.ndarray, scores: np.ndarray, scale: float, frame_bgr: np.ndarray, tilts: np.ndarray | None = None
) -> Detections:
    """Return boxes ``(n, 4)`` of an image ``scale`` times smaller as `Detections`, clipped to the frame."""
    height, width = frame_bgr.shape[:2]
    clipped = np.clip(boxes * scale, 0, np.array([width, height] * 2, np.float32))
    angles = np.zeros(len(boxes)) if tilts is None else tilts
    return Detections(*(values.astype(np.float32) for values in (clipped, scores, angles)))

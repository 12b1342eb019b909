"""Where faces are between two analyses, so that boxes stick to them on every frame of the video."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, replace

import numpy as np

from emotion_core.results import UNTRACKED, FrameResult

SETTLE_S = 0.07  # time constant of position and speed: shorter follows sooner, longer is calmer
SIZE_SETTLE_S = 0.15  # of the size, which a detector finds in steps
HORIZON_S = 0.3  # a box moves on for no longer than this without a new reading
FORGET_S = 1.0  # a face not seen for so long starts anew


@dataclass(frozen=True)
class _State:
    """A face's filtered motion.

    center: ``(2,)`` pixels. velocity: ``(2,)`` pixels per second. size: ``(2,)`` width and height, pixels.
    """

    center: np.ndarray
    velocity: np.ndarray
    size: np.ndarray
    time_s: float

    def box(self, time_s: float) -> np.ndarray:
        ahead_s = min(max(time_s - self.time_s, 0.0), HORIZON_S)
        center = self.center + self.velocity * ahead_s
        return np.concatenate([center - self.size / 2, center + self.size / 2])


class BoxMotion:
    """Filters the boxes of tracked faces and moves them on in time. Thread-safe.

    Each face's centre goes through a critically damped g-h filter, which follows a steady movement without lag
    (E. Brookner, "Tracking and Kalman Filtering Made Easy", 1998, chapter 1); its size is smoothed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: dict[int, _State] = {}
        self._result: FrameResult | None = None

    def update(self, result: FrameResult) -> None:
        """Take in the result of the newest analysed frame."""
        faces = result.faces
        with self._lock:
            if self._result is not None and (
                result.time_s < self._result.time_s or result.size_wh != self._result.size_wh
            ):
                self._states = {}
            self._states = {
                key: state for key, state in self._states.items() if result.time_s - state.time_s < FORGET_S
            }
            for track, box in zip(faces.track_ids.tolist(), faces.boxes_xyxy, strict=True):
                if track != UNTRACKED:
                    self._states[track] = _advanced(self._states.get(track), box, result.time_s)
            self._result = result

    def at(self, time_s: float) -> FrameResult | None:
        """The newest result with its boxes where the faces should be at ``time_s``; None before the first.

        ``time_s`` of the result stays that of the analysed frame.
        """
        with self._lock:
            result, states = self._result, self._states
        if result is None or not len(result.faces):
            return result
        tracks = result.faces.track_ids.tolist()
        boxes = [
            states[track].box(time_s) if track in states else box
            for track, box in zip(tracks, result.faces.boxes_xyxy, strict=True)
        ]
        width, height = result.size_wh
        moved = np.clip(np.array(boxes, np.float32), 0, np.array([width, height] * 2, np.float32))
        return replace(result, faces=replace(result.faces, boxes_xyxy=moved))


def _advanced(state: _State | None, box: np.ndarray, time_s: float) -> _State:
    box = np.asarray(box, np.float64)
    center, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    if state is None:
        return _State(center, np.zeros(2), size, time_s)
    elapsed_s = time_s - state.time_s
    if elapsed_s <= 0:
        return state
    keep = math.exp(-elapsed_s / SETTLE_S)
    expected = state.center + state.velocity * elapsed_s
    off = center - expected
    size_keep = math.exp(-elapsed_s / SIZE_SETTLE_S)
    return _State(
        expected + (1 - keep**2) * off,
        state.velocity + (1 - keep) ** 2 / elapsed_s * off,
        size_keep * state.size + (1 - size_keep) * size,
        time_s,
    )

"""Where faces are after the last analysis, so that boxes stick to them on every frame of a live video."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from emotion_core.results import UNTRACKED, FrameResult
from emotion_core.track.motion import Motion

# Time constants: shorter ones follow a face sooner, longer ones let less of the detector's jitter through. With these,
# on a simulated swaying face at 15 analyses a second, boxes are a third as far from the true place as without any
# prediction, and jitter is a quarter less (docs/performance.md).
SETTLE_S = 0.07  # of position and velocity
SIZE_SETTLE_S = 0.15  # of the size, which the detector finds in steps
HORIZON_S = 0.3  # without a new detection a box moves on for no longer than this
FORGET_S = 1.0  # a face that was not seen for so long starts at rest again


class BoxMotion:
    """Smooths the boxes of tracked faces and moves them on in time. Thread-safe.

    The analysis thread calls `update`; the video thread calls `at` for every frame and must not wait. What `update`
    leaves behind is never changed afterwards, so `at` needs the lock only to pick it up and computes outside it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the two attributes below
        self._motions: dict[int, Motion] = {}  # by track id
        self._result: FrameResult | None = None

    def update(self, result: FrameResult) -> None:
        """Take in the result of the newest analyzed frame."""
        faces = result.faces
        with self._lock:
            last = self._result
            starts_anew = last is not None and (result.time_s < last.time_s or result.size_wh != last.size_wh)
            known = {} if starts_anew else self._motions
            motions = {track: motion for track, motion in known.items() if result.time_s - motion.time_s < FORGET_S}
            for track, box in zip(faces.track_ids.tolist(), faces.boxes_xyxy, strict=True):
                if track != UNTRACKED:
                    motions[track] = _settled(motions.get(track), box, result.time_s)
            self._motions, self._result = motions, result

    def newest(self) -> tuple[FrameResult, np.ndarray] | None:
        """Return the newest result with its boxes smoothed, and how fast they move; None before the first.

        Who draws elsewhere, such as a browser, can move the boxes on like `at`: by velocity × time, for at most
        `HORIZON_S`.

        Returns:
            The result, and ``(n, 2)`` float32, pixels per second; 0 for a face that nothing tracks.
        """
        with self._lock:
            result, motions = self._result, self._motions
        if result is None:
            return None
        moving = [motions.get(track) for track in result.faces.track_ids.tolist()]
        velocities = [np.zeros(2) if motion is None else motion.velocity for motion in moving]
        return _moved(result, motions, result.time_s), np.array(velocities, np.float32).reshape(-1, 2)

    def at(self, time_s: float) -> FrameResult | None:
        """Return the newest result with its boxes where the faces should be at ``time_s``; None before the first.

        The result's own ``time_s`` stays that of the analyzed frame.
        """
        with self._lock:
            result, motions = self._result, self._motions
        return None if result is None else _moved(result, motions, time_s)


def _moved(result: FrameResult, motions: Mapping[int, Motion], time_s: float) -> FrameResult:
    """Return ``result`` with its boxes where the faces should be at ``time_s``."""
    if not len(result.faces):
        return result
    tracks = result.faces.track_ids.tolist()
    boxes = [
        motions[track].box(_within_horizon(motions[track], time_s)) if track in motions else box
        for track, box in zip(tracks, result.faces.boxes_xyxy, strict=True)
    ]
    width, height = result.size_wh
    moved = np.clip(np.array(boxes, np.float32), 0, np.array([width, height] * 2, np.float32))
    return replace(result, faces=replace(result.faces, boxes_xyxy=moved))


def _within_horizon(motion: Motion, time_s: float) -> float:
    return min(max(time_s, motion.time_s), motion.time_s + HORIZON_S)


def _settled(motion: Motion | None, box: np.ndarray, time_s: float) -> Motion:
    if motion is None:
        return Motion.at_rest(box, time_s)
    elapsed_s = time_s - motion.time_s
    if elapsed_s <= 0:
        return motion
    # These two gains make the filter critically damped: it follows a steady movement without lag and does not overshoot
    # when a face stops.
    keep = math.exp(-elapsed_s / SETTLE_S)
    size_keep = math.exp(-elapsed_s / SIZE_SETTLE_S)
    return motion.corrected(box, time_s, position=1 - keep**2, velocity=(1 - keep) ** 2, size=1 - size_keep)

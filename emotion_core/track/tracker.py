"""The same face from frame to frame, with its probabilities smoothed and its label steadied.

Assignment by overlap follows Bewley et al., "Simple Online and Realtime Tracking", 2016; everything that happens
over time is in seconds, so that the same video reads the same at any rate of analysis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np

from emotion_core.detect.base import Detections
from emotion_core.emotions import EMOTIONS, Emotion
from emotion_core.results import Faces


@dataclass(frozen=True)
class TrackerOptions:
    """How faces are followed and their labels steadied.

    Raises:
        ValueError: a value is out of its range.
    """

    half_life_s: float = 0.4  # after it, a changed expression counts half; 0: no smoothing
    max_age_s: float = 0.5  # a face may vanish for so long and keep its id
    min_hits: int = 2  # detections before a weak face shows
    hysteresis: float = 0.1  # how much more probable another label must be to replace the shown one
    uncertain_below: float = 0.4  # a largest probability under this has no label
    strong_score: float = math.inf  # a detection of at least this score shows at once
    min_overlap: float = 0.2  # intersection over union of a face with its earlier box

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if math.isnan(value) or (value < 0 and field.name != "strong_score"):
                raise ValueError(f"Expected {field.name} of at least 0. Received: {value}")
        for name in ("hysteresis", "uncertain_below", "min_overlap"):
            if getattr(self, name) > 1:
                raise ValueError(f"Expected {name} of at most 1. Received: {getattr(self, name)}")


@dataclass
class _Track:
    """One face; changed in place by its tracker only."""

    id: int
    box: np.ndarray  # (4,) float32
    probabilities: np.ndarray  # (7,) float32, smoothed
    time_s: float
    velocity: np.ndarray  # (4,) float32, pixels per second
    label: Emotion | None
    hits: int = 1
    shown: bool = False

    def predicted(self, time_s: float) -> np.ndarray:
        """Where the box should be at ``time_s``."""
        return self.box + self.velocity * (time_s - self.time_s)


class Tracker:
    """Follows the faces of one session; ids start at 1 and are never used again.

    Expects non-decreasing times. A time before the last one (a clip that starts again) begins new tracks.
    """

    def __init__(self, options: TrackerOptions | None = None) -> None:
        self.options = options or TrackerOptions()
        self._tracks: list[_Track] = []
        self._time_s: float | None = None
        self._next_id = 1

    def reset(self) -> None:
        """Forgets all faces; ids go on counting."""
        self._tracks = []
        self._time_s = None

    def update(self, detections: Detections, probabilities: np.ndarray, time_s: float) -> Faces:
        """Takes in the faces of the next frame.

        Args:
            detections: n faces.
            probabilities: ``(n, 7)``, 0–1, rows sum to 1.
            time_s: the frame's time in seconds.

        Returns:
            the faces of this frame that count as found, with ids, smoothed probabilities and steady labels
            (None: uncertain).
        """
        if self._time_s is not None and time_s < self._time_s:
            self.reset()
        # Persistence can only be judged if frames follow each other closely (not in one picture per second).
        sparse = self._time_s is not None and time_s - self._time_s > self.options.max_age_s
        self._tracks = [track for track in self._tracks if not self._gone(track, time_s)]
        boxes = np.asarray(detections.boxes_xyxy, np.float32)
        assigned = self._assign(boxes, time_s)
        rows = [
            self._advance(assigned[i], boxes[i], probabilities[i], time_s)
            if i in assigned
            else self._begin(boxes[i], probabilities[i], time_s)
            for i in range(len(boxes))
        ]
        for track, score in zip(rows, detections.scores, strict=True):
            strong = score >= self.options.strong_score or track.hits >= self.options.min_hits
            track.shown = track.shown or strong or sparse
        self._time_s = time_s
        return _faces(rows, detections)

    def _gone(self, track: _Track, time_s: float) -> bool:
        """Whether the face vanished for too long. One seen in the previous frame may wait three times longer,
        so that it keeps its id when only every second of a video is read."""
        limit_s = self.options.max_age_s * (3 if track.time_s == self._time_s else 1)
        return time_s - track.time_s > limit_s + 1e-9

    def _assign(self, boxes: np.ndarray, time_s: float) -> dict[int, _Track]:
        """Row of ``boxes`` → the track it continues."""
        if not len(boxes) or not self._tracks:
            return {}
        overlaps = iou(boxes, np.array([track.predicted(time_s) for track in self._tracks]))
        # A face that turns back after a quick move is nearer to where it was than to where it was heading.
        overlaps = np.maximum(overlaps, 0.9 * iou(boxes, np.array([track.box for track in self._tracks])))
        from scipy.optimize import linear_sum_assignment  # half a second that the first page need not wait for

        rows, columns = linear_sum_assignment(-overlaps)
        return {
            int(i): self._tracks[j]
            for i, j in zip(rows, columns, strict=True)
            if overlaps[i, j] > max(self.options.min_overlap, 1e-6)
        }

    def _begin(self, box: np.ndarray, probabilities: np.ndarray, time_s: float) -> _Track:
        smoothed = np.asarray(probabilities, np.float32)
        label = steady_label(smoothed, None, 0.0, self.options.uncertain_below)
        track = _Track(self._next_id, box, smoothed, time_s, np.zeros(4, np.float32), label)
        self._next_id += 1
        self._tracks.append(track)
        return track

    def _advance(self, track: _Track, box: np.ndarray, probabilities: np.ndarray, time_s: float) -> _Track:
        elapsed_s = time_s - track.time_s
        keep = 0.5 ** (elapsed_s / self.options.half_life_s) if self.options.half_life_s else 0.0
        track.probabilities = keep * track.probabilities + (1 - keep) * np.asarray(probabilities, np.float32)
        track.label = steady_label(
            track.probabilities, track.label, self.options.hysteresis, self.options.uncertain_below
        )
        if elapsed_s > 0:
            fresh = min(1.0, elapsed_s / _VELOCITY_S)
            track.velocity = (1 - fresh) * track.velocity + fresh * _shift(track.box, box) / elapsed_s
        track.box, track.time_s, track.hits = box, time_s, track.hits + 1
        return track


_VELOCITY_S = 0.15  # seconds over which a velocity is averaged: detections jitter by a few pixels


def steady_label(
    probabilities: np.ndarray, shown: Emotion | None, hysteresis: float, uncertain_below: float
) -> Emotion | None:
    """The label to show for ``probabilities`` ``(7,)`` when ``shown`` was the last one; None is "uncertain".

    A shown label stays while it is certain enough and no other leads by ``hysteresis``; an uncertain face gets a
    label once it is half a ``hysteresis`` above the limit.
    """
    top = int(probabilities.argmax())
    best = float(probabilities[top])
    if best < uncertain_below:
        return None
    if shown is None:
        return EMOTIONS[top] if best >= min(1.0, uncertain_below + hysteresis / 2) else None
    own = float(probabilities[shown.column])
    if own >= uncertain_below and best - own < hysteresis:
        return shown
    return EMOTIONS[top]


def iou(a_xyxy: np.ndarray, b_xyxy: np.ndarray) -> np.ndarray:
    """Intersection over union of every box of ``a_xyxy`` ``(n, 4)`` and every one of ``b_xyxy`` ``(m, 4)``."""
    low = np.maximum(a_xyxy[:, None, :2], b_xyxy[None, :, :2])
    high = np.minimum(a_xyxy[:, None, 2:], b_xyxy[None, :, 2:])
    both = np.clip(high - low, 0, None).prod(axis=2)
    areas = [np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1) for boxes in (a_xyxy, b_xyxy)]
    return both / np.maximum(areas[0][:, None] + areas[1][None, :] - both, 1e-9)


def _shift(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """How far the centre moved, as a shift of all four sides: sizes jitter too much to be predicted."""
    center = (new[:2] + new[2:] - old[:2] - old[2:]) / 2
    return np.concatenate([center, center]).astype(np.float32)


def _faces(tracks: list[_Track], detections: Detections) -> Faces:
    rows = [i for i, track in enumerate(tracks) if track.shown]
    if not rows:
        return Faces.empty()
    return Faces(
        detections.boxes_xyxy[rows],
        np.array([tracks[i].probabilities for i in rows]),
        np.array([tracks[i].id for i in rows]),
        detections.scores[rows],
        tuple(tracks[i].label for i in rows),
    )

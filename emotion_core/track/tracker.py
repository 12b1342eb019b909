"""Follow faces from frame to frame, smooth their probabilities, and keep their labels from flickering.

Faces are matched by overlap, as in Bewley et al., "Simple Online and Realtime Tracking", 2016. Everything that happens
over time is stated in seconds, so that the same video reads the same at any rate of analysis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np

from emotion_core.detect.base import Detections
from emotion_core.emotions import EMOTIONS, Emotion
from emotion_core.results import Faces, box_areas
from emotion_core.track.motion import Motion

_VELOCITY_S = 0.15  # seconds over which a velocity is averaged: detections jitter by a few pixels
# What the overlap with a face's last box counts against the overlap with its predicted one: the prediction wins unless
# it is clearly worse.
_LAST_BOX_WEIGHT = 0.9
_SPARSE_AGE = 3  # times max_age_s that a face may vanish if it was seen in the frame before
_ROUNDING_S = 1e-9  # times are sums of frame durations


@dataclass(frozen=True)
class TrackerOptions:
    """How faces are followed and their labels steadied.

    Raises:
        ValueError: a value is out of its range.
    """

    half_life_s: float = 0.4  # the time after which an old expression counts half; 0: no smoothing
    max_age_s: float = 0.5  # a face may vanish for so long and keep its id
    min_hits: int = 2  # detections before a weak face is shown
    hysteresis: float = 0.1  # how much more probable another label must be to replace the shown one
    uncertain_below: float = 0.4  # a face whose largest probability is below this has no label
    strong_score: float = math.inf  # a detection with at least this score is shown at once
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
    """One face; changed in place, by its tracker only."""

    id: int
    box: np.ndarray  # (4,) float32, as last detected
    motion: Motion
    probabilities: np.ndarray  # (7,) float32, smoothed
    label: Emotion | None
    hits: int = 1
    shown: bool = False


class Tracker:
    """Follows the faces of one session; ids start at 1 and are never used again.

    Expects non-decreasing times. A time before the last one (a clip that starts again) begins new tracks.

    >>> import numpy as np
    >>> from emotion_core.detect.base import Detections
    >>> tracker = Tracker(TrackerOptions(min_hits=1))
    >>> happy = np.array([[0.02, 0.02, 0.02, 0.88, 0.02, 0.02, 0.02]], np.float32)
    >>> for time_s, x in ((0.0, 100), (0.1, 110)):
    ...     found = Detections(np.array([[x, 50, x + 80, 130]], np.float32), np.ones(1, np.float32))
    ...     faces = tracker.update(found, happy, time_s)
    ...     print(faces.track_ids, faces.label_names)
    [1] ('happy',)
    [1] ('happy',)
    """

    def __init__(self, options: TrackerOptions | None = None) -> None:
        self.options = options or TrackerOptions()
        self._tracks: list[_Track] = []
        self._time_s: float | None = None
        self._next_id = 1

    def reset(self) -> None:
        """Forget all faces; the next one still gets a new id."""
        self._tracks = []
        self._time_s = None

    def update(self, detections: Detections, probabilities: np.ndarray, time_s: float) -> Faces:
        """Take in the faces of the next frame.

        Args:
            detections: n faces.
            probabilities: ``(n, 7)``, 0–1, rows sum to 1.
            time_s: the frame's time in seconds.

        Returns:
            The faces of this frame that are to be shown, with ids, smoothed probabilities and steady labels
            (None: uncertain).
        """
        if self._time_s is not None and time_s < self._time_s:
            self.reset()
        # Whether a weak face persists can only be judged in frames that follow each other closely, not at one a second.
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
        """Return whether the face vanished for too long.

        A face that was seen in the frame before may wait longer, so that it keeps its id when frames are far apart.
        """
        limit_s = self.options.max_age_s * (_SPARSE_AGE if track.motion.time_s == self._time_s else 1)
        return time_s - track.motion.time_s > limit_s + _ROUNDING_S

    def _assign(self, boxes: np.ndarray, time_s: float) -> dict[int, _Track]:
        """Return the row of ``boxes`` → the track that it continues."""
        if not len(boxes) or not self._tracks:
            return {}
        overlaps = iou(boxes, np.array([track.motion.box(time_s) for track in self._tracks]))
        # A face that turns back after a quick move is nearer to where it was than to where it was heading.
        last_boxes = np.array([track.box for track in self._tracks])
        overlaps = np.maximum(overlaps, _LAST_BOX_WEIGHT * iou(boxes, last_boxes))
        least = max(self.options.min_overlap, 1e-6)
        if overlaps.shape == (1, 1):  # as nearly always, and the assignment below takes longer than all the rest
            return {0: self._tracks[0]} if overlaps[0, 0] > least else {}
        # Imported here because it takes half a second, which the first page need not wait for.
        from scipy.optimize import linear_sum_assignment

        rows, columns = linear_sum_assignment(-overlaps)
        return {int(i): self._tracks[j] for i, j in zip(rows, columns, strict=True) if overlaps[i, j] > least}

    def _begin(self, box: np.ndarray, probabilities: np.ndarray, time_s: float) -> _Track:
        smoothed = np.asarray(probabilities, np.float32)
        label = steady_label(smoothed, None, 0.0, self.options.uncertain_below)
        track = _Track(self._next_id, box, Motion.at_rest(box, time_s), smoothed, label)
        self._next_id += 1
        self._tracks.append(track)
        return track

    def _advance(self, track: _Track, box: np.ndarray, probabilities: np.ndarray, time_s: float) -> _Track:
        elapsed_s = time_s - track.motion.time_s
        keep = 0.5 ** (elapsed_s / self.options.half_life_s) if self.options.half_life_s else 0.0
        track.probabilities = keep * track.probabilities + (1 - keep) * np.asarray(probabilities, np.float32)
        track.label = steady_label(
            track.probabilities, track.label, self.options.hysteresis, self.options.uncertain_below
        )
        # Boxes are matched with the newest detection, so position and size take it over unfiltered.
        velocity_gain = min(1.0, elapsed_s / _VELOCITY_S)
        track.motion = track.motion.corrected(box, time_s, position=1, velocity=velocity_gain, size=1)
        track.box, track.hits = box, track.hits + 1
        return track


def steady_label(
    probabilities: np.ndarray, shown: Emotion | None, hysteresis: float, uncertain_below: float
) -> Emotion | None:
    """Return the label to show for ``probabilities`` ``(7,)`` when ``shown`` was the last one; None if uncertain.

    A shown label stays while it is certain enough and no other leads by ``hysteresis``. An uncertain face gets a label
    once its largest probability is half of ``hysteresis`` above the limit.
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
    """Return the intersection over union, ``(n, m)``, of all boxes ``a_xyxy`` ``(n, 4)`` and ``b_xyxy`` ``(m, 4)``."""
    low = np.maximum(a_xyxy[:, None, :2], b_xyxy[None, :, :2])
    high = np.minimum(a_xyxy[:, None, 2:], b_xyxy[None, :, 2:])
    both = box_areas(np.concatenate([low, high], axis=2))
    union = box_areas(a_xyxy)[:, None] + box_areas(b_xyxy)[None, :] - both
    overlaps: np.ndarray = both / np.maximum(union, 1e-9)
    return overlaps


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

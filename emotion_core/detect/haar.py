"""Find faces with the Haar cascade that ships with OpenCV, on a shrunken gray image.

Source: Viola & Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features", 2001.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from emotion_core.detect.base import Detections
from emotion_core.detect.cascade import Cascade
from emotion_core.detect.overlap import SAME, first_of_each, in_frame, shared
from emotion_core.errors import DetectorError

# Pixels. A single picture may take a tenth of a second, and at this width the faces of a group are large enough.
STILL_WIDTH = 1280
STILL_SMALLEST = 0.06  # side of the smallest face of a single picture, a fraction of its shorter side

# How `FollowingHaarDetector` follows faces.
FULL_EVERY_S = 0.2  # seconds between searches of the whole frame: with the analysis, a new face shows within 0.3 s
EMPTY_EVERY_S = 0.1  # seconds between them while no face is known
SURE_SCORE = 4.0  # level weight; false positives away from faces scored below this in our measurements
_TILTS = (0.0, -20.0, 20.0, -40.0, 40.0)  # degrees; the cascade itself tolerates about 15
_FOLLOW_NEIGHBORS = 2  # `min_neighbors` near a face that surely is one
_FOLLOW_SIDE = 56.0  # pixels to which a larger known face is shrunk; docs/performance.md compares other sizes


@dataclass(frozen=True)
class HaarOptions:
    """What the Haar cascades look for.

    ``min_neighbors``, ``detect_width`` and ``min_score`` matter only to the cascade alone, ``min_face_score`` only with
    the verifier.

    Raises:
        DetectorError: a value is out of its range.

    >>> HaarOptions(scale_factor=1.0)
    Traceback (most recent call last):
    ...
    emotion_core.errors.DetectorError: Expected scale_factor from 1.01 to 2. Received: 1.0
    """

    scale_factor: float = 1.2  # ratio of one window size to the next, 1.01–2: smaller finds more and takes longer
    min_neighbors: int = 4  # overlapping windows that make a face, 1–50: more lets fewer false positives through
    smallest_face: float = 0.1  # side of the smallest face, a fraction of the frame's shorter side, 0.01–1
    detect_width: int = 320  # pixels, 64–4096: wider frames are shrunk to this width before the search
    min_face_score: float = 0.8  # smallest score of the verifier, 0–1: more lets fewer false positives through
    min_score: float = 1.0  # smallest level weight of the last stage: faces mostly reach 3–9, false positives below 2

    def __post_init__(self) -> None:
        limits = {
            "scale_factor": (1.01, 2.0),
            "min_neighbors": (1, 50),
            "smallest_face": (0.01, 1.0),
            "detect_width": (64, 4096),
            "min_face_score": (0.0, 1.0),
            "min_score": (-100.0, 100.0),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise DetectorError(
                    "Expected {name} from {low:g} to {high:g}. Received: {value}",
                    name=name,
                    low=low,
                    high=high,
                    value=value,
                )


class HaarDetector:
    """Find upright frontal faces, without memory of earlier frames.

    Raises:
        DetectorError: the cascade cannot be loaded.
    """

    name = "haar_alone"
    strong_score = 4.0  # a face of this score is shown at once, a weaker one only when it persists (see `Tracker`)

    def __init__(self, options: HaarOptions | None = None) -> None:
        self.options = options or HaarOptions()
        self._cascade = Cascade()

    def detect(self, frame_bgr: np.ndarray, time_s: float = 0.0) -> Detections:
        """Find the faces of ``frame_bgr``, ``(h, w, 3)`` uint8, best first; scores are level weights, about 0–10."""
        gray, scale = shrink(frame_bgr, self.options.detect_width)
        boxes, scores = self._search(gray)
        return in_frame(boxes, scores, scale, frame_bgr)

    def reset(self) -> None:
        """Forget earlier frames: nothing to do here."""

    def _search(self, gray: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        options = self.options
        shorter = min(gray.shape)
        sides = (max(24, round(options.smallest_face * shorter)), shorter)
        boxes, scores = self._cascade.search(gray, options.scale_factor, options.min_neighbors, sides)
        good = scores >= options.min_score
        boxes, scores = boxes[good], scores[good]
        kept = first_of_each(boxes)
        return boxes[kept], scores[kept]


def shrink(frame_bgr: np.ndarray, width: int) -> tuple[np.ndarray, float]:
    """Turn a frame gray and shrink it to at most ``width`` pixels.

    The contrast stays as it is: the cascade normalizes every window, and histogram equalization only added false
    positives.

    Returns:
        the image ``(h, w)`` uint8, and how many pixels of the frame one of its pixels is wide.
    """
    scale = max(1.0, frame_bgr.shape[1] / width)
    if scale > 1:
        size_wh = (width, max(1, round(frame_bgr.shape[0] / scale)))
        frame_bgr = cv2.resize(frame_bgr, size_wh, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(frame_bgr, cv2.COLOR_BGR2GRAY), scale


@dataclass(frozen=True)
class _Seen:
    """A face of the previous frame, in pixels of the shrunken image."""

    box: np.ndarray  # (4,) float32
    score: float
    angle: float = 0.0  # degrees by which the image was rotated to find it
    sure: bool = False  # scored `SURE_SCORE` at least once: only such a face is searched for less strictly


class FollowingHaarDetector(HaarDetector):
    """Follow the faces of one video, and look for new ones now and then.

    For a face of the previous frame, only its surroundings are searched, in a small picture of them. A face that scored
    `SURE_SCORE` once is searched for with fewer neighbors and, if it is not found upright, also rotated to both sides.
    The whole frame is searched every `FULL_EVERY_S`, every `EMPTY_EVERY_S` while there is no face, and when a face is
    lost.

    Raises:
        DetectorError: the cascade cannot be loaded.
    """

    def __init__(self, options: HaarOptions | None = None) -> None:
        super().__init__(options)
        self._seen: list[_Seen] = []
        self._shape: tuple[int, ...] = ()
        self._searched_s: float | None = None  # when the whole frame was last searched

    def detect(self, frame_bgr: np.ndarray, time_s: float = 0.0) -> Detections:
        """Find the faces of ``frame_bgr``, ``(h, w, 3)`` uint8, the frame at ``time_s`` of always the same video."""
        gray, scale = shrink(frame_bgr, self.options.detect_width)
        if gray.shape != self._shape:
            self.reset()
            self._shape = gray.shape
        followed = [self._search_again(gray, seen) for seen in self._seen]
        faces = [face for face in followed if face is not None]
        if len(faces) < len(self._seen) or self._full_search_due(time_s):
            faces = self._with_others(gray, faces)
            self._searched_s = time_s
        self._seen = faces
        boxes = np.array([face.box for face in faces], np.float32).reshape(-1, 4)
        return in_frame(boxes, np.array([face.score for face in faces], np.float32), scale, frame_bgr)

    def _full_search_due(self, time_s: float) -> bool:
        if self._searched_s is None or time_s <= self._searched_s:  # the clip starts again, or has no times
            return True
        return time_s - self._searched_s >= (FULL_EVERY_S if self._seen else EMPTY_EVERY_S) - 1e-6

    def _with_others(self, gray: np.ndarray, faces: list[_Seen]) -> list[_Seen]:
        """``faces``, and those that a search of the whole frame finds besides."""
        found = [self._as_seen(box, float(score)) for box, score in zip(*self._search(gray), strict=True)]
        return faces + [other for other in found if not any(_overlaps(other.box, face.box) for face in faces)]

    def reset(self) -> None:
        """Forget earlier frames."""
        self._seen = []
        self._searched_s = None

    def _as_seen(self, box: np.ndarray, score: float) -> _Seen:
        """A face found upright. It is sure if it scores enough, or is the same as a sure one of the previous frame."""
        sure = score >= SURE_SCORE or any(seen.sure and _same(seen.box, box) for seen in self._seen)
        return _Seen(box, score, sure=sure)

    def _search_again(self, gray: np.ndarray, seen: _Seen) -> _Seen | None:
        """Find a face again, or return None. A sure one may be tilted; the tilt that worked last is tried first."""
        zoom = min(1.0, _FOLLOW_SIDE / float(seen.box[2] - seen.box[0]))
        side = float(seen.box[2] - seen.box[0]) * zoom
        sides = (max(24, round(side * 0.75)), round(side * 1.35))
        neighbors = _FOLLOW_NEIGHBORS if seen.sure else self.options.min_neighbors
        for angle in sorted(_TILTS, key=lambda tilt: abs(tilt - seen.angle)) if seen.sure else (0.0,):
            patch, back = _rotated(gray, seen.box, angle, zoom)
            boxes, scores = self._cascade.search(patch, 1.1, neighbors, sides)
            if len(scores) and scores[0] >= self.options.min_score:
                box = _rotated_back(boxes[0], back, zoom)
                if _overlaps(box, seen.box):
                    return _Seen(box, float(scores[0]), angle, seen.sure or float(scores[0]) >= SURE_SCORE)
        return None


def _rotated(gray: np.ndarray, box: np.ndarray, angle: float, zoom: float) -> tuple[np.ndarray, np.ndarray]:
    """Cut out the square around ``box``, 1.7 times its side, rotated by ``angle`` degrees and scaled by ``zoom``.

    Returns:
        the square ``(h, h)`` uint8, and the matrix ``(2, 3)`` that maps its points back into the image.
    """
    center = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    side = max(24, round(1.7 * zoom * float(box[2] - box[0])))
    there = cv2.getRotationMatrix2D((float(center[0]), float(center[1])), angle, zoom)
    there[:, 2] += np.array([side / 2 - center[0], side / 2 - center[1]])
    patch = cv2.warpAffine(gray, there, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return patch, cv2.invertAffineTransform(there)


def _rotated_back(box: np.ndarray, back: np.ndarray, zoom: float) -> np.ndarray:
    """Map a box of the rotated square to an upright one of the same side around the same center in the image."""
    half = (box[2] - box[0]) / 2 / zoom
    x, y = back @ np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, 1.0])
    return np.array([x - half, y - half, x + half, y + half], np.float32)


def _overlaps(a: np.ndarray, b: np.ndarray) -> bool:
    return float(shared(a[None], b[None])[0, 0]) > SAME


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two boxes of consecutive frames are probably the same face."""
    return _overlaps(a, b) and 0.6 < float(a[2] - a[0]) / float(b[2] - b[0]) < 1.67

"""The Haar cascade that ships with OpenCV, on a downscaled gray image.

Source: Viola & Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features", 2001.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import cv2.data
import numpy as np

from emotion_core.detect.base import Detections
from emotion_core.errors import DetectorError
from emotion_core.results import box_areas

CASCADE = "haarcascade_frontalface_default.xml"
# For one picture, which may take a tenth of a second: here the faces of a group are large enough for the cascade.
STILL_WIDTH = 1280


@dataclass(frozen=True)
class HaarOptions:
    """What the cascade looks for.

    Raises:
        DetectorError: a value is out of its range.
    """

    scale_factor: float = 1.2  # ratio of one window size to the next, 1.01–2: smaller finds more and takes longer
    min_neighbors: int = 4  # overlapping windows that make a face, 1–50: more lets fewer false positives through
    smallest_face: float = 0.1  # side of the smallest face, a fraction of the frame's shorter side, 0.01–1
    detect_width: int = 320  # pixels, 64–4096: wider frames are shrunk to this width before the search
    min_score: float = 1.0  # smallest level weight of the last stage: real faces mostly reach 3–9, chance finds below 2

    def __post_init__(self) -> None:
        limits = {
            "scale_factor": (1.01, 2.0),
            "min_neighbors": (1, 50),
            "smallest_face": (0.01, 1.0),
            "detect_width": (64, 4096),
            "min_score": (-100.0, 100.0),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise DetectorError(f"Expected {name} from {low:g} to {high:g}. Received: {value}")


class Cascade:
    """One loaded cascade, searching gray images.

    Raises:
        DetectorError: the file is absent or no cascade (OpenCV itself raises nothing then).
    """

    def __init__(self, path: Path | None = None) -> None:
        path = path or Path(cv2.data.haarcascades) / CASCADE
        self._classifier = cv2.CascadeClassifier(str(path))
        if self._classifier.empty():
            raise DetectorError(
                f"OpenCV's Haar cascade {path.name} cannot be loaded. "
                "Install opencv-python-headless below version 5 as requirements.txt says."
            )

    def search(
        self, gray: np.ndarray, scale_factor: float, min_neighbors: int, sides: tuple[int, int]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Faces of ``gray``, ``(h, w)`` uint8, with a side of ``sides`` (least, most) pixels, best first.

        Returns:
            boxes ``(n, 4)`` float32 x0 y0 x1 y1, and level weights ``(n,)`` float32.
        """
        if min(gray.shape) < max(24, sides[0]):  # the cascade's own window is 24 pixels wide
            return np.empty((0, 4), np.float32), np.empty(0, np.float32)
        found, _, weights = self._classifier.detectMultiScale3(
            gray,
            scaleFactor=scale_factor,
            minNeighbors=min_neighbors,
            minSize=(sides[0], sides[0]),
            maxSize=(sides[1], sides[1]),
            outputRejectLevels=True,
        )
        boxes = np.asarray(found, np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        scores = np.asarray(weights, np.float32).reshape(-1)
        # Several threads leave the faces in any order: sorted, the same frame gives the same answer.
        order = np.lexsort((boxes[:, 1], boxes[:, 0], -scores))
        return boxes[order], scores[order]


class HaarDetector:
    """Finds upright frontal faces; holds no memory of earlier frames.

    Raises:
        DetectorError: the cascade cannot be loaded.
    """

    name = "haar"
    strong_score = 4.0  # a face of this score shows at once, a weaker one once it persists (see `Tracker`)

    def __init__(self, options: HaarOptions | None = None) -> None:
        self.options = options or HaarOptions()
        self._cascade = Cascade()

    def detect(self, frame_bgr: np.ndarray, time_s: float = 0.0) -> Detections:
        """The faces of ``frame_bgr``, ``(h, w, 3)`` uint8, best first; scores are level weights, about 0–10."""
        gray, scale = shrink(frame_bgr, self.options.detect_width)
        boxes, scores = self._search(gray)
        return _to_frame(boxes, scores, scale, frame_bgr)

    def reset(self) -> None:
        """Forgets earlier frames: nothing to do here."""

    def _search(self, gray: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        options = self.options
        shorter = min(gray.shape)
        sides = (max(24, round(options.smallest_face * shorter)), shorter)
        boxes, scores = self._cascade.search(gray, options.scale_factor, options.min_neighbors, sides)
        good = scores >= options.min_score
        return _without_nested(boxes[good], scores[good])


def shrink(frame_bgr: np.ndarray, width: int) -> tuple[np.ndarray, float]:
    """``frame_bgr`` in gray, at most ``width`` pixels wide, and how many frame pixels one of its pixels is wide.

    The contrast stays as it is: the cascade normalises every window, and equalising added false positives only.
    """
    scale = max(1.0, frame_bgr.shape[1] / width)
    if scale > 1:
        size_wh = (width, max(1, round(frame_bgr.shape[0] / scale)))
        frame_bgr = cv2.resize(frame_bgr, size_wh, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(frame_bgr, cv2.COLOR_BGR2GRAY), scale


def _to_frame(boxes: np.ndarray, scores: np.ndarray, scale: float, frame_bgr: np.ndarray) -> Detections:
    """Boxes of the shrunk image as `Detections` inside the frame."""
    height, width = frame_bgr.shape[:2]
    limit = np.array([width, height, width, height], np.float32)
    return Detections(np.clip(boxes * scale, 0, limit).astype(np.float32), scores.astype(np.float32))


@dataclass(frozen=True)
class _Seen:
    """A face of the previous frame, in pixels of the shrunk image."""

    box: np.ndarray  # (4,) float32
    score: float
    angle: float = 0.0  # degrees by which the image was turned to find it
    sure: bool = False  # found with `SURE_SCORE` at least once: only such a face is searched less strictly


class FollowingHaarDetector(HaarDetector):
    """For the frames of one video: follows the faces that are there, and looks for new ones now and then.

    Where a face was in the previous frame, only its neighbourhood is searched, on a small picture of it. A face that
    was surely one is searched with fewer neighbours and, if it is not found upright, also turned to both sides. The
    whole frame is searched every `FULL_EVERY_S`, more often while there is no face, and when one got lost.

    Raises:
        DetectorError: the cascade cannot be loaded.
    """

    def __init__(self, options: HaarOptions | None = None) -> None:
        super().__init__(options)
        self._seen: list[_Seen] = []
        self._shape: tuple[int, ...] = ()
        self._searched_s: float | None = None  # when the whole frame was

    def detect(self, frame_bgr: np.ndarray, time_s: float = 0.0) -> Detections:
        """The faces of ``frame_bgr``, ``(h, w, 3)`` uint8, the frame of the same video at ``time_s``."""
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
        return _to_frame(boxes, np.array([face.score for face in faces], np.float32), scale, frame_bgr)

    def _full_search_due(self, time_s: float) -> bool:
        if self._searched_s is None or time_s <= self._searched_s:  # a clip that begins again, or has no times
            return True
        return time_s - self._searched_s >= (FULL_EVERY_S if self._seen else EMPTY_EVERY_S) - 1e-6

    def _with_others(self, gray: np.ndarray, faces: list[_Seen]) -> list[_Seen]:
        """``faces`` and what a search over the whole frame finds besides."""
        found = [self._known(box, float(score)) for box, score in zip(*self._search(gray), strict=True)]
        return faces + [other for other in found if all(_shared(other.box, face.box) <= 0.5 for face in faces)]

    def reset(self) -> None:
        """Forgets earlier frames."""
        self._seen = []
        self._searched_s = None

    def _known(self, box: np.ndarray, score: float) -> _Seen:
        """A face found upright; it is sure if it, or the sure face that it continues, scored enough."""
        sure = score >= SURE_SCORE or any(seen.sure and _same(seen.box, box) for seen in self._seen)
        return _Seen(box, score, sure=sure)

    def _search_again(self, gray: np.ndarray, seen: _Seen) -> _Seen | None:
        """The face near ``seen``, or None. A sure one may be tilted; the tilt that worked last comes first."""
        zoom = min(1.0, _AGAIN_SIDE / float(seen.box[2] - seen.box[0]))
        side = float(seen.box[2] - seen.box[0]) * zoom
        sides = (max(24, round(side * 0.75)), round(side * 1.35))
        neighbors = _AGAIN_NEIGHBORS if seen.sure else self.options.min_neighbors
        for angle in sorted(_TILTS, key=lambda tilt: abs(tilt - seen.angle)) if seen.sure else (0.0,):
            patch, back = _turned(gray, seen.box, angle, zoom)
            boxes, scores = self._cascade.search(patch, 1.1, neighbors, sides)
            if len(scores) and scores[0] >= self.options.min_score:
                box = _turned_back(boxes[0], back, zoom)
                if _shared(box, seen.box) > 0.5:
                    return _Seen(box, float(scores[0]), angle, seen.sure or float(scores[0]) >= SURE_SCORE)
        return None


FULL_EVERY_S = 0.2  # seconds; with the analysis that follows, a new face is found within 0.3 s
EMPTY_EVERY_S = 0.1  # while no face is known
SURE_SCORE = 4.0  # level weight that chance finds away from a face stayed below when measured
_TILTS = (0.0, -20.0, 20.0, -40.0, 40.0)  # degrees; the cascade itself tolerates about 15
_AGAIN_NEIGHBORS = 2
_AGAIN_SIDE = 56.0  # pixels to which a larger known face is shrunk: docs/performance.md has what other sizes brought


def _turned(gray: np.ndarray, box: np.ndarray, angle: float, zoom: float) -> tuple[np.ndarray, np.ndarray]:
    """The square around ``box``, 1.7 times its side, turned by ``angle`` degrees and scaled by ``zoom``, and the
    matrix that leads back."""
    center = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    side = max(24, round(1.7 * zoom * float(box[2] - box[0])))
    there = cv2.getRotationMatrix2D((float(center[0]), float(center[1])), angle, zoom)
    there[:, 2] += np.array([side / 2 - center[0], side / 2 - center[1]])
    patch = cv2.warpAffine(gray, there, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return patch, cv2.invertAffineTransform(there)


def _turned_back(box: np.ndarray, back: np.ndarray, zoom: float) -> np.ndarray:
    """An upright square of the same side around where the centre of ``box`` lies in the image."""
    half = (box[2] - box[0]) / 2 / zoom
    x, y = back @ np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, 1.0])
    return np.array([x - half, y - half, x + half, y + half], np.float32)


def _without_nested(boxes: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Leaves out a box that shares more than half of itself with a better one. The boxes come best first."""
    kept: list[int] = []
    for i in range(len(boxes)):
        if all(_shared(boxes[i], boxes[j]) <= 0.5 for j in kept):
            kept.append(i)
    return boxes[kept], scores[kept]


def _shared(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection of two boxes over the smaller one's area, 0–1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    return float(width * height / min(box_areas(a), box_areas(b)))


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two boxes are likely the same face in consecutive frames."""
    return _shared(a, b) > 0.5 and 0.6 < float(a[2] - a[0]) / float(b[2] - b[0]) < 1.67

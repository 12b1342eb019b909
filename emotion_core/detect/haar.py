"""The Haar cascade that ships with OpenCV, on a downscaled gray image.

Source: Viola & Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features", 2001.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import cv2.data
import numpy as np

from emotion_core.detect.base import Detections
from emotion_core.errors import DetectorError

CASCADE = "haarcascade_frontalface_default.xml"


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
    strong_score = 4.0

    def __init__(self, options: HaarOptions | None = None) -> None:
        self.options = options or HaarOptions()
        self._cascade = Cascade()

    def detect(self, frame_bgr: np.ndarray) -> Detections:
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
        return boxes[scores >= options.min_score], scores[scores >= options.min_score]


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
    angle: float  # degrees by which the image was turned to find it
    look: np.ndarray  # gray pixels of the box when the cascade last found it
    coasted: int = 0  # frames since then


class FollowingHaarDetector(HaarDetector):
    """For the frames of one video: keeps the faces that the upright cascade loses for a while.

    Where a face was in the previous frame and the search over the whole frame finds none, the neighbourhood is
    searched again with fewer neighbours, also turned to both sides. If that fails as well, the face is followed by
    its look (normalised correlation) for at most ``coast_frames`` frames.

    Raises:
        DetectorError: the cascade cannot be loaded.
    """

    def __init__(self, options: HaarOptions | None = None, *, coast_frames: int = 30) -> None:
        super().__init__(options)
        self._coast_frames = coast_frames
        self._seen: list[_Seen] = []
        self._shape: tuple[int, ...] = ()

    def detect(self, frame_bgr: np.ndarray) -> Detections:
        """The faces of ``frame_bgr``, ``(h, w, 3)`` uint8, the next frame of the same video; best first."""
        gray, scale = shrink(frame_bgr, self.options.detect_width)
        if gray.shape != self._shape:
            self.reset()
            self._shape = gray.shape
        boxes, scores = self._search(gray)
        known = [_Seen(box, 0.0, _cut(gray, box)) for box in boxes]
        found = [(seen, float(score)) for seen, score in zip(known, scores, strict=True)]
        for seen in self._seen:
            if any(_overlap(seen.box, other.box) > 0.2 for other, _ in found):
                continue
            again = self._search_again(gray, seen) or self._coast(gray, seen)
            if again is not None:
                found.append(again)
        self._seen = [seen for seen, _ in found]
        return _to_frame(
            np.array([seen.box for seen, _ in found], np.float32).reshape(-1, 4),
            np.array([score for _, score in found], np.float32),
            scale,
            frame_bgr,
        )

    def reset(self) -> None:
        """Forgets earlier frames."""
        self._seen = []

    def _search_again(self, gray: np.ndarray, seen: _Seen) -> tuple[_Seen, float] | None:
        """The face near ``seen``, perhaps tilted, or None."""
        side = float(seen.box[2] - seen.box[0])
        for angle in sorted(_TILTS, key=lambda tilt: abs(tilt - seen.angle)):
            patch, back = _turned(gray, seen.box, angle)
            sides = (max(24, round(side * 0.75)), round(side * 1.35))
            boxes, scores = self._cascade.search(patch, 1.1, _AGAIN_NEIGHBORS, sides)
            if len(scores) and scores[0] >= _AGAIN_SCORE:
                box = _turned_back(boxes[0], back)
                if _overlap(box, seen.box) > 0.3:
                    return _Seen(box, angle, _cut(gray, box)), float(scores[0])
        return None

    def _coast(self, gray: np.ndarray, seen: _Seen) -> tuple[_Seen, float] | None:
        """Where the look of ``seen`` is now, or None when it is gone or was coasted for too long."""
        if seen.coasted >= self._coast_frames or not seen.look.size:
            return None
        height, width = seen.look.shape
        reach = round(0.25 * width)
        x, y = max(0, round(float(seen.box[0])) - reach), max(0, round(float(seen.box[1])) - reach)
        area = gray[y : y + height + 2 * reach, x : x + width + 2 * reach]
        if area.shape[0] < height or area.shape[1] < width:
            return None
        _, likeness, _, (dx, dy) = cv2.minMaxLoc(cv2.matchTemplate(area, seen.look, cv2.TM_CCOEFF_NORMED))
        if likeness < _LIKENESS:
            return None
        box = np.array([x + dx, y + dy, x + dx + width, y + dy + height], np.float32)
        return replace(seen, box=box, coasted=seen.coasted + 1), self.options.min_score


_TILTS = (0.0, -20.0, 20.0, -40.0, 40.0)  # degrees; the cascade itself tolerates about 15
_AGAIN_NEIGHBORS = 2
_AGAIN_SCORE = 0.0
_LIKENESS = 0.6


def _cut(gray: np.ndarray, box: np.ndarray) -> np.ndarray:
    x0, y0, x1, y1 = box.round().astype(int).clip(0)
    return gray[y0:y1, x0:x1]


def _turned(gray: np.ndarray, box: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """The square around ``box``, 1.7 times its side, turned by ``angle`` degrees, and the matrix that leads back."""
    center = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    side = max(24, round(1.7 * float(box[2] - box[0])))
    there = cv2.getRotationMatrix2D((float(center[0]), float(center[1])), angle, 1.0)
    there[:, 2] += np.array([side / 2 - center[0], side / 2 - center[1]])
    patch = cv2.warpAffine(gray, there, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return patch, cv2.invertAffineTransform(there)


def _turned_back(box: np.ndarray, back: np.ndarray) -> np.ndarray:
    """An upright square of the same side around where the centre of ``box`` lies in the image."""
    half = (box[2] - box[0]) / 2
    x, y = back @ np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, 1.0])
    return np.array([x - half, y - half, x + half, y + half], np.float32)


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return float(both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both))

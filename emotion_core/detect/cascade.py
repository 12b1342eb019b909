"""The Haar cascades that ship with OpenCV.

Source: Viola & Jones, "Rapid Object Detection using a Boosted Cascade of Simple Features", 2001.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import cv2.data
import numpy as np

from emotion_core.errors import DetectorError

FRONTAL = "haarcascade_frontalface_default.xml"
FRONTAL_ALT = "haarcascade_frontalface_alt2.xml"
PROFILE = "haarcascade_profileface.xml"  # of faces that look to the left


class Cascade:
    """A loaded cascade, which searches gray images.

    Raises:
        DetectorError: the file is missing or is not a cascade. (OpenCV itself raises nothing then.)
    """

    def __init__(self, path: Path | str = FRONTAL) -> None:
        path = Path(cv2.data.haarcascades) / path
        self._classifier = cv2.CascadeClassifier(str(path))
        if self._classifier.empty():
            raise DetectorError(
                "OpenCV's Haar cascade {name} cannot be loaded. Install opencv-python-headless below version 5 "
                "as requirements.txt says.",
                name=path.name,
            )
        self.side = int(self._classifier.getOriginalWindowSize()[0])  # of its own window, in pixels

    def search(
        self, gray: np.ndarray, scale_factor: float, min_neighbors: int, sides: tuple[int, int]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Find faces in an image, best first.

        Args:
            gray: ``(h, w)`` uint8.
            sides: smallest and largest side of a face, in pixels.

        Returns:
            boxes ``(n, 4)`` float32 x0 y0 x1 y1, and level weights ``(n,)`` float32.
        """
        if min(gray.shape) < max(self.side, sides[0]):
            return np.empty((0, 4), np.float32), np.empty(0, np.float32)
        found, _, weights = self._classifier.detectMultiScale3(
            gray,
            scaleFactor=scale_factor,
            minNeighbors=min_neighbors,
            minSize=(sides[0], sides[0]),
            maxSize=(sides[1], sides[1]),
            outputRejectLevels=True,
        )
        boxes = _boxes(found)
        scores = np.asarray(weights, np.float32).reshape(-1)
        # OpenCV's threads return faces in any order. Sorted, the same frame always gives the same result.
        order = np.lexsort((boxes[:, 1], boxes[:, 0], -scores))
        return boxes[order], scores[order]

    def windows(self, gray: np.ndarray, scale_factor: float, sides: tuple[int, int]) -> np.ndarray:
        """Return every window that passes the cascade, not grouped, as boxes ``(n, 4)`` float32; see `search`."""
        if min(gray.shape) < max(self.side, sides[0]):
            return np.empty((0, 4), np.float32)
        found = self._classifier.detectMultiScale(
            gray, scaleFactor=scale_factor, minNeighbors=0, minSize=(sides[0], sides[0]), maxSize=(sides[1], sides[1])
        )
        boxes = _boxes(found)
        return boxes[np.lexsort((boxes[:, 3], boxes[:, 1], boxes[:, 0]))]


def _boxes(found_xywh: object) -> np.ndarray:
    """Turn OpenCV's rows x y w h into boxes ``(n, 4)`` float32; OpenCV returns an empty tuple for none."""
    boxes = np.asarray(found_xywh, np.float32).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    return boxes

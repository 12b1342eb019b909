"""Places where a face may be: every window that passes a Haar cascade, upright, tilted, or seen from the side."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from emotion_core.detect.cascade import FRONTAL, FRONTAL_ALT, PROFILE, Cascade
from emotion_core.detect.squares import as_squares

WINDOW = 24  # pixels: about the side of the cascades' own windows, and so of the smallest face in a searched image


@dataclass(frozen=True)
class Search:
    """One pass of one cascade over an image.

    cascade: its file.
    tilt: degrees, clockwise, of the faces that the cascade sees as upright.
    mirrored: search the mirror image: faces that look to the right.
    """

    cascade: str = FRONTAL
    tilt: float = 0.0
    mirrored: bool = False


UPRIGHT = (Search(FRONTAL), Search(FRONTAL_ALT))
SIDEWAYS = (Search(PROFILE), Search(PROFILE, mirrored=True))
TILTED = (Search(FRONTAL, 25.0), Search(FRONTAL, -25.0), Search(FRONTAL_ALT, 25.0), Search(FRONTAL_ALT, -25.0))


class Proposer:
    """Searches gray images with any of the cascades, which it loads once.

    Raises:
        DetectorError: a cascade cannot be loaded.
    """

    def __init__(self) -> None:
        self._cascades = {name: Cascade(name) for name in (FRONTAL, FRONTAL_ALT, PROFILE)}

    def propose(
        self,
        gray: np.ndarray,
        search: Search,
        scale_factor: float,
        smallest: float,
        largest: float = math.inf,
    ) -> np.ndarray:
        """Return squares ``(n, 4)`` where a face may be, often several around the same one.

        Args:
            gray: ``(h, w)`` uint8; it is shrunk so that the smallest face is as wide as a cascade's window.
            scale_factor: ratio of one window size to the next.
            smallest, largest: sides of a face, in pixels.
        """
        shrunk = max(1.0, smallest / WINDOW)
        size_wh = (max(1, round(gray.shape[1] / shrunk)), max(1, round(gray.shape[0] / shrunk)))
        image = cv2.resize(gray, size_wh, interpolation=cv2.INTER_AREA) if shrunk > 1 else gray
        sides = (max(WINDOW, round(smallest / shrunk)), round(min(largest / shrunk, min(image.shape))))
        image, back = _turned(image, search)
        squares = as_squares(self._cascades[search.cascade].windows(image, scale_factor, sides), search.tilt)
        if back is not None:
            squares[:, :2] = squares[:, :2] @ back[:, :2].T + back[:, 2]
        squares[:, :3] *= shrunk
        return squares


def along_border(size_wh: tuple[int, int], smallest: float) -> np.ndarray:
    """Return squares ``(n, 4)`` along the border of an image, where a face may be cut off: no cascade sees half a face.

    Args:
        size_wh: of the image, pixels.
        smallest: side of the smallest square, pixels; the largest are two thirds of the shorter side.
    """
    width, height = size_wh
    rows: list[tuple[float, float, float, float]] = []
    side = smallest
    while side <= min(size_wh) * 2 / 3:
        for inside in (0.1 * side, 0.3 * side):
            xs, ys = np.arange(0, width, 0.3 * side), np.arange(0, height, 0.3 * side)
            rows += [(x, y, side, 0.0) for x in xs for y in (inside, height - inside)]
            rows += [(x, y, side, 0.0) for y in ys for x in (inside, width - inside)]
        side *= 1.5
    return np.array(rows, np.float32).reshape(-1, 4)


def _turned(gray: np.ndarray, search: Search) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the image as the cascade is to see it, and the matrix ``(2, 3)`` that maps its edges back."""
    height, width = gray.shape
    if search.mirrored:
        return cv2.flip(gray, 1), np.array([[-1.0, 0.0, width], [0.0, 1.0, 0.0]])
    if not search.tilt:
        return gray, None
    # OpenCV's angles run counterclockwise: turning by the tilt levels a face that is tilted clockwise. The corners are
    # cut off; a face so near to one is found by another search.
    there = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), search.tilt, 1.0)
    image = cv2.warpAffine(gray, there, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    edges = cv2.getRotationMatrix2D((width / 2, height / 2), search.tilt, 1.0)
    return image, cv2.invertAffineTransform(edges)

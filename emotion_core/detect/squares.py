"""Tilted squares around faces, and the windows that are cut out along them.

A square is a row ``(4,)`` float32: center x, center y and side in pixels, and the tilt in degrees, clockwise as seen on
the screen. Coordinates are those of edges, as everywhere: the first pixel reaches from 0 to 1.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

WINDOW = 48  # pixels of a window's side


def as_squares(boxes_xyxy: np.ndarray, tilt: float = 0.0) -> np.ndarray:
    """Return the squares ``(n, 4)`` around the centers of boxes ``(n, 4)``, as large as the longer side of each.

    >>> as_squares(np.array([[10, 20, 30, 40]])).tolist()
    [[20.0, 30.0, 20.0, 0.0]]
    """
    boxes = np.asarray(boxes_xyxy, np.float32).reshape(-1, 4)
    sides = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    return np.column_stack([centers, sides, np.full(len(boxes), tilt)]).astype(np.float32)


def as_boxes(squares: np.ndarray) -> np.ndarray:
    """Return upright boxes ``(n, 4)`` x0 y0 x1 y1 of the same sides around the same centers.

    >>> as_boxes(np.array([[20, 30, 20, 15]], np.float32)).tolist()
    [[10.0, 20.0, 30.0, 40.0]]
    """
    half = squares[:, 2:3] / 2
    return np.concatenate([squares[:, :2] - half, squares[:, :2] + half], axis=1).astype(np.float32)


def moved(squares: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Return squares moved by offsets ``(n, 4)``.

    An offset is the way to the new center along the square's own axes, in sides; the logarithm of the ratio of the
    sides; and the tilt to add, in degrees.

    >>> moved(np.array([[50, 50, 20, 90]], np.float32), np.array([[0.5, 0, 0, -90]])).round(3).tolist()
    [[50.0, 60.0, 20.0, 0.0]]
    """
    radians = np.radians(squares[:, 3])
    cosine, sine = np.cos(radians), np.sin(radians)
    along, across = offsets[:, 0] * squares[:, 2], offsets[:, 1] * squares[:, 2]
    return np.column_stack(
        [
            squares[:, 0] + cosine * along - sine * across,
            squares[:, 1] + sine * along + cosine * across,
            squares[:, 2] * np.exp(offsets[:, 2]),
            squares[:, 3] + offsets[:, 3],
        ]
    ).astype(np.float32)


def offsets_to(squares: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the offsets ``(n, 4)`` that move squares to ``target``, ``(n, 4)`` or ``(4,)``: the inverse of `moved`."""
    radians = np.radians(squares[:, 3])
    cosine, sine = np.cos(radians), np.sin(radians)
    way = (target[..., :2] - squares[:, :2]) / squares[:, 2:3]
    return np.column_stack(
        [
            cosine * way[:, 0] + sine * way[:, 1],
            cosine * way[:, 1] - sine * way[:, 0],
            np.log(target[..., 2] / squares[:, 2]),
            target[..., 3] - squares[:, 3],
        ]
    ).astype(np.float32)


def cut_square(
    image: np.ndarray, square: np.ndarray, side: int, scale_xy: tuple[float, float] = (1.0, 1.0)
) -> np.ndarray:
    """Cut out a square, leveled by its tilt; outside the image, its border pixels repeat.

    Args:
        image: ``(h, w)`` or ``(h, w, 3)`` uint8.
        square: ``(4,)``.
        side: of the result, pixels.
        scale_xy: pixels of the image to each pixel that the square is stated in.

    Returns:
        ``(side, side)`` or ``(side, side, 3)`` uint8.
    """
    x, y, size, tilt = (float(value) for value in square)
    step_x, step_y = (size / side * scale for scale in scale_xy)
    cosine, sine, middle = math.cos(math.radians(tilt)), math.sin(math.radians(tilt)), side / 2 - 0.5
    into = np.array(
        [
            [cosine * step_x, -sine * step_x, x * scale_xy[0] - 0.5 - (cosine - sine) * middle * step_x],
            [sine * step_y, cosine * step_y, y * scale_xy[1] - 0.5 - (sine + cosine) * middle * step_y],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, into, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE)


class Pyramid:
    """A gray image ``(h, w)`` uint8 and copies of it, each half as large as the one before.

    Each window is cut from the copy that fits its size best, so that shrinking needs no filter of its own.
    """

    def __init__(self, gray: np.ndarray) -> None:
        self.levels = [gray]
        while min(self.levels[-1].shape) >= 2 * WINDOW:
            height, width = self.levels[-1].shape
            self.levels.append(cv2.resize(self.levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA))

    def windows(self, squares: np.ndarray) -> np.ndarray:
        """Cut out the windows around squares ``(n, 4)``, leveled by their tilts; the border's pixels repeat.

        Returns:
            ``(n, 48, 48)`` uint8.
        """
        if not len(squares):
            return np.empty((0, WINDOW, WINDOW), np.uint8)
        return np.stack([self._cut(square) for square in squares])

    def _cut(self, square: np.ndarray) -> np.ndarray:
        level = min(len(self.levels) - 1, max(0, round(np.log2(max(float(square[2]) / WINDOW, 1e-6)))))
        image = self.levels[level]
        # A level's size is rounded down, so its scale is not exactly a power of two.
        scale_x = image.shape[1] / self.levels[0].shape[1]
        scale_y = image.shape[0] / self.levels[0].shape[0]
        return cut_square(image, square, WINDOW, (scale_x, scale_y))

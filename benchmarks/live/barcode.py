"""A frame number as black and white blocks in the lowest rows of a frame, large enough to survive a video codec.

Sixteen cells: white, black, ten bits (highest first), the parities of the even and of the odd bits, white, black.
A mirrored frame begins with black, white, and is read from the right. `reader.js` reads the same code in the browser.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CELLS = 16
BITS = 10
HEIGHT = 1 / 15  # share of the frame's height: 32 of 480 rows
_WHITE, _BLACK = 235, 16
_LEAST_CONTRAST = 60


@dataclass(frozen=True)
class Code:
    """What the bar code of a frame says."""

    number: int
    mirrored: bool


def rows(height: int) -> int:
    """Return how many rows the code takes in a frame of this height."""
    return round(height * HEIGHT)


def cells(number: int) -> list[int]:
    """Return the sixteen cells of a number, 1 for white.

    Raises:
        ValueError: the number needs more than ten bits.
    """
    if not 0 <= number < 1 << BITS:
        raise ValueError(f"Expected a frame number of 0 to {(1 << BITS) - 1}. Received: {number}")
    bits = [number >> (BITS - 1 - i) & 1 for i in range(BITS)]
    return [1, 0, *bits, sum(bits[::2]) % 2, sum(bits[1::2]) % 2, 1, 0]


def draw(frame_bgr: np.ndarray, number: int) -> None:
    """Write the code into the lowest rows of ``frame_bgr``, ``(h, w, 3)`` uint8, in place."""
    height, width = frame_bgr.shape[:2]
    edges = np.linspace(0, width, CELLS + 1).round().astype(int)
    for value, left, right in zip(cells(number), edges, edges[1:], strict=False):
        frame_bgr[height - rows(height) :, left:right] = _WHITE if value else _BLACK


def read(gray: np.ndarray) -> Code | None:
    """Return the code in the lowest rows of ``gray``, ``(h, w)`` uint8; None without a valid one."""
    height, width = gray.shape
    band = rows(height)
    strip = gray[height - 3 * band // 4 : height - band // 4]
    centers = (np.arange(CELLS) + 0.5) * width / CELLS
    half = max(1, width // CELLS // 4)
    values = [float(strip[:, round(x) - half : round(x) + half].mean()) for x in centers]
    if abs(values[0] - values[1]) < _LEAST_CONTRAST:
        return None
    mirrored = values[0] < values[1]
    middle = (values[0] + values[1]) / 2
    found = [int(value > middle) for value in (values[::-1] if mirrored else values)]
    number = int("".join(map(str, found[2 : 2 + BITS])), 2)
    return Code(number, mirrored) if found == cells(number) else None

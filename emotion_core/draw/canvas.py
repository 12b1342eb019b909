"""What `annotate` draws on: a BGR picture, or the three planes that a video codec takes. Neither is converted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from emotion_core.draw.text import FONT, blend, mask, plain

Color = tuple[int, int, int]  # blue, green, red
Point = tuple[int, int]  # x, y


class Canvas(Protocol):
    """Something to draw on; positions are pixels of the picture, from its upper left corner.

    size_wh: width and height.
    """

    @property
    def size_wh(self) -> tuple[int, int]: ...

    def frame(self, low: Point, high: Point, color: Color, thickness: int) -> None:
        """Draw the outline of a rectangle."""

    def fill(self, low: Point, high: Point, color: Color) -> None:
        """Fill a rectangle that includes both corners."""

    def dim(self, low: Point, high: Point, share: float) -> None:
        """Darken a rectangle to ``share``, 0–1, of its brightness; ``high`` is outside it."""

    def text(self, words: str, at: Point, scale: float, color: Color, thickness: int) -> None:
        """Write words whose baseline begins at ``at``."""


@dataclass(frozen=True)
class BgrCanvas:
    """A picture, ``(h, w, 3)`` uint8, changed in place."""

    pixels: np.ndarray

    @property
    def size_wh(self) -> tuple[int, int]:
        """See `Canvas`."""
        return self.pixels.shape[1], self.pixels.shape[0]

    def frame(self, low: Point, high: Point, color: Color, thickness: int) -> None:
        """See `Canvas`."""
        cv2.rectangle(self.pixels, low, high, color, thickness, cv2.LINE_AA)

    def fill(self, low: Point, high: Point, color: Color) -> None:
        """See `Canvas`."""
        cv2.rectangle(self.pixels, low, high, color, cv2.FILLED)

    def dim(self, low: Point, high: Point, share: float) -> None:
        """See `Canvas`."""
        patch = self.pixels[low[1] : high[1], low[0] : high[0]]
        patch[:] = (patch * share).astype(np.uint8)

    def text(self, words: str, at: Point, scale: float, color: Color, thickness: int) -> None:
        """See `Canvas`."""
        if plain(words):
            cv2.putText(self.pixels, words, at, FONT, scale, color, thickness, cv2.LINE_AA)
            return
        coverage, above = mask(words, scale)
        blend(self.pixels, coverage, (at[0], at[1] - above), color)


@dataclass(frozen=True)
class PlanarCanvas:
    """The planes of an I420 picture, changed in place; a codec takes them as they are.

    The chroma planes have half the resolution, so colors end up to a pixel beside their shapes. Drawing on the planes
    leaves all other pixels as the camera sent them, and saves converting the whole frame to BGR and back.

    luma: ``(h, w)`` uint8, 16–235.
    chroma_blue, chroma_red: ``(⌈h / 2⌉, ⌈w / 2⌉)`` uint8, 16–240.
    """

    luma: np.ndarray
    chroma_blue: np.ndarray
    chroma_red: np.ndarray

    @property
    def size_wh(self) -> tuple[int, int]:
        """See `Canvas`."""
        return self.luma.shape[1], self.luma.shape[0]

    def frame(self, low: Point, high: Point, color: Color, thickness: int) -> None:
        """See `Canvas`."""
        self._rectangle(low, high, color, thickness, max(1, (thickness + 1) // 2))

    def fill(self, low: Point, high: Point, color: Color) -> None:
        """See `Canvas`."""
        self._rectangle(low, high, color, cv2.FILLED, cv2.FILLED)

    def dim(self, low: Point, high: Point, share: float) -> None:
        """See `Canvas`."""
        (x0, y0), (x1, y1) = low, high
        # 16 is black in the luma plane, 128 is gray in the chroma planes.
        for plane, zero, k in ((self.luma, 16, 1), (self.chroma_blue, 128, 2), (self.chroma_red, 128, 2)):
            patch = plane[y0 // k : y1 // k, x0 // k : x1 // k]
            patch[:] = ((patch - np.float32(zero)) * share + zero).astype(np.uint8)

    def text(self, words: str, at: Point, scale: float, color: Color, thickness: int) -> None:
        """See `Canvas`."""
        y, u, v = yuv(color)
        if not plain(words):
            coverage, above = mask(words, scale)
            corner = at[0], at[1] - above
            blend(self.luma, coverage, corner, y)
            half = cv2.resize(coverage, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            for plane, value in ((self.chroma_blue, u), (self.chroma_red, v)):
                blend(plane, half, _half(corner), value)
            return
        cv2.putText(self.luma, words, at, FONT, scale, y, thickness, cv2.LINE_AA)
        for plane, value in ((self.chroma_blue, u), (self.chroma_red, v)):
            cv2.putText(plane, words, _half(at), FONT, scale / 2, value, 1, cv2.LINE_AA)

    def _rectangle(self, low: Point, high: Point, color: Color, thickness: int, chroma_thickness: int) -> None:
        y, u, v = yuv(color)
        cv2.rectangle(self.luma, low, high, y, thickness)
        for plane, value in ((self.chroma_blue, u), (self.chroma_red, v)):
            cv2.rectangle(plane, _half(low), _half(high), value, chroma_thickness)


def _half(point: Point) -> Point:
    return point[0] // 2, point[1] // 2


def yuv(color: Color) -> tuple[int, int, int]:
    """Return a color's luma and chroma in the limited range of ITU-R BT.601, as webcams send them."""
    blue, green, red = (value / 255 for value in color)
    luma = 16 + 65.481 * red + 128.553 * green + 24.966 * blue
    chroma_blue = 128 - 37.797 * red - 74.203 * green + 112.0 * blue
    chroma_red = 128 + 112.0 * red - 93.786 * green - 18.214 * blue
    return round(luma), round(chroma_blue), round(chroma_red)

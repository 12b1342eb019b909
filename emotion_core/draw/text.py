"""Words on pictures: in OpenCV's font where its letters suffice, else in one with Hangul."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import ImageFont

FONT = cv2.FONT_HERSHEY_DUPLEX  # has the letters of ASCII only
HANGUL = Path(__file__).with_name("hangul.ttf")
_EM = 30.0  # pixels of the other font at which it looks as large as OpenCV's at scale 1


def plain(words: str) -> bool:
    """Whether OpenCV's font has all letters of ``words``.

    >>> plain("happy 70%"), plain("기쁨 70%")
    (True, False)
    """
    return words.isascii()


def text_size(words: str, scale: float, thickness: int) -> tuple[int, int, int]:
    """Return the width, the height above the baseline and the depth below it, in pixels.

    Args:
        scale: 1 for letters of about 22 pixels.
        thickness: of the lines, pixels; the font with Hangul has its own.
    """
    if plain(words):
        (width, height), base = cv2.getTextSize(words, FONT, scale, thickness)
        return width, height, base
    coverage, above = mask(words, scale)
    return coverage.shape[1], above, coverage.shape[0] - above


def font(words: str, size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's font for ``words`` at ``size`` pixels."""
    latin = all(ord(letter) < 0x1100 or 0x2000 <= ord(letter) < 0x3000 for letter in words)
    return ImageFont.load_default(size) if latin else _hangul(round(size))


@lru_cache(maxsize=32)
def _hangul(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(HANGUL, size)


@lru_cache(maxsize=512)  # a label is drawn on many frames
def mask(words: str, scale: float) -> tuple[np.ndarray, int]:
    """Return how much of each pixel the words cover, and how many rows stand above the baseline.

    Returns:
        ``(h, w)`` uint8 that nobody may change, and a number.
    """
    letters = _hangul(max(6, round(_EM * scale)))
    drawn = letters.getmask(words, mode="L")
    width, height = drawn.size
    coverage = np.array(drawn, np.uint8).reshape(height, width)
    coverage.flags.writeable = False
    return coverage, round(-letters.getbbox(words, anchor="ls")[1])


def blend(plane: np.ndarray, coverage: np.ndarray, corner: tuple[int, int], value: object) -> None:
    """Lay ``value`` over ``plane`` where ``coverage`` says, in place; what lies outside the plane is left out.

    Args:
        plane: ``(h, w)`` or ``(h, w, 3)`` uint8.
        coverage: ``(h, w)`` uint8, 255 where the words cover a pixel whole.
        corner: x and y of the coverage's upper left corner.
        value: a number, or three.
    """
    x, y = corner
    left, top = max(0, -x), max(0, -y)
    part = coverage[top : plane.shape[0] - y, left : plane.shape[1] - x]
    if not part.size:
        return
    patch = plane[y + top : y + top + part.shape[0], x + left : x + left + part.shape[1]]
    share = part.astype(np.float32) / 255
    if plane.ndim == 3:
        share = share[..., None]
    patch[:] = np.rint(patch + share * (np.asarray(value, np.float32) - patch)).astype(np.uint8)

"""The frames of a live video as their codec holds them: three planes, copied and mirrored without a conversion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    import av

I420 = "yuv420p"


def copied(frame: av.VideoFrame, *, mirror: bool = False) -> av.VideoFrame:
    """An I420 copy of ``frame`` that may be drawn on, left and right exchanged if asked for.

    The decoder may still need the frame's own memory. The copy has no time yet.
    """
    import av

    source = frame if frame.format.name == I420 else frame.reformat(format=I420)
    copy = av.VideoFrame(source.width, source.height, I420)
    for there, here in zip(planes(copy), planes(source), strict=True):
        if mirror:
            cv2.flip(here, 1, dst=there)
        else:
            np.copyto(there, here)
    return copy


def to_bgr(frame: av.VideoFrame, *, mirror: bool = False) -> np.ndarray:
    """``frame`` as ``(h, w, 3)`` uint8, left and right exchanged if asked for."""
    pixels = frame.to_ndarray(format="bgr24")
    return cv2.flip(pixels, 1) if mirror else pixels


def planes(frame: av.VideoFrame) -> tuple[np.ndarray, ...]:
    """The planes of an I420 frame as ``(h, w)`` uint8 views of the frame's memory, whose rows may be padded."""
    return tuple(
        np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
        for plane in frame.planes
    )

"""Video frames as the codec holds them: three planes, viewed, copied and mirrored without converting colors."""

from __future__ import annotations

import av
import cv2
import numpy as np

I420 = "yuv420p"


def planes(frame: av.VideoFrame) -> tuple[np.ndarray, ...]:
    """Return the planes of an I420 frame (Y, U, V) as ``(h, w)`` uint8 views of the frame's own memory.

    The codec pads each row to `line_size` bytes, so the views are usually not contiguous.
    """
    return tuple(
        np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
        for plane in frame.planes
    )


def copied(frame: av.VideoFrame, *, mirror: bool = False) -> av.VideoFrame:
    """Return an I420 copy of ``frame`` to draw on, mirrored left to right if asked for.

    A copy is needed because the decoder may still predict other frames from the memory of this one. The copy has no
    time stamp yet.
    """
    source = frame if frame.format.name == I420 else frame.reformat(format=I420)
    copy = av.VideoFrame(source.width, source.height, I420)
    for target_plane, source_plane in zip(planes(copy), planes(source), strict=True):
        if mirror:
            cv2.flip(source_plane, 1, dst=target_plane)
        else:
            np.copyto(target_plane, source_plane)
    return copy


def to_bgr(frame: av.VideoFrame, *, mirror: bool = False) -> np.ndarray:
    """Return ``frame`` as ``(h, w, 3)`` uint8 BGR, mirrored left to right if asked for."""
    frame_bgr = frame.to_ndarray(format="bgr24")
    return cv2.flip(frame_bgr, 1) if mirror else frame_bgr

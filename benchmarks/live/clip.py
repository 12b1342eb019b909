"""The fake camera's clips: a portrait that pans along a known path, once or four times, with the frame's number below.

The portrait is the one of `scripts.make_sample_clip`. Chromium shows Motion JPEG at 30 frames per second, in a loop.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from skimage.data import astronaut

from benchmarks.live import barcode
from scripts.make_sample_clip import FACE_XY, SIZE_WH

RATE = 30
PERIOD = 4 * RATE  # frames of one pan, there and back
FRAMES = 2 * PERIOD
# Of each face: centre and half the way it pans, in pixels, and when in the period it begins.
_ONE = [(320.0, 215.0, 110.0, 0.0)]
_FOUR = [(160.0, 105.0, 35.0, 0.0), (480.0, 105.0, 35.0, 0.25), (160.0, 329.0, 35.0, 0.5), (480.0, 329.0, 35.0, 0.75)]
_ZOOM = {1: 1.6, 4: 1.0}
_TILE_WH = {1: (640, 448), 4: (320, 224)}


def faces(count: int) -> list[tuple[float, float, float, float]]:
    """The faces of a clip: centre x and y, half the way of the pan, begin of the pan as a share of its period."""
    return {1: _ONE, 4: _FOUR}[count]


def face_x(number: float, face: tuple[float, float, float, float]) -> float:
    """Where a face's centre is in frame ``number``, in pixels from the left."""
    x, _, way, begin = face
    return float(x + way * np.sin(2 * np.pi * (number / PERIOD + begin)))


def picture(portrait_bgr: np.ndarray, number: int, count: int) -> np.ndarray:
    """Frame ``number`` with ``count`` faces, ``(480, 640, 3)`` uint8."""
    frame = np.zeros((SIZE_WH[1], SIZE_WH[0], 3), np.uint8)
    width, height = _TILE_WH[count]
    for face in faces(count):
        left, top = int(face[0] // width) * width, int(face[1] // height) * height
        at = (face_x(number, face) - left, face[1] - top)
        matrix = np.array([[_ZOOM[count], 0, 0], [0, _ZOOM[count], 0]], np.float64)
        matrix[:, 2] = np.array(at) - _ZOOM[count] * np.array(FACE_XY)
        frame[top : top + height, left : left + width] = cv2.warpAffine(
            portrait_bgr, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
        )
    barcode.draw(frame, number)
    return frame


def write(path: Path, count: int) -> None:
    """Motion JPEG, as Chromium takes it for a camera."""
    portrait_bgr = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR)
    with av.open(str(path), "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", rate=Fraction(RATE))
        stream.width, stream.height = SIZE_WH
        stream.pix_fmt = "yuvj420p"
        stream.options = {"q:v": "4"}
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(picture(portrait_bgr, number, count), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())

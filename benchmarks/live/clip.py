"""Clips for the fake camera: one portrait, or four, panning along a known path above the frame's number.

The portrait is that of `scripts.make_sample_clip`. Chromium plays Motion JPEG at 30 frames per second, in a loop.
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
PERIOD = 4 * RATE  # frames of one pan, back and forth
FRAMES = 2 * PERIOD
# For each face: x and y of its center and the amplitude of its pan, in pixels; its phase as a share of the period.
_ONE = [(320.0, 215.0, 110.0, 0.0)]
_FOUR = [(160.0, 105.0, 35.0, 0.0), (480.0, 105.0, 35.0, 0.25), (160.0, 329.0, 35.0, 0.5), (480.0, 329.0, 35.0, 0.75)]
_ZOOM = {1: 1.6, 4: 1.0}
_TILE_WH = {1: (640, 448), 4: (320, 224)}


def faces(count: int) -> list[tuple[float, float, float, float]]:
    """Return the faces of a clip: x and y of the center, amplitude of the pan, phase as a share of the period."""
    return {1: _ONE, 4: _FOUR}[count]


def face_x(number: float, face: tuple[float, float, float, float]) -> float:
    """Return where the center of a face is in frame ``number``, in pixels from the left."""
    x, _, amplitude, phase = face
    return float(x + amplitude * np.sin(2 * np.pi * (number / PERIOD + phase)))


def picture(portrait_bgr: np.ndarray, number: int, count: int) -> np.ndarray:
    """Return frame ``number`` with ``count`` faces, ``(480, 640, 3)`` uint8."""
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
    """Write a clip with ``count`` faces as Motion JPEG, which Chromium accepts as a camera."""
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

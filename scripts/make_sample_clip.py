"""Make assets/sample.mp4: a public-domain portrait, panned and zoomed as if by a hand-held camera.

    python scripts/make_sample_clip.py [OUTPUT]

The portrait is `skimage.data.astronaut()`: Eileen Collins, photographed by NASA, in the public domain.
An OUTPUT that ends in .mjpeg is written as Motion JPEG, which Chromium accepts as a fake camera.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from skimage.data import astronaut

FACE_XY = (224.0, 112.0)  # center of the face in the portrait
SIZE_WH = (640, 480)
RATE = Fraction(25)
SECONDS = 8


def view(picture_bgr: np.ndarray, phase: float) -> np.ndarray:
    """Return the portrait as seen at ``phase`` (0–1; 1 looks like 0), ``(480, 640, 3)`` uint8."""
    turn = 2 * np.pi * phase
    zoom = 1.9 + 0.35 * np.sin(turn)
    center = (FACE_XY[0] + 28 * np.sin(2 * turn), FACE_XY[1] + 30 + 14 * np.cos(turn))
    matrix = cv2.getRotationMatrix2D(center, 3.0 * np.sin(turn), zoom)
    matrix[:, 2] += np.array(SIZE_WH) / 2 - center
    return cv2.warpAffine(picture_bgr, matrix, SIZE_WH, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT_101)


def crowd(picture_bgr: np.ndarray, phase: float, people: int) -> np.ndarray:
    """Return the portrait several times side by side, every other one mirrored, ``(720, 1280, 3)`` uint8."""
    whole = np.full((720, 1280, 3), 90, np.uint8)
    side = 1280 // people - 26
    for person in range(people):
        swayed = view(picture_bgr, (phase + person / people) % 1)[20:420, 120:520]
        face = cv2.resize(swayed[:, ::-1] if person % 2 else swayed, (side, side), interpolation=cv2.INTER_AREA)
        left, top = 13 + person * (1280 // people), 360 - side // 2 + 40 * (-1) ** person
        whole[top : top + side, left : left + side] = face
    return whole


def write_clip(path: Path, seconds: float = SECONDS, people: int = 1) -> None:
    """Write H.264 in MP4, or Motion JPEG if the name ends in .mjpeg."""
    jpeg = path.suffix == ".mjpeg"
    picture_bgr = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR)
    frames = round(seconds * RATE)
    with av.open(str(path), "w", format="mjpeg" if jpeg else "mp4") as container:
        stream = container.add_stream("mjpeg" if jpeg else "libx264", rate=RATE)
        stream.width, stream.height = SIZE_WH if people == 1 else (1280, 720)
        stream.pix_fmt = "yuvj420p" if jpeg else "yuv420p"
        stream.options = {"q:v": "4"} if jpeg else {"crf": "27", "preset": "slow", "movflags": "+faststart"}
        for index in range(frames):
            phase = index / frames
            shown_bgr = view(picture_bgr, phase) if people == 1 else crowd(picture_bgr, phase, people)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shown_bgr, format="bgr24")))
        container.mux(stream.encode())


if __name__ == "__main__":
    default = Path(__file__).resolve().parent.parent / "assets" / "sample.mp4"
    write_clip(Path(sys.argv[1]) if len(sys.argv) > 1 else default)

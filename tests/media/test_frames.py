"""Frames as the codec holds them: copied and drawn on without converting colors."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest

from emotion_core.draw.annotate import OverlayStyle, annotate, draw
from emotion_core.draw.canvas import PlanarCanvas, yuv
from emotion_core.media.frames import copied, planes, to_bgr
from emotion_core.results import Faces, FrameResult

RESULT = FrameResult(
    Faces(np.array([[200, 120, 330, 250], [20, 200, 121, 301]]), np.eye(7)[[3, 5]] * 0.9 + 0.1 / 7, np.array([1, 2])),
    (640, 480),
)


def frame(pixels: np.ndarray, pixel_format: str = "yuv420p") -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(pixels, format="bgr24").reformat(format=pixel_format)


@pytest.fixture
def portrait(astronaut_bgr: np.ndarray) -> np.ndarray:
    return cv2.resize(astronaut_bgr, (640, 480))


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("size_wh", [(640, 480), (638, 360), (427, 241), (50, 34)], ids=str)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "nv12", "rgb24"])
def test_a_copy_shows_the_same_picture(
    portrait: np.ndarray, mirror: bool, size_wh: tuple[int, int], pixel_format: str
) -> None:
    source = frame(cv2.resize(portrait, size_wh), pixel_format)
    copy = copied(source, mirror=mirror)
    assert (copy.width, copy.height, copy.format.name) == (*size_wh, "yuv420p")
    # Blurred: an I420 picture has a quarter of the colors, which edges of a small one show.
    here, there = (cv2.blur(image, (5, 5)).astype(int) for image in (to_bgr(copy), to_bgr(source, mirror=mirror)))
    assert np.abs(here - there).mean() < 2


def test_drawing_on_a_copy_does_not_change_the_decoders_frame(portrait: np.ndarray) -> None:
    source = frame(portrait)
    before = to_bgr(source)
    draw(PlanarCanvas(*planes(copied(source))), RESULT)
    assert np.array_equal(to_bgr(source), before)


@pytest.mark.parametrize("style", [OverlayStyle(), OverlayStyle(bars=True), OverlayStyle(label=False)], ids=str)
def test_drawing_on_planes_looks_like_drawing_on_pixels(portrait: np.ndarray, style: OverlayStyle) -> None:
    copy = copied(frame(portrait))
    draw(PlanarCanvas(*planes(copy)), RESULT, style)
    expected = annotate(to_bgr(frame(portrait)), RESULT, style)
    drawn = np.abs(expected.astype(int) - portrait).max(axis=2) > 40
    off = np.abs(to_bgr(copy).astype(int) - expected).mean(axis=2)
    assert drawn.sum() > 1000
    assert off[drawn].mean() < 25, "what is drawn has the same colors"
    assert off[~drawn].mean() < 3, "nothing else is changed"


@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (0, 158, 230), (178, 114, 0), (20, 20, 20)], ids=str)
def test_colors_match_the_codecs_own_conversion(color: tuple[int, int, int]) -> None:
    pixels = np.full((16, 16, 3), color, np.uint8)
    planes = [np.frombuffer(memoryview(plane), np.uint8)[0] for plane in frame(pixels).planes]
    assert list(yuv(color)) == pytest.approx([int(value) for value in planes], abs=2)

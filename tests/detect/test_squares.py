from __future__ import annotations

import cv2
import numpy as np
import pytest

from emotion_core.detect.squares import WINDOW, Pyramid, as_boxes, as_squares, moved, offsets_to

RANDOM = np.random.default_rng(1)
SQUARES = np.column_stack(
    [RANDOM.uniform(0, 300, (20, 2)), RANDOM.uniform(20, 200, 20), RANDOM.uniform(-60, 60, 20)]
).astype(np.float32)


def test_a_box_that_is_not_square_becomes_as_large_as_its_longer_side() -> None:
    assert as_boxes(as_squares(np.array([[10, 10, 30, 50]]))).tolist() == [[0, 10, 40, 50]]


def test_squares_move_to_where_their_offsets_lead() -> None:
    target = np.roll(SQUARES, 1, axis=0)
    assert moved(SQUARES, offsets_to(SQUARES, target)) == pytest.approx(target, abs=1e-3)


@pytest.mark.parametrize("side", [30.0, 48.0, 100.0, 333.0], ids=str)
@pytest.mark.parametrize("tilt", [0.0, 30.0, -90.0], ids=str)
def test_a_window_shows_the_square_leveled(side: float, tilt: float) -> None:
    """A picture is turned by the tilt, clockwise, around the square's center: its window is the picture's own part."""
    y, x = np.mgrid[:480, :640]
    upright = (128 + 60 * np.sin((x - 320) / side * 5) + 60 * np.sin((y - 240) / side * 3 + 1)).astype(np.uint8)
    turn = cv2.getRotationMatrix2D((319.5, 239.5), -tilt, 1.0)  # OpenCV's angles run counterclockwise
    picture = cv2.warpAffine(upright, turn, (640, 480), borderMode=cv2.BORDER_REPLICATE)
    window = Pyramid(picture).windows(np.array([[320, 240, side, tilt]], np.float32))[0]
    part = upright[240 - round(side / 2) : 240 + round(side / 2), 320 - round(side / 2) : 320 + round(side / 2)]
    expected = cv2.resize(part, (WINDOW, WINDOW), interpolation=cv2.INTER_AREA)
    assert np.abs(window[3:-3, 3:-3].astype(int) - expected[3:-3, 3:-3]).mean() < 4


def test_outside_the_picture_its_border_repeats() -> None:
    picture = np.full((60, 60), 77, np.uint8)
    windows = Pyramid(picture).windows(np.array([[-200, -200, 50, 10], [30, 30, 5000, 0], [0, 0, 0.01, 0]], np.float32))
    assert (windows == 77).all()


def test_no_square_no_window() -> None:
    assert Pyramid(np.zeros((1, 1), np.uint8)).windows(np.empty((0, 4), np.float32)).shape == (0, WINDOW, WINDOW)

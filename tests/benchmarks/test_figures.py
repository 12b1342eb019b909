"""Rates, delays and the lag of a box, from made-up notes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.live import clip
from benchmarks.live.figures import delays_ms, frames_per_second, lag_ms, median, new_frames, percentile, windows

FACE = clip.faces(1)[0]


def truth(number: float) -> float:
    return clip.face_x(number, FACE)


def test_a_repeated_frame_is_not_a_new_one() -> None:
    presented = [(1, 0.0), (1, 33.0), (None, 50.0), (2, 66.0), (2, 100.0), (4, 133.0)]
    assert new_frames(presented) == [(1, 0.0), (2, 66.0), (4, 133.0)]
    assert frames_per_second(presented) == pytest.approx(2 / 0.133)
    assert frames_per_second([(1, 0.0)]) == 0


def test_delay_is_taken_from_the_newest_camera_frame_of_that_number() -> None:
    camera = [(n % 4, n * 33.0) for n in range(12)]
    returned = [(n % 4, n * 33.0 + 80.0) for n in range(2, 10)]
    assert delays_ms(camera, returned) == pytest.approx([80.0] * 8)


def test_a_frame_that_the_camera_never_showed_gives_no_delay() -> None:
    assert delays_ms([(1, 0.0), (3, 66.0)], [(2, 90.0), (3, 120.0), (4, 150.0)]) == [54.0]


@pytest.mark.parametrize("late_ms", [-40, 0, 34, 100, 250, 600])
def test_lag_of_a_box_that_is_late_off_center_and_jitters(late_ms: int) -> None:
    rng = np.random.default_rng(0)
    drawn = [
        (n % clip.FRAMES, truth(n - late_ms * clip.RATE / 1000) + 6.0 + rng.normal(0, 2)) for n in range(clip.PERIOD)
    ]
    assert lag_ms(drawn, truth, clip.RATE) == pytest.approx(late_ms, abs=15)


def test_lag_of_a_box_that_follows_at_ten_per_second() -> None:
    """The box stays still for three frames each time, so it is one frame late on average."""
    drawn = [(n, truth(n - n % 3)) for n in range(clip.PERIOD)]
    assert lag_ms(drawn, truth, clip.RATE) == pytest.approx(1000 / 30, abs=10)


def test_lag_of_few_boxes_is_not_a_number() -> None:
    assert math.isnan(lag_ms([(n, 0.0) for n in range(9)], truth, 30))


def test_windows_by_time() -> None:
    rows = [(n / 30, n, 0.0) for n in range(100)]
    assert [len(piece) for piece in windows(rows, 1.0)] == [30, 30, 30]
    assert windows([], 1.0) == []


def test_medians_of_little() -> None:
    assert math.isnan(percentile([], 50))
    assert median([float("nan"), 2.0, 4.0]) == 3.0

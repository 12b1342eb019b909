"""The filter that tracking and drawing share."""

from __future__ import annotations

import numpy as np
import pytest

from emotion_core.track.motion import Motion


def box(x: float, side: float = 10) -> np.ndarray:
    return np.array([x, 0, x + side, side], np.float32)


@pytest.mark.parametrize("position", [0.5, 1.0])
def test_a_steady_movement_is_predicted_exactly_once_the_filter_has_settled(position: float) -> None:
    motion = Motion.at_rest(box(0), 0.0)
    for i in range(1, 60):
        motion = motion.corrected(box(5 * i), i / 10, position=position, velocity=0.4, size=1)
    assert motion.velocity == pytest.approx([50, 0], abs=0.01)
    assert motion.box(6.2) == pytest.approx(box(310), abs=0.01)


def test_gains_say_how_far_a_new_box_is_believed() -> None:
    start = Motion.at_rest(box(0, side=10), 0.0)
    believed = start.corrected(box(20, side=30), 0.5, position=1, velocity=0, size=1)
    assert believed.box(9.0) == pytest.approx(box(20, side=30))
    ignored = start.corrected(box(20, side=30), 0.5, position=0, velocity=0, size=0)
    assert ignored.box(9.0) == pytest.approx(box(0, side=10))


def test_a_second_box_at_the_same_time_leaves_the_velocity_alone() -> None:
    moving = Motion.at_rest(box(0), 0.0).corrected(box(10), 1.0, position=1, velocity=1, size=1)
    again = moving.corrected(box(12), 1.0, position=1, velocity=1, size=1)
    assert again.velocity.tolist() == moving.velocity.tolist() == [10, 0]
    assert again.box(1.0) == pytest.approx(box(12))

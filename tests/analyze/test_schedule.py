from __future__ import annotations

import pytest

from emotion_core.analyze.schedule import Cadence


@pytest.mark.parametrize(
    ("video_fps", "rate_hz", "expected_hz"),
    [(30, 20, 20), (30, 15, 15), (30, 10, 10), (30, 30, 30), (30, 100, 30), (24000 / 1001, 20, 20), (12, 20, 12)],
    ids=str,
)
def test_the_average_rate_is_kept_at_any_frame_rate(video_fps: float, rate_hz: float, expected_hz: float) -> None:
    cadence = Cadence(rate_hz)
    due = [cadence.due(i / video_fps) for i in range(int(video_fps * 10))]
    assert sum(due) / 10 == pytest.approx(expected_hz, rel=0.02)


def test_moments_that_were_missed_are_not_made_up_for() -> None:
    cadence = Cadence(10)
    assert cadence.due(0.0)
    assert [cadence.due(5.0 + i / 100) for i in range(10)] == [True] + [False] * 9
    assert cadence.due(5.1)


def test_a_rate_must_be_above_zero() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Cadence(0)

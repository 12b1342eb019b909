from __future__ import annotations

import pytest

from emotion_core.analyze.schedule import Cadence, SendingRate


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


def test_a_sender_slows_down_at_once_and_recovers_slowly() -> None:
    rate = SendingRate(20)
    assert rate.update(20, 20) == 20
    assert rate.update(20, 8) == 10
    assert rate.update(10, 1) == SendingRate.LEAST_HZ, "never so few that a face would not be followed"
    recovering = [rate.update(rate.rate_hz, rate.rate_hz) for _ in range(40)]
    assert recovering[0] == pytest.approx(1.05 * SendingRate.LEAST_HZ)
    assert recovering[-1] == 20
    assert recovering == sorted(recovering)


def test_a_sender_that_sends_more_than_is_wanted_is_not_slowed_down_for_it() -> None:
    assert SendingRate(10).update(arrived_hz=30, analyzed_hz=10) == 10


def test_before_the_first_frame_the_rate_stays() -> None:
    assert SendingRate(20).update(0.0, 0.0) == 20


@pytest.mark.parametrize("most_hz", [0.0, -1.0, float("nan")])
def test_a_sending_rate_must_be_above_zero(most_hz: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        SendingRate(most_hz)

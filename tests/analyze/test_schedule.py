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
    due = [cadence.due(5.0 + i / 100) for i in range(100)]
    assert due[:8] == [True] + [False] * 7
    assert sum(due) == 11, "the first, and ten a second after it"


def test_a_stream_of_just_that_rate_loses_no_frame_though_it_is_uneven() -> None:
    cadence = Cadence(10)
    assert all(cadence.due(i / 10 + 0.012 * (-1) ** i) for i in range(100))


def test_the_rate_may_change_on_the_way() -> None:
    cadence = Cadence(30)
    assert sum(cadence.due(i / 30) for i in range(300)) == 300
    cadence.rate_hz = 10
    assert sum(cadence.due(10 + i / 30) for i in range(300)) == pytest.approx(100, abs=1)


def test_a_rate_must_be_above_zero() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Cadence(0)
    cadence = Cadence(1)
    with pytest.raises(ValueError, match="above 0"):
        cadence.rate_hz = 0


def test_a_sender_slows_down_at_once_and_recovers_slowly() -> None:
    rate = SendingRate(20)
    assert rate.update(20, 20, 20) == 20
    assert rate.update(20, 20, 8) == 10
    assert rate.update(20, 10, 1) == SendingRate.LEAST_HZ, "never so few that a face would not be followed"
    recovering = [rate.update(20, rate.rate_hz, rate.rate_hz) for _ in range(40)]
    assert recovering[0] == pytest.approx(1.05 * SendingRate.LEAST_HZ)
    assert recovering[-1] == 20
    assert recovering == sorted(recovering)


def test_a_sender_that_sends_more_than_is_wanted_is_not_slowed_down_for_it() -> None:
    assert SendingRate(10).update(10, arrived_hz=30, analyzed_hz=10) == 10


def test_a_sender_sends_no_more_than_is_wanted_now() -> None:
    assert SendingRate(20).update(11, arrived_hz=20, analyzed_hz=11) == 11


def test_before_the_first_frame_the_rate_stays() -> None:
    assert SendingRate(20).update(20, 0.0, 0.0) == 20


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, float("nan")])
def test_a_sending_rate_must_be_above_zero(rate_hz: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        SendingRate(rate_hz)

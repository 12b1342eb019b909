from __future__ import annotations

import threading
import time

import pytest

from emotion_core.analyze.schedule import Cadence, Turns


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


def until(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


class Worker:
    """Takes one turn and holds it until told to go on."""

    def __init__(self, turns: Turns, log: list[int], number: int) -> None:
        self.go_on = threading.Event()
        self._turns, self._log, self._number = turns, log, number
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def _work(self) -> None:
        with self._turns.turn():
            self._log.append(self._number)
            assert self.go_on.wait(10)


@pytest.mark.parametrize("limit", [1, 2])
def test_turns_come_in_the_order_of_asking_and_no_more_than_the_limit(limit: int) -> None:
    turns, log, workers = Turns(limit), [], []
    for number in range(6):
        workers.append(Worker(turns, log, number))
        until(
            lambda waiting=number: len(log) == min(limit, waiting + 1) and len(turns._waiting) + len(log) == waiting + 1
        )
    for done, worker in enumerate(workers):
        assert log == list(range(min(6, done + limit)))
        worker.go_on.set()
        worker.thread.join(10)
        until(lambda finished=done: len(log) == min(6, finished + 1 + limit))


def test_a_failure_gives_the_turn_back() -> None:
    turns = Turns(1)
    with pytest.raises(KeyError), turns.turn():
        raise KeyError
    with turns.turn():
        pass


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Turns(0)

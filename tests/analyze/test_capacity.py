"""The limits on what one server does at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from emotion_core.analyze.capacity import Leases, Permits, Turns


@pytest.mark.parametrize("limited", [lambda: Leases(0, 1.0), lambda: Permits(0), lambda: Turns(0)])
def test_a_limit_below_one_is_refused(limited: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        limited()


def test_the_place_of_an_owner_who_vanished_is_free_again() -> None:
    now = [0.0]
    places = Leases(1, expire_s=45.0, clock=lambda: now[0])
    one, two = object(), object()
    assert places.acquire(one)
    assert not places.acquire(two)
    assert not places.available_to(two)
    now[0] = 60.0
    assert places.available_to(two)
    assert places.acquire(two)


def test_an_owner_who_renews_keeps_the_place_and_gives_it_back() -> None:
    now = [0.0]
    places = Leases(1, expire_s=45.0, clock=lambda: now[0])
    one, two = object(), object()
    for _ in range(4):
        assert places.acquire(one)
        now[0] += 40.0
    assert not places.acquire(two)
    places.release(two)
    assert (places.idle, places.available_to(one)) == (False, True)
    places.release(one)
    assert places.idle
    assert places.acquire(two)


def test_a_permit_is_held_until_it_is_given_back() -> None:
    places = Permits(2)
    assert [places.acquire() for _ in range(3)] == [True, True, False]
    places.release()
    assert places.acquire()


def until(condition: Callable[[], bool]) -> None:
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
    turns = Turns(limit)
    log: list[int] = []
    workers: list[Worker] = []
    for number in range(6):
        workers.append(Worker(turns, log, number))
        until(
            lambda asked=number + 1: len(log) == min(limit, asked) and len(turns._waiting) + len(log) == asked  # type: ignore[misc]
        )
    for done, worker in enumerate(workers):
        assert log == list(range(min(6, done + limit)))
        worker.go_on.set()
        worker.thread.join(10)
        until(lambda finished=done: len(log) == min(6, finished + 1 + limit))  # type: ignore[misc]


def test_a_failure_gives_the_turn_back() -> None:
    turns = Turns(1)
    with pytest.raises(KeyError), turns.turn():
        raise KeyError
    with turns.turn():
        pass

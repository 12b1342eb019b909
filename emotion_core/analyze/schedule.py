"""When to analyse: not more often than asked for, and one session after the other."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

_TOLERANCE_S = 1e-6  # times are sums of frame durations


class Cadence:
    """Picks moments at a steady average rate out of any others: 2 of 3 frames for 20 a second of 30.

    Raises:
        ValueError: the rate is not above 0.
    """

    def __init__(self, rate_hz: float) -> None:
        if not rate_hz > 0:
            raise ValueError(f"Expected a rate above 0. Received: {rate_hz}")
        self._period_s = 1 / rate_hz
        self._next_s: float | None = None

    def due(self, now_s: float) -> bool:
        """Whether ``now_s`` is to be used. Moments that were missed are not made up for."""
        if self._next_s is None:
            self._next_s = now_s
        late_s = now_s - self._next_s
        if late_s < -_TOLERANCE_S:
            return False
        self._next_s = (self._next_s if late_s < self._period_s else now_s) + self._period_s
        return True


class Turns:
    """Lets ``limit`` threads compute at a time, strictly in the order in which they asked.

    Shared by the sessions of a server, so that with many of them every one's analysis gets slower alike and the
    processor keeps time for their videos.

    Raises:
        ValueError: ``limit`` is below 1.
    """

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise ValueError(f"Expected a limit of at least 1. Received: {limit}")
        self._free = limit
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn and hold it."""
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            self._changed.wait_for(lambda: self._free > 0 and self._waiting[0] is ticket)
            self._waiting.popleft()
            self._free -= 1
            self._changed.notify_all()  # the next one may fit in beside this one
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()

"""How much one server does at the same time.

Three limits, shared by all visitors and safe to use from any thread. They differ in what happens to those beyond the
limit, and in how a place becomes free again:

- `Leases`: refused at once; a place is free again when its owner gives it back or stops renewing it.
- `Permits`: refused at once; a place is free again when it is given back.
- `Turns`: nobody is refused; everybody waits for a place, first come, first served.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def _checked(limit: int) -> int:
    if limit < 1:
        raise ValueError(f"Expected a limit of at least 1. Received: {limit}")
    return limit


class Leases:
    """Places that expire: for owners that may vanish without giving theirs back, such as a closed browser tab.

    >>> places = Leases(limit=1, expire_s=45)
    >>> places.acquire("Ada"), places.acquire("Grace"), places.acquire("Ada")
    (True, False, True)

    Args:
        limit: owners that hold a place at the same time.
        expire_s: how long a place is held without being acquired again.
        clock: seconds, monotonic; tests pass their own.

    Raises:
        ValueError: ``limit`` is below 1.
    """

    def __init__(self, limit: int, expire_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = _checked(limit)
        self._expire_s = expire_s
        self._clock = clock
        self._renewed_s: dict[int, float] = {}  # by the id of the owner, which is thus not kept alive
        self._lock = threading.Lock()

    def acquire(self, owner: object) -> bool:
        """Take a place, or renew the one that ``owner`` holds; False if all are taken."""
        with self._lock:
            self._expire()
            if id(owner) not in self._renewed_s and len(self._renewed_s) >= self.limit:
                return False
            self._renewed_s[id(owner)] = self._clock()
            return True

    def release(self, owner: object) -> None:
        """Give the place back; an owner without one changes nothing."""
        with self._lock:
            self._renewed_s.pop(id(owner), None)

    def available_to(self, owner: object) -> bool:
        """Whether `acquire` would succeed."""
        with self._lock:
            self._expire()
            return len(self._renewed_s.keys() - {id(owner)}) < self.limit

    @property
    def idle(self) -> bool:
        """Whether nobody holds a place."""
        with self._lock:
            self._expire()
            return not self._renewed_s

    def _expire(self) -> None:
        now = self._clock()
        self._renewed_s = {owner: at for owner, at in self._renewed_s.items() if now - at < self._expire_s}


class Permits:
    """Places that are held until they are given back: for jobs whose end is certain.

    >>> places = Permits(limit=1)
    >>> places.acquire(), places.acquire()
    (True, False)
    >>> places.release()

    Raises:
        ValueError: ``limit`` is below 1, or a place is given back that nobody held.
    """

    def __init__(self, limit: int) -> None:
        self.limit = _checked(limit)
        self._free = threading.BoundedSemaphore(limit)

    def acquire(self) -> bool:
        """Take a place; False if all are taken."""
        return self._free.acquire(blocking=False)

    def release(self) -> None:
        """Give a place back."""
        self._free.release()


class Turns:
    """Lets ``limit`` threads compute at a time, strictly in the order in which they asked.

    The live sessions of a server share one: with many of them, the analysis of each slows down alike, and the processor
    has time left for their videos. A lock or a semaphore would not do, since both may let a thread overtake one that
    has waited longer.

    >>> turns = Turns(limit=1)
    >>> with turns.turn():
    ...     pass  # compute

    Raises:
        ValueError: ``limit`` is below 1.
    """

    def __init__(self, limit: int) -> None:
        self.limit = _checked(limit)
        self._free = limit
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and hold it until the block ends."""
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            self._changed.wait_for(lambda: self._free > 0 and self._waiting[0] is ticket)
            self._waiting.popleft()
            self._free -= 1
            self._changed.notify_all()  # the next in the queue may have a place beside this one
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()

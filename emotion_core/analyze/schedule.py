"""When to analyze: a steady rate out of frames that come at another; and how many frames to ask for."""

from __future__ import annotations

_TOLERANCE_S = 1e-6  # times are sums of frame durations, so a moment that is due may seem to come a hair too early


class Cadence:
    """Picks moments at a steady average rate out of any others: 2 of 3 frames for 20 a second out of 30.

    >>> cadence = Cadence(20)
    >>> [cadence.due(frame / 30) for frame in range(6)]
    [True, False, True, True, False, True]

    Raises:
        ValueError: the rate is not above 0.
    """

    def __init__(self, rate_hz: float) -> None:
        if not rate_hz > 0:
            raise ValueError(f"Expected a rate above 0. Received: {rate_hz}")
        self._period_s = 1 / rate_hz
        self._next_s: float | None = None

    def due(self, now_s: float) -> bool:
        """Whether ``now_s`` is one of the moments to use. Missed moments are skipped, not made up for."""
        if self._next_s is None:
            self._next_s = now_s
        late_s = now_s - self._next_s
        if late_s < -_TOLERANCE_S:
            return False
        self._next_s = (self._next_s if late_s < self._period_s else now_s) + self._period_s
        return True


class SendingRate:
    """How many frames a second a sender should send, so that nearly all of them are analyzed and few are dropped.

    Frames that are dropped were encoded, sent and decoded in vain, on a machine that is busy already. The rate falls at
    once to a little above what is analyzed, and rises by a twentieth at each update while nothing is dropped.

    >>> rate = SendingRate(20)
    >>> rate.update(arrived_hz=20, analyzed_hz=6), rate.update(arrived_hz=8, analyzed_hz=8)
    (7.5, 7.875)

    Args:
        most_hz: what is sent to a machine that keeps up.

    Raises:
        ValueError: the rate is not above 0.
    """

    LEAST_HZ = 6.0
    _DROPPED = 0.75  # of the frames that arrive, at least so many should be analyzed
    _RISE = 1.05
    _MARGIN = 1.25  # frames come unevenly: a few more than are analyzed must be there to choose from

    def __init__(self, most_hz: float) -> None:
        if not most_hz > 0:
            raise ValueError(f"Expected a rate above 0. Received: {most_hz}")
        self._most_hz = most_hz
        self.rate_hz = most_hz

    def update(self, arrived_hz: float, analyzed_hz: float) -> float:
        """Return the new rate.

        Args:
            arrived_hz, analyzed_hz: frames a second that came, and that were analyzed; 0 at first.
        """
        if arrived_hz and analyzed_hz < self._DROPPED * min(arrived_hz, self._most_hz):
            self.rate_hz = max(min(self.LEAST_HZ, self._most_hz), self._MARGIN * analyzed_hz)
        else:
            self.rate_hz *= self._RISE
        self.rate_hz = min(self._most_hz, self.rate_hz)
        return self.rate_hz

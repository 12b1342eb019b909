"""When to analyze: a steady rate out of frames that come at another; and how many frames to ask for."""

from __future__ import annotations

_EARLY = 0.25  # periods: a moment that comes so little too early is used, or an uneven stream would lose its rate


class Cadence:
    """Picks moments at a steady average rate out of any others: 2 of 3 frames for 20 a second out of 30.

    >>> cadence = Cadence(20)
    >>> [cadence.due(frame / 30) for frame in range(6)]
    [True, False, True, True, False, True]

    The rate may be changed at any time.

    Raises:
        ValueError: the rate is not above 0.
    """

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self._next_s: float | None = None

    @property
    def rate_hz(self) -> float:
        return 1 / self._period_s

    @rate_hz.setter
    def rate_hz(self, rate_hz: float) -> None:
        if not rate_hz > 0:
            raise ValueError(f"Expected a rate above 0. Received: {rate_hz}")
        self._period_s = 1 / rate_hz

    def due(self, now_s: float) -> bool:
        """Whether ``now_s`` is one of the moments to use. Missed moments are skipped, not made up for."""
        if self._next_s is None:
            self._next_s = now_s
        late_s = now_s - self._next_s
        if late_s < -_EARLY * self._period_s:
            return False
        self._next_s = (self._next_s if late_s < self._period_s else now_s) + self._period_s
        return True


class SendingRate:
    """How many frames a second a sender should send, so that nearly all of them are analyzed and few are dropped.

    Frames that are dropped were encoded, sent and decoded in vain, on a machine that is busy already. The rate falls at
    once to a little above what is analyzed, and rises by a twentieth at each update while nothing is dropped.

    >>> rate = SendingRate(20)
    >>> rate.update(20, arrived_hz=20, analyzed_hz=6), rate.update(20, arrived_hz=8, analyzed_hz=8)
    (7.5, 7.875)

    Args:
        rate_hz: what is sent at first.

    Raises:
        ValueError: the rate is not above 0.
    """

    LEAST_HZ = 6.0
    _DROPPED = 0.75  # of the frames that arrive, at least so many should be analyzed
    _RISE = 1.05
    _MARGIN = 1.25  # frames come unevenly: a few more than are analyzed must be there to choose from

    def __init__(self, rate_hz: float) -> None:
        if not rate_hz > 0:
            raise ValueError(f"Expected a rate above 0. Received: {rate_hz}")
        self.rate_hz = rate_hz

    def update(self, most_hz: float, arrived_hz: float, analyzed_hz: float) -> float:
        """Return the new rate.

        Args:
            most_hz: what is sent to a machine that keeps up.
            arrived_hz, analyzed_hz: frames a second that came, and that were analyzed; 0 at first.
        """
        if arrived_hz and analyzed_hz < self._DROPPED * min(arrived_hz, most_hz):
            self.rate_hz = max(self.LEAST_HZ, self._MARGIN * analyzed_hz)
        else:
            self.rate_hz *= self._RISE
        self.rate_hz = min(most_hz, self.rate_hz)
        return self.rate_hz

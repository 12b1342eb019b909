"""When to analyze: a steady rate out of frames that come at another."""

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

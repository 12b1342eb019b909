"""Progress of a long script."""

from __future__ import annotations

import time

_started = time.perf_counter()


def say(text: str) -> None:
    """Print a line with the seconds since the start."""
    print(f"[{time.perf_counter() - _started:6.1f}] {text}", flush=True)  # noqa: T201 a script's progress

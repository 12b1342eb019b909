"""Notes of the server about every frame: one line of JSON each, in the file named by EMOTION_BENCH_LOG."""

from __future__ import annotations

import functools
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

LOG = "EMOTION_BENCH_LOG"


class Recorder:
    """Times what a server does with each frame."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)
        self._sessions: dict[int, int] = {}
        self._lock = threading.Lock()

    @classmethod
    def from_environment(cls) -> Recorder:
        """Return a recorder that writes to the file named by EMOTION_BENCH_LOG."""
        return cls(Path(os.environ[LOG]))

    def timed(self, callback: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a callback, a function of a frame or a method of a live session, so that each call is noted."""

        @functools.wraps(callback)
        def on_frame(*arguments: Any) -> Any:
            started = time.perf_counter()
            returned = callback(*arguments)
            ms = (time.perf_counter() - started) * 1000
            self._note(arguments[0] if len(arguments) > 1 else None, ms)
            return returned

        return on_frame

    def _note(self, session: Any, ms: float) -> None:
        note: dict[str, Any] = {"at": round(time.time(), 4), "ms": round(ms, 3)}
        if session is not None:
            stats = session.status.stats
            note["session"] = self._number(session)
            note["analyses"] = stats.analyses if stats else 0
        with self._lock:
            self._file.write(json.dumps(note) + "\n")

    def _number(self, session: Any) -> int:
        with self._lock:
            return self._sessions.setdefault(id(session), len(self._sessions))


def notes(path: Path, since: float, until: float) -> Iterator[dict[str, Any]]:
    """Yield what was noted between two times, both as returned by `time.time`."""
    if not path.exists():
        return
    for line in path.read_text().splitlines():
        note = json.loads(line)
        if since <= note["at"] < until:
            yield note

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

import av
import cv2
import numpy as np

from benchmarks.live import barcode

LOG, DRAWN = "EMOTION_BENCH_LOG", "EMOTION_BENCH_DRAWN"
_CHANGED = 40  # a pixel that differs this much in any color was drawn on; conversion between formats changes it less
_EDGE_SHARE = 0.5  # of the rows that were drawn on: at least so many are changed in the column of a box's edge


class Recorder:
    """Time a video callback. With EMOTION_BENCH_DRAWN set, also find the box on the returned frame."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)
        self._drawn = bool(os.environ.get(DRAWN))
        self._sessions: dict[int, int] = {}
        self._lock = threading.Lock()

    @classmethod
    def from_environment(cls) -> Recorder:
        """Return a recorder that writes to the file named by EMOTION_BENCH_LOG."""
        return cls(Path(os.environ[LOG]))

    def timed(self, callback: Callable[..., av.VideoFrame]) -> Callable[..., av.VideoFrame]:
        """Wrap a callback, a function of a frame or a method of a live session, so that each call is noted."""

        @functools.wraps(callback)
        def on_frame(*arguments: Any) -> av.VideoFrame:
            frame = arguments[-1]
            before = frame.to_ndarray(format="bgr24") if self._drawn else None
            started = time.perf_counter()
            returned = callback(*arguments)
            ms = (time.perf_counter() - started) * 1000
            self._note(arguments[0] if len(arguments) > 1 else None, before, returned, ms)
            return returned

        return on_frame

    def _note(self, session: Any, before: np.ndarray | None, returned: av.VideoFrame, ms: float) -> None:
        note: dict[str, Any] = {"at": round(time.time(), 4), "ms": round(ms, 3)}
        if session is not None:
            stats = session.status.stats
            note["session"] = self._number(session)
            note["analyses"] = stats.analyses if stats else 0
        if before is not None:
            note |= _box(before, returned.to_ndarray(format="bgr24"))
        with self._lock:
            self._file.write(json.dumps(note) + "\n")

    def _number(self, session: Any) -> int:
        with self._lock:
            return self._sessions.setdefault(id(session), len(self._sessions))


def drawn_box(before_bgr: np.ndarray, after_bgr: np.ndarray) -> tuple[int, int] | None:
    """Return the left and right edge of the box that was drawn on a frame, ``(h, w, 3)`` uint8; None without one.

    In the columns of the edges, most of the rows that were drawn on are changed. A label cannot be taken for an edge:
    it is less high than its box.
    """
    blue, green, red = cv2.split(cv2.absdiff(before_bgr, after_bgr))
    changed = cv2.max(cv2.max(blue, green), red) > _CHANGED
    marked = np.flatnonzero(changed.any(axis=1))
    if len(marked) < 20:
        return None
    columns = np.flatnonzero(changed.sum(axis=0) > _EDGE_SHARE * len(marked))
    wide = len(columns) and columns[-1] - columns[0] >= 20
    return (int(columns[0]), int(columns[-1])) if wide else None


def _box(before_bgr: np.ndarray, after_bgr: np.ndarray) -> dict[str, Any]:
    code = barcode.read(after_bgr[:, :, 1])
    if code is None or before_bgr.shape != after_bgr.shape:
        return {}
    edges = drawn_box(before_bgr[:, ::-1].copy() if code.mirrored else before_bgr, after_bgr)
    if edges is None:
        return {"number": code.number}
    middle = (sum(edges) + 1) / 2 / after_bgr.shape[1]
    return {"number": code.number, "box_x": round(1 - middle if code.mirrored else middle, 4)}


def notes(path: Path, since: float, until: float) -> Iterator[dict[str, Any]]:
    """Yield what was noted between two times, both as returned by `time.time`."""
    if not path.exists():
        return
    for line in path.read_text().splitlines():
        note = json.loads(line)
        if since <= note["at"] < until:
            yield note

"""What the server notes about every frame: one line of JSON in the file that EMOTION_BENCH_LOG names."""

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
_CHANGED = 48  # a pixel this much brighter or darker than the camera's was drawn; a codec changes none this much
_EDGE_SHARE = 0.5  # of the drawn rows, in a column that is one of a box's edges


class Recorder:
    """Times a video callback. Where EMOTION_BENCH_DRAWN is set it also looks for the box on the returned picture."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)
        self._drawn = bool(os.environ.get(DRAWN))
        self._sessions: dict[int, int] = {}
        self._lock = threading.Lock()

    @classmethod
    def from_environment(cls) -> Recorder:
        """The recorder for the file in EMOTION_BENCH_LOG."""
        return cls(Path(os.environ[LOG]))

    def timed(self, callback: Callable[..., av.VideoFrame]) -> Callable[..., av.VideoFrame]:
        """The callback, a function of a frame or a method of a live session, with a note about each call."""

        @functools.wraps(callback)
        def on_frame(*arguments: Any) -> av.VideoFrame:
            frame = arguments[-1]
            before = luma(frame).copy() if self._drawn else None
            started = time.perf_counter()
            returned = callback(*arguments)
            ms = (time.perf_counter() - started) * 1000
            self._note(arguments[0] if len(arguments) > 1 else None, before, returned, ms)
            return returned

        return on_frame

    def _note(self, session: Any, before: np.ndarray | None, returned: av.VideoFrame, ms: float) -> None:
        note: dict[str, Any] = {"at": round(time.time(), 4), "ms": round(ms, 3)}
        if session is not None:
            stats = session.stats
            note["session"] = self._number(session)
            note["analyses"] = stats.analyses if stats else 0
        if before is not None:
            note |= _box(before, luma(returned))
        with self._lock:
            self._file.write(json.dumps(note) + "\n")

    def _number(self, session: Any) -> int:
        with self._lock:
            return self._sessions.setdefault(id(session), len(self._sessions))


def luma(frame: av.VideoFrame) -> np.ndarray:
    """The frame's brightness, ``(h, w)`` uint8."""
    plane = (frame if frame.format.name == "yuv420p" else frame.reformat(format="yuv420p")).planes[0]
    return np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]


def drawn_box(before: np.ndarray, after: np.ndarray) -> tuple[int, int] | None:
    """Left and right edge of the one box that ``after`` shows and ``before`` does not, both ``(h, w)`` uint8.

    A box's edges are the columns in which most of the drawn rows changed; a label is lower than its box.
    """
    changed = cv2.absdiff(before, after) > _CHANGED
    marked = np.flatnonzero(changed.any(axis=1))
    if len(marked) < 20:
        return None
    columns = np.flatnonzero(changed.sum(axis=0) > _EDGE_SHARE * len(marked))
    wide = len(columns) and columns[-1] - columns[0] >= 20
    return (int(columns[0]), int(columns[-1])) if wide else None


def _box(before: np.ndarray, after: np.ndarray) -> dict[str, Any]:
    code = barcode.read(after)
    if code is None or before.shape != after.shape:
        return {}
    edges = drawn_box(before[:, ::-1] if code.mirrored else before, after)
    if edges is None:
        return {"number": code.number}
    middle = sum(edges) / 2 / after.shape[1]
    return {"number": code.number, "box_x": round(1 - middle if code.mirrored else middle, 4)}


def notes(path: Path, since: float, until: float) -> Iterator[dict[str, Any]]:
    """What was noted between two times, as `time.time` gives them."""
    if not path.exists():
        return
    for line in path.read_text().splitlines():
        note = json.loads(line)
        if since <= note["at"] < until:
            yield note

"""What a live session tells its visitor's page besides the video: readings and states, over a WebSocket.

The analysis and the video threads call `Feed.send`; the sockets (routes.py) wait in the server's event loop.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from emotion_core.record.timeline import EmotionTimeline
from emotion_core.results import FrameResult
from emotion_core.wording import long_reading, short_reading, tight_reading

MARK = "*"  # stands around each expression in the sentence of a reading
_WAITING = 100  # messages that wait for a slow socket; beyond that, the oldest are dropped
_HISTORY_S, _HISTORY_POINTS = 60.0, 300


class Feed:
    """Passes messages on to every socket that listens. Thread-safe; nobody waits for a socket."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: dict[asyncio.Queue[str], asyncio.AbstractEventLoop] = {}

    @property
    def heard(self) -> bool:
        """Whether a socket listens."""
        with self._lock:
            return bool(self._queues)

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a JSON-ready message to every socket that listens."""
        with self._lock:
            queues = list(self._queues.items())
        if queues:
            text = json.dumps(message, separators=(",", ":"))
            for queue, loop in queues:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(_put, queue, text)

    @contextmanager
    def listening(self) -> Iterator[asyncio.Queue[str]]:
        """Yield a queue that receives every message until the block ends; call it in the event loop that reads it."""
        queue: asyncio.Queue[str] = asyncio.Queue(_WAITING)
        with self._lock:
            self._queues[queue] = asyncio.get_running_loop()
        try:
            yield queue
        finally:
            with self._lock:
                del self._queues[queue]


def _put(queue: asyncio.Queue[str], text: str) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(text)


def reading(result: FrameResult, velocities: np.ndarray | None = None) -> dict[str, Any]:
    """Return a result as a message: `FrameResult.to_dict`, with what the page needs to draw it.

    Args:
        velocities: ``(n, 2)`` pixels per second; None if the faces are at rest.

    Returns:
        Each face has also ``velocity`` and the three wordings ``sentence`` (each expression between two `MARK`),
        ``words`` and ``tight``; ``largest`` is the row of the largest face, None without a face.
    """
    faces = result.faces
    moving = np.zeros((len(faces), 2)) if velocities is None else velocities
    message = dict(result.to_dict())
    message["type"] = "reading"
    message["largest"] = faces.largest
    message["faces"] = [
        {
            **row,
            "velocity": [round(float(v), 1) for v in moving[i]],
            "sentence": long_reading(faces.probabilities[i], faces.labels[i], result.learned_from, MARK),
            "words": short_reading(faces.probabilities[i], faces.labels[i], result.learned_from),
            "tight": tight_reading(faces.probabilities[i], faces.labels[i], result.learned_from),
        }
        for i, row in enumerate(message["faces"])
    ]
    return message


def history(timeline: EmotionTimeline) -> list[dict[str, Any]]:
    """Return the last minute of the dominant face, for a page that has just opened its socket.

    Returns:
        Oldest first: time_s, label, track_id, and the seven probabilities, None where no face was found.
    """
    table = timeline.probabilities(_HISTORY_S, _HISTORY_POINTS)
    found = table["track_id"].to_numpy() >= 0
    numbers = table.drop(columns=["time_s", "label", "track_id"]).to_numpy().round(3).tolist()
    rows = zip(table["time_s"].round(3), table["label"], table["track_id"].tolist(), numbers, found, strict=True)
    return [
        {"time_s": time_s, "label": label, "track_id": track, "probabilities": values if seen else None}
        for time_s, label, track, values, seen in rows
    ]

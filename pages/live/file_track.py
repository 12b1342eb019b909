"""A video file as a live WebRTC source.

aiortc's own MediaPlayer restarts its time stamps at 0 when it loops and then plays as fast as it can decode
(`player_worker_decode`); here they only grow.
"""

from __future__ import annotations

import asyncio
import io
import logging
import time
from collections.abc import Callable, Iterator
from fractions import Fraction

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from emotion_core.errors import MediaError
from emotion_core.media.container import CONTAINERS

_TIME_BASE = Fraction(1, 90_000)
_FIRST_RATE = 25.0
_PAUSE_S = 0.1  # how long a pause lasts at least
_log = logging.getLogger(__name__)


def check_video(data: bytes) -> None:
    """Make sure that a video can be played.

    Raises:
        MediaError: it holds no readable picture.
    """
    for _ in _decode(data):
        return
    raise MediaError("This file holds no video that can be read. Try an MP4, MOV, WebM, MKV or AVI file.")


def _decode(data: bytes) -> Iterator[tuple[av.VideoFrame, float]]:
    """The frames of a video held in memory and their times in seconds."""
    try:
        with av.open(io.BytesIO(data), options={"format_whitelist": CONTAINERS}) as container:
            if not container.streams.video:
                return
            stream = container.streams.video[0]
            step = 1 / float(stream.average_rate or _FIRST_RATE)
            last = -step
            for frame in container.decode(stream):
                last = frame.time if frame.time is not None and frame.time > last else last + step
                yield frame, last
    except av.FFmpegError as error:
        _log.info("A video cannot be decoded further: %s", error)


class FileVideoTrack(MediaStreamTrack):
    """Plays at the file's own pace.

    Args:
        data: the file's bytes; nothing is written to disk.
        loop: begin again at the end, otherwise the track ends there.
        paused: asked before every frame; while it says True, none comes.
    """

    kind = "video"

    def __init__(self, data: bytes, loop: bool, paused: Callable[[], bool] = lambda: False) -> None:
        super().__init__()
        self._paused = paused
        self._frames = self._play(data, loop)
        self._start: float | None = None

    @staticmethod
    def _play(data: bytes, loop: bool) -> Iterator[tuple[av.VideoFrame, float]]:
        offset = 0.0
        while True:
            last = None
            for frame, time_s in _decode(data):
                last = time_s
                yield frame, offset + time_s
            if last is None or not loop:
                return
            offset += last + 1 / _FIRST_RATE

    async def recv(self) -> av.VideoFrame:
        """The next frame, when it is due."""
        if self.readyState != "live":
            raise MediaStreamError
        while self._paused() and self.readyState == "live":
            self._start = None  # the frame after a pause is due at once
            await asyncio.sleep(_PAUSE_S)
        item = await asyncio.to_thread(next, self._frames, None)
        if item is None:
            self.stop()
            raise MediaStreamError
        frame, time_s = item
        now = time.monotonic()
        self._start = now - time_s if self._start is None else self._start
        await asyncio.sleep(max(0.0, self._start + time_s - now))
        frame.pts, frame.time_base = round(time_s / _TIME_BASE), _TIME_BASE
        return frame


class FilePlayer:
    """What `webrtc_streamer(player_factory=…)` expects: one video, no sound."""

    audio = None

    def __init__(self, data: bytes, loop: bool = False, paused: Callable[[], bool] = lambda: False) -> None:
        self.video = FileVideoTrack(data, loop, paused)

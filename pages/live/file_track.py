"""A video file as a live WebRTC source.

aiortc's own MediaPlayer restarts its time stamps at 0 when it loops, and then plays as fast as it can decode
(`player_worker_decode`); here they always increase.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from io import BytesIO

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from emotion_core.errors import MediaError
from emotion_core.media.reader import open_video

_TIME_BASE = Fraction(1, 90_000)  # of RTP's video clock
_LOOP_GAP_S = 0.04  # from the last frame to the first one of the next round
_PAUSE_CHECK_S = 0.1
_log = logging.getLogger(__name__)


def check_video(data: bytes | memoryview) -> None:
    """Make sure that a video can be played.

    Raises:
        MediaError: it holds no readable picture, or its frames are too large.
    """
    with open_video(BytesIO(data), frame_threads=False) as video:
        next(video.pictures())


def _timed_frames(data: bytes) -> Iterator[tuple[av.VideoFrame, float]]:
    """Yield the frames of a video held in memory and their times in seconds."""
    try:
        with open_video(BytesIO(data), frame_threads=False) as video:
            for picture in video.pictures():
                yield picture.frame, float(picture.stamp * video.time_base)
    except MediaError as error:
        _log.info("A video cannot be played: %s", error)


class FileVideoTrack(MediaStreamTrack):
    """Plays a video file at its own pace.

    Args:
        data: the file's bytes; nothing is written to disk.
        loop: begin again at the end; otherwise the track ends there.
        paused: asked before every frame; while it returns True, no frame comes.
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
            for frame, time_s in _timed_frames(data):
                last = time_s
                yield frame, offset + time_s
            if last is None or not loop:
                return
            offset += last + _LOOP_GAP_S

    async def recv(self) -> av.VideoFrame:
        """Return the next frame when it is due."""
        if self.readyState != "live":
            raise MediaStreamError
        while self._paused() and self.readyState == "live":
            self._start = None  # the frame after a pause is due at once
            await asyncio.sleep(_PAUSE_CHECK_S)
        # Decoding would block the event loop, in which the video of every visitor is sent.
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

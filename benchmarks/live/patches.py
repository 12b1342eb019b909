"""What aiortc 1.16 and streamlit-webrtc 0.79 let one change from outside, to see what each costs in delay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiortc.codecs import vpx
from streamlit_webrtc.process import AsyncMediaProcessTrack

from pages.live._compat import end_frames_at_their_marker

SYNCHRONOUS = "sync"  # async_processing=False
_PATIENCE_S = 0.02


def a_frame_is_returned_when_it_is_ready() -> None:
    """streamlit-webrtc's asynchronous track hands a frame to its thread and returns the one before at once.

    Waiting for a moment returns the frame itself; a slower callback leaves things as they were.
    """

    async def recv(self: Any) -> Any:
        if self.readyState != "live":
            return await original(self)
        self._start()
        before, frame = self._last_out_frame, await self.track.recv()
        self._in_queue.put(frame)
        end = asyncio.get_running_loop().time() + _PATIENCE_S
        while not self._out_deque and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.001)
        with self._out_lock:
            returned = self._out_deque.pop() if self._out_deque else before
            self._out_deque.clear()
        self._last_out_frame = returned
        if returned is None:
            return frame
        returned.pts, returned.time_base = frame.pts, frame.time_base
        return returned

    original = AsyncMediaProcessTrack.recv
    if original.__module__ != __name__:
        AsyncMediaProcessTrack.recv = recv


def the_encoder_has_its_bitrate_at_once() -> None:
    """aiortc's VP8 encoder begins at 0.5 Mbit/s and is made anew, with a key frame, at each step up to 1.5."""
    vpx.MIN_BITRATE = vpx.DEFAULT_BITRATE = vpx.MAX_BITRATE = 1_500_000


PATCHES: dict[str, Callable[[], None]] = {
    "marker": end_frames_at_their_marker,
    "ready": a_frame_is_returned_when_it_is_ready,
    "bitrate": the_encoder_has_its_bitrate_at_once,
}

"""Patches to aiortc 1.16 and streamlit-webrtc 0.79 that show what each of their settings costs in delay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiortc.codecs import vpx
from streamlit_webrtc.process import AsyncMediaProcessTrack

from pages.live._compat import end_frames_at_their_marker

SYNCHRONOUS = "sync"  # async_processing=False
_WAIT_S = 0.02  # less than the 33 ms of a frame, so that the wait delays no other


def return_frame_when_ready() -> None:
    """Wait a moment for the callback, so that a frame is returned itself and not the one before it.

    streamlit-webrtc's asynchronous track hands a frame to its thread and at once returns the previous one. With a
    callback that is slower than the wait, nothing changes.
    """

    async def recv(self: Any) -> Any:
        if self.readyState != "live":
            return await original(self)
        self._start()
        before, frame = self._last_out_frame, await self.track.recv()
        self._in_queue.put(frame)
        end = asyncio.get_running_loop().time() + _WAIT_S
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
        AsyncMediaProcessTrack.recv = recv  # type: ignore[method-assign]


def start_encoder_at_full_bitrate() -> None:
    """Start aiortc's VP8 encoder at 1.5 Mbit/s.

    It starts at 0.5 Mbit/s otherwise, and is rebuilt, with a key frame, at each step up to 1.5.
    """
    vpx.MIN_BITRATE = vpx.DEFAULT_BITRATE = vpx.MAX_BITRATE = 1_500_000


PATCHES: dict[str, Callable[[], None]] = {
    "marker": end_frames_at_their_marker,
    "ready": return_frame_when_ready,
    "bitrate": start_encoder_at_full_bitrate,
}

"""Where the camera's frames go if nothing is sent back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError


class FrameSink:
    """Takes the frames of one track as they come; what streamlit-webrtc calls a `MediaSink`.

    Its own `VideoSinkTrack` does not tell when the track ends.

    Args:
        on_frame: called in the video's event loop for every frame; must neither wait nor raise.
        on_ended: called once when no frame comes any more.
    """

    kind = "video"

    def __init__(self, on_frame: Callable[[av.VideoFrame], None], on_ended: Callable[[], None]) -> None:
        self._on_frame = on_frame
        self._on_ended = on_ended
        self._track: MediaStreamTrack | None = None
        self._task: asyncio.Task[None] | None = None

    def addTrack(self, track: MediaStreamTrack) -> None:
        """Take the frames of ``track`` from now on."""
        self._track = track

    def hasTrack(self) -> bool:
        """Whether there is a track."""
        return self._track is not None

    def start(self) -> None:
        """Begin to take frames; called in the video's event loop."""
        if self._track is not None and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._take(self._track))

    def stop(self) -> None:
        """Take no more frames; may be called from any thread."""
        task, self._task, self._track = self._task, None, None
        if task is not None:
            task.get_loop().call_soon_threadsafe(task.cancel)

    async def _take(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame = await track.recv()
                if isinstance(frame, av.VideoFrame):
                    self._on_frame(frame)
        except MediaStreamError:
            return
        finally:
            self._on_ended()

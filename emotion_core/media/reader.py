"""Read a whole video with its sound: every frame decoded once, at its own time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, cast

from emotion_core.errors import MediaError
from emotion_core.media.container import (
    UNREADABLE,
    FrameClock,
    decoded,
    duration_s,
    frame_rate,
    open_container,
    packets,
)
from emotion_core.media.picture import Picture

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container.input import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream


class VideoReader:
    """An open video; see `open_video`.

    stream, sound: PyAV's streams of the picture and of the first audio track; None without one.
    frame_rate: mean frames per second.
    time_base: seconds in one unit of the picture's time stamps.
    duration_s: None if the file does not say.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self.stream = stream
        self.sound: AudioStream | None = next(iter(container.streams.audio), None)
        self.frame_rate = frame_rate(stream)
        self.time_base = cast(Fraction, stream.time_base)  # every stream of an open file has one
        self.duration_s = duration_s(container, stream)
        self._container = container
        self._read_bytes = 0

    @property
    def start(self) -> Fraction:
        """Seconds at which the first of picture and sound begins, in the picture's time base; usually 0.

        Rounded down to a whole number of the picture's units, so that subtracting it keeps every time stamp of the
        picture an integer.
        """
        streams = [stream for stream in (self.stream, self.sound) if stream is not None]
        starts = [
            stream.start_time * stream.time_base
            for stream in streams
            if stream.start_time is not None and stream.time_base is not None
        ]
        return math.floor(min(starts, default=Fraction()) / self.time_base) * self.time_base

    def share(self, time_s: float) -> float:
        """Return how much of the file has been read at ``time_s``, 0–1; judged by bytes if its length is unknown."""
        if self.duration_s:
            return min(1.0, time_s / self.duration_s)
        return min(1.0, self._read_bytes / max(1, self._container.size))

    def pictures(self, on_sound: Callable[[Packet[AudioStream]], None] | None = None) -> Iterator[Picture]:
        """Yield every frame in order; a file that breaks off gives the frames before the break.

        Args:
            on_sound: called with each packet of the sound, in the file's order.

        Raises:
            MediaError: the file holds no picture that can be decoded.
        """
        streams = [self.stream] if on_sound is None or self.sound is None else [self.stream, self.sound]
        clock = FrameClock(self.frame_rate, self.time_base)
        first: int | None = None
        index = 0
        for packet in packets(self._container, *streams):
            self._read_bytes = max(self._read_bytes, packet.pos or 0)
            if on_sound is not None and packet.stream is not self.stream:
                on_sound(cast("Packet[AudioStream]", packet))
                continue
            frames = decoded(cast("Packet[VideoStream]", packet))
            if frames is None:
                break
            for frame in frames:
                stamp = clock.stamp(frame.pts)
                first = stamp if first is None else first
                yield Picture(frame, stamp, float((stamp - first) * self.time_base), index)
                index += 1
        if first is None:
            raise MediaError(UNREADABLE)


@contextmanager
def open_video(source: Path | BytesIO, *, frame_threads: bool = True) -> Iterator[VideoReader]:
    """Open a video until the block ends; arguments as in `open_container`.

    Raises:
        MediaError: it cannot be read or holds no picture.
        MediaLimitError: its frames are too large.
    """
    with open_container(source, frame_threads=frame_threads) as (container, stream):
        yield VideoReader(container, stream)

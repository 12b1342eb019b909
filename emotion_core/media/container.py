"""Open video files with PyAV and read what they say about themselves; everything that decodes a video starts here."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, overload

import av

from emotion_core.errors import MediaError, MediaLimitError
from emotion_core.language import Message

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container.input import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MAX_FRAME_PIXELS = 50_000_000
UNREADABLE = Message("This is not a video that can be read. Try an MP4, MOV, WebM, MKV or AVI file.")

# Only formats that hold the video themselves: a playlist or an image sequence could name other files, on this machine
# or elsewhere.
_CONTAINERS = "mov,matroska,webm,avi,mpeg,mpegts,ogg,flv,asf"
_FALLBACK_RATE = Fraction(25)
_log = logging.getLogger(__name__)


@contextmanager
def open_container(
    source: Path | BytesIO, *, frame_threads: bool = True
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open PyAV's container and its first video stream until the block ends.

    Args:
        source: a file, or the bytes of one.
        frame_threads: decode several frames at once: faster, but the first frame comes later and each core holds a
            frame in memory. Not worth it for a video that is played at its own pace.

    Raises:
        MediaError: the file cannot be read or holds no picture.
        MediaLimitError: its frames are too large.
    """
    with _binary_file(source) as file:
        try:
            container = av.open(file, "r", options={"format_whitelist": _CONTAINERS})
        except (av.FFmpegError, OSError, ValueError) as error:  # OSError: an empty file cannot be rewound
            raise MediaError(UNREADABLE) from error
        with container:
            if not container.streams.video:
                raise MediaError("The file holds sound but no picture. Choose a video.")
            stream = container.streams.video[0]
            if stream.width * stream.height > MAX_FRAME_PIXELS:
                raise MediaLimitError(
                    "The video's frames of {width}×{height} pixels are too large.",
                    width=stream.width,
                    height=stream.height,
                )
            if frame_threads:
                stream.thread_type = "AUTO"
            yield container, stream


def _binary_file(source: Path | BytesIO) -> AbstractContextManager[BinaryIO]:
    if isinstance(source, BytesIO):
        return nullcontext(source)
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise MediaError("The file cannot be read: {reason}. Check the name.", reason=error.strerror) from error


def packets(container: InputContainer, *streams: Stream) -> Iterator[Packet[Stream]]:
    """Yield the packets of ``streams`` in the file's order, until the end or until the file breaks off."""
    try:
        yield from container.demux(*streams)
    except av.FFmpegError as error:
        _log.info("A video cannot be read further: %s", error)


@overload
def decoded(packet: Packet[VideoStream]) -> list[VideoFrame] | None: ...
@overload
def decoded(packet: Packet[AudioStream]) -> list[AudioFrame] | None: ...
def decoded(packet: Packet[VideoStream] | Packet[AudioStream]) -> list[VideoFrame] | list[AudioFrame] | None:
    """Return the frames of one packet; None if it is damaged, which is where the file breaks off."""
    try:
        return packet.decode()
    except av.FFmpegError as error:
        _log.info("A video cannot be decoded further: %s", error)
        return None


def frame_rate(stream: VideoStream) -> Fraction:
    """Return the mean number of frames per second."""
    return Fraction(stream.average_rate or stream.guessed_rate or _FALLBACK_RATE)


def duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    """Return the length in seconds; None if the file does not say."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration is not None else None


def quarter_turns(frame: VideoFrame) -> int:
    """Return the counterclockwise quarter turns, 0–3, that the file asks a player to make."""
    return round(frame.rotation / 90) % 4


class FrameClock:
    """Strictly increasing time stamps for the frames of one stream, in units of its time base.

    A time stamp that is missing or does not increase is replaced by the previous one plus the usual step.
    """

    def __init__(self, rate: Fraction, time_base: Fraction) -> None:
        self._step = max(1, round(1 / (rate * time_base)))
        self._last: int | None = None

    def stamp(self, pts: int | None) -> int:
        """Return the time stamp of the next frame, whose own one is ``pts``."""
        if self._last is None:
            self._last = 0 if pts is None else pts
        else:
            self._last = pts if pts is not None and pts > self._last else self._last + self._step
        return self._last

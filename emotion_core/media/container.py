"""Opening video files with PyAV and reading what they say of themselves: what reading and redrawing share."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from emotion_core.errors import MediaError, MediaLimitError

MAX_FRAME_PIXELS = 50_000_000
UNREADABLE = "This is not a video that can be read. Try an MP4, MOV, WebM, MKV or AVI file."

# Real containers only: playlists and lists of pictures would let a file name others, on this machine or elsewhere.
CONTAINERS = "mov,matroska,webm,avi,mpeg,mpegts,ogg,flv,asf"
_FALLBACK_RATE = Fraction(25)
_log = logging.getLogger(__name__)


@contextmanager
def open_container(path: Path) -> Iterator[tuple[Any, Any]]:
    """PyAV's container and its video stream, until the block ends.

    Raises:
        MediaError: the file cannot be read or holds no picture.
        MediaLimitError: its frames are too large.
    """
    try:
        file = Path(path).open("rb")  # noqa: SIM115 closed below; this error is of opening alone
    except OSError as error:
        raise MediaError(f"The file cannot be read: {error.strerror}. Check the name.") from error
    with file:
        try:
            container = av.open(file, "r", options={"format_whitelist": CONTAINERS})
        except (av.FFmpegError, OSError, ValueError) as error:  # OSError: an empty file cannot be rewound
            raise MediaError(UNREADABLE) from error
        with container:
            if not container.streams.video:
                raise MediaError("The file holds sound but no picture. Choose a video.")
            stream = container.streams.video[0]
            if stream.width * stream.height > MAX_FRAME_PIXELS:
                raise MediaLimitError(f"The video's frames of {stream.width}×{stream.height} pixels are too large.")
            stream.thread_type = "AUTO"
            yield container, stream


def packets(container: Any, *streams: Any) -> Iterator[Any]:
    """The packets of ``streams`` in the file's order, until the end or until the file breaks off."""
    try:
        yield from container.demux(*streams)
    except av.FFmpegError as error:
        _log.info("A video cannot be read further: %s", error)


def decoded(packet: Any) -> list[Any] | None:
    """The frames of one packet; None where it is damaged: the file breaks off there."""
    try:
        return list(packet.decode())
    except av.FFmpegError as error:
        _log.info("A video cannot be decoded further: %s", error)
        return None


def pictures(container: Any, stream: Any) -> Iterator[Any]:
    """The video's frames until the end or until the file breaks off."""
    for packet in packets(container, stream):
        frames = decoded(packet)
        if frames is None:
            return
        yield from frames


def frame_rate(stream: Any) -> Fraction:
    """Frames per second on average."""
    return Fraction(stream.average_rate or stream.guessed_rate or _FALLBACK_RATE)


def duration_s(container: Any, stream: Any) -> float | None:
    """Seconds; None where the file does not say."""
    if stream.duration is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration is not None else None


def quarter_turns(picture: Any) -> int:
    """Counter-clockwise quarter turns, 0–3, that the file asks a player to make."""
    return round(picture.rotation / 90) % 4


class FrameClock:
    """Time stamps of one stream's frames that only grow, in units of its time base.

    A time that is missing or runs backwards is replaced by the usual step after the last one.
    """

    def __init__(self, stream: Any) -> None:
        self._step = max(1, round(1 / (frame_rate(stream) * stream.time_base)))
        self._last: int | None = None

    def stamp(self, picture: Any) -> int:
        """The next frame's."""
        pts, last = picture.pts, self._last
        if pts is None or (last is not None and pts <= last):
            pts = 0 if last is None else last + self._step
        self._last = int(pts)
        return self._last

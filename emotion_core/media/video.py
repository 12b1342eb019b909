"""Video files, read frame by frame and written as H.264, with PyAV."""

from __future__ import annotations

import itertools
import logging
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from emotion_core.errors import MediaError, MediaLimitError

VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".ogv", ".3gp"})
MAX_FRAME_PIXELS = 50_000_000

# Real containers only: playlists and lists of pictures would let a file name others, on this machine or elsewhere.
_CONTAINERS = "mov,matroska,webm,avi,mpeg,mpegts,ogg,flv,asf"
_FALLBACK_RATE = Fraction(25)
_UNREADABLE = "This is not a video that can be read. Try an MP4, MOV, WebM, MKV or AVI file."
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class VideoInfo:
    """What a video file says of itself; size_wh is upright, in pixels. None where the file does not say."""

    size_wh: tuple[int, int]
    frame_rate: Fraction  # frames per second, on average
    duration_s: float | None
    frames: int | None


@dataclass(frozen=True)
class Frame:
    """One frame.

    frame_bgr: ``(h, w, 3)`` uint8, upright.
    time_s: seconds since the first frame.
    index: counts all frames of the file from 0, skipped ones too.
    """

    frame_bgr: np.ndarray
    time_s: float
    index: int


def probe_video(path: Path) -> VideoInfo:
    """Size, rate and length of a video; its first frame is decoded to see that it can be.

    Raises:
        MediaError: it cannot be read or holds no picture.
    """
    with _open(path) as (container, stream):
        first = next(_decoded(container, stream), None)
        if first is None:
            raise MediaError(_UNREADABLE)
        sideways = _quarter_turns(first) % 2
        size = (first.height, first.width) if sideways else (first.width, first.height)
        return VideoInfo(size, _rate(stream), _duration_s(container, stream), stream.frames or None)


def read_video(path: Path, *, every_s: float = 0.0) -> Iterator[Frame]:
    """The frames of a video in order, at most one in ``every_s`` seconds; 0 gives all of them.

    A file that breaks off gives the frames before the break.

    Raises:
        MediaError: it cannot be read or holds no picture.
        MediaLimitError: its frames are too large.
    """
    with _open(path) as (container, stream):
        step = float(1 / _rate(stream))
        start, last, due, index = None, -step, 0.0, -1
        for index, picture in enumerate(_decoded(container, stream)):
            if start is None:
                start = picture.time or 0.0
            # Times that are missing or run backwards are replaced by the usual step.
            time_s = picture.time - start if picture.time is not None else last + step
            last = time_s = time_s if time_s > last else last + step
            if time_s < due:
                continue
            due = next_due(time_s, every_s)
            yield Frame(_to_bgr(picture), time_s, index)
        if index < 0:
            raise MediaError(_UNREADABLE)


def next_due(time_s: float, every_s: float) -> float:
    """When the next frame is due after one at ``time_s``, on a grid of ``every_s`` seconds; at once where that is 0.

    A frame a microsecond early counts as on time: the times of frames are rounded.
    """
    if not every_s:
        return time_s
    return (math.floor(time_s / every_s + 1e-6) + 1) * every_s - 1e-6


def write_video(path: Path, frames: Iterable[np.ndarray], frame_rate: Fraction) -> None:
    """An MP4 with H.264 in yuv420p, which every browser plays. An odd last row or column is left out.

    Args:
        frames: ``(h, w, 3)`` uint8 BGR, all of one size, at least 2×2.
        frame_rate: frames per second.

    Raises:
        MediaError: there is no frame, sizes differ, or the file cannot be written. No file is left then.
    """
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise MediaError("There is no frame to write into a video.")
    try:
        _encode(path, first, frames, frame_rate)
    except (av.FFmpegError, OSError) as error:
        Path(path).unlink(missing_ok=True)
        raise MediaError(f"The video cannot be written: {error.strerror}.") from error
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise


def _encode(path: Path, first: np.ndarray, frames: Iterator[np.ndarray], frame_rate: Fraction) -> None:
    height, width = (side // 2 * 2 for side in first.shape[:2])
    if not height or not width:
        raise MediaError(f"Expected frames of at least 2×2 pixels. Received: {first.shape}")
    # Opened as a file: FFmpeg would take a name such as concat:… for a protocol.
    with Path(path).open("wb") as file, av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=frame_rate, options={"crf": "20", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in itertools.chain([first], frames):
            if frame.shape != first.shape:
                raise MediaError(f"Expected frames of one size, {first.shape}. Received: {frame.shape}")
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame[:height, :width]), "bgr24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


@contextmanager
def _open(path: Path) -> Iterator[tuple[Any, Any]]:
    try:
        file = Path(path).open("rb")  # noqa: SIM115 closed below; this error is of opening alone
    except OSError as error:
        raise MediaError(f"The file cannot be read: {error.strerror}. Check the name.") from error
    with file:
        try:
            container = av.open(file, "r", options={"format_whitelist": _CONTAINERS})
        except (av.FFmpegError, OSError, ValueError) as error:  # OSError: an empty file cannot be rewound
            raise MediaError(_UNREADABLE) from error
        with container:
            if not container.streams.video:
                raise MediaError("The file holds sound but no picture. Choose a video.")
            stream = container.streams.video[0]
            if stream.width * stream.height > MAX_FRAME_PIXELS:
                raise MediaLimitError(f"The video's frames of {stream.width}×{stream.height} pixels are too large.")
            stream.thread_type = "AUTO"
            yield container, stream


def _decoded(container: Any, stream: Any) -> Iterator[Any]:
    """Frames until the end or until the file breaks off."""
    try:
        yield from container.decode(stream)
    except av.FFmpegError as error:
        _log.info("A video cannot be decoded further: %s", error)


def _rate(stream: Any) -> Fraction:
    return stream.average_rate or stream.guessed_rate or _FALLBACK_RATE


def _duration_s(container: Any, stream: Any) -> float | None:
    if stream.duration is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration is not None else None


def _quarter_turns(picture: Any) -> int:
    """Counter-clockwise quarter turns that the file asks a player to make."""
    return round(picture.rotation / 90) % 4


def _to_bgr(picture: Any) -> np.ndarray:
    turned = np.rot90(picture.to_ndarray(format="bgr24"), _quarter_turns(picture))
    return np.ascontiguousarray(turned)

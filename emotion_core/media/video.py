"""Video files, read frame by frame and written as H.264, with PyAV."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from emotion_core.errors import MediaError
from emotion_core.media.container import (
    UNREADABLE,
    FrameClock,
    duration_s,
    frame_rate,
    open_container,
    pictures,
    quarter_turns,
)

VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".ogv", ".3gp"})


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
    with open_container(path) as (container, stream):
        first = next(pictures(container, stream), None)
        if first is None:
            raise MediaError(UNREADABLE)
        sideways = quarter_turns(first) % 2
        size = (first.height, first.width) if sideways else (first.width, first.height)
        return VideoInfo(size, frame_rate(stream), duration_s(container, stream), stream.frames or None)


def read_video(path: Path, *, every_s: float = 0.0) -> Iterator[Frame]:
    """The frames of a video in order, at most one in ``every_s`` seconds; 0 gives all of them.

    A file that breaks off gives the frames before the break.

    Raises:
        MediaError: it cannot be read or holds no picture.
        MediaLimitError: its frames are too large.
    """
    with open_container(path) as (container, stream):
        clock, start, due, index = FrameClock(stream), None, 0.0, -1
        for index, picture in enumerate(pictures(container, stream)):
            stamp = clock.stamp(picture)
            start = stamp if start is None else start
            time_s = float((stamp - start) * stream.time_base)
            if time_s < due:
                continue
            due = next_due(time_s, every_s)
            yield Frame(_to_bgr(picture), time_s, index)
        if index < 0:
            raise MediaError(UNREADABLE)


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


def _to_bgr(picture: Any) -> np.ndarray:
    turned = np.rot90(picture.to_ndarray(format="bgr24"), quarter_turns(picture))
    return np.ascontiguousarray(turned)

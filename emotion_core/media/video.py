"""Video files read frame by frame as BGR, and frames written as H.264, with PyAV."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from emotion_core.errors import MediaError
from emotion_core.media.container import quarter_turns
from emotion_core.media.reader import open_video

VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".ogv", ".3gp"})


@dataclass(frozen=True)
class VideoInfo:
    """What a video file says about itself; None where it does not say.

    size_wh: width and height in pixels, upright.
    frame_rate: mean frames per second.
    frames: how many there are.
    """

    size_wh: tuple[int, int]
    frame_rate: Fraction
    duration_s: float | None
    frames: int | None


@dataclass(frozen=True)
class Frame:
    """One frame of a video.

    frame_bgr: ``(h, w, 3)`` uint8, upright.
    time_s: seconds since the first frame.
    index: number of the frame in the file, from 0; skipped frames count too.
    """

    frame_bgr: np.ndarray
    time_s: float
    index: int


def probe_video(path: Path) -> VideoInfo:
    """Return the size, rate and length of a video, after decoding its first frame to make sure that it can be read.

    Raises:
        MediaError: it cannot be read or holds no picture.
    """
    with open_video(path) as video:
        first = next(video.pictures()).frame
        sideways = quarter_turns(first) % 2
        size_wh = (first.height, first.width) if sideways else (first.width, first.height)
        return VideoInfo(size_wh, video.frame_rate, video.duration_s, video.stream.frames or None)


def read_video(path: Path, *, every_s: float = 0.0) -> Iterator[Frame]:
    """Yield the frames of a video in order, at most one per ``every_s`` seconds; 0 gives all of them.

    A file that breaks off gives the frames before the break.

    Raises:
        MediaError: it cannot be read or holds no picture.
        MediaLimitError: its frames are too large.
    """
    with open_video(path) as video:
        due_s = 0.0
        for picture in video.pictures():
            if picture.time_s >= due_s:
                due_s = next_due(picture.time_s, every_s)
                yield Frame(_upright_bgr(picture.frame), picture.time_s, picture.index)


def next_due(time_s: float, every_s: float) -> float:
    """Return when the frame after one at ``time_s`` is due, on a grid of ``every_s`` seconds; at once if that is 0.

    A frame that is a microsecond early counts as on time, because the times of frames are rounded.
    """
    if not every_s:
        return time_s
    return (math.floor(time_s / every_s + 1e-6) + 1) * every_s - 1e-6


def write_video(path: Path, frames: Iterable[np.ndarray], frame_rate: Fraction) -> None:
    """Write an MP4 with H.264 in yuv420p, which every browser plays. An odd last row or column is left out.

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
        raise MediaError("The video cannot be written: {reason}.", reason=error.strerror) from error
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise


def _encode(path: Path, first: np.ndarray, frames: Iterator[np.ndarray], frame_rate: Fraction) -> None:
    height, width = (side // 2 * 2 for side in first.shape[:2])
    if not height or not width:
        raise MediaError("Expected frames of at least 2×2 pixels. Received: {shape}", shape=first.shape)
    # Opened as a file: FFmpeg would take a name such as concat:… for a protocol.
    with Path(path).open("wb") as file, av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=frame_rate, options={"crf": "20", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in itertools.chain([first], frames):
            if frame.shape != first.shape:
                raise MediaError(
                    "Expected frames of one size, {shape}. Received: {shape_2}", shape=first.shape, shape_2=frame.shape
                )
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame[:height, :width]), "bgr24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def _upright_bgr(frame: av.VideoFrame) -> np.ndarray:
    """Return the frame as BGR with an odd last row or column, which `Picture.to_bgr` leaves out."""
    return np.ascontiguousarray(np.rot90(frame.to_ndarray(format="bgr24"), quarter_turns(frame)))

"""A whole video with its sound: every frame decoded, drawn on where wanted, and written again at its own time.

`open_film` reads, `film_writer` writes an MP4 (H.264 in yuv420p, index first) that every browser plays.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from emotion_core.errors import MediaError
from emotion_core.files.atomic import replaced_file
from emotion_core.media.container import (
    UNREADABLE,
    FrameClock,
    decoded,
    duration_s,
    frame_rate,
    open_container,
    packets,
    quarter_turns,
)

PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium")  # x264's: slower makes smaller files
_COPIED_SOUND = frozenset({"aac", "mp3", "opus", "flac"})  # what MP4 holds and browsers play; other sound becomes AAC
_MPEG_RANGE, _FULL_RANGE = 1, 2  # FFmpeg's AVCOL_RANGE_MPEG and _JPEG
_log = logging.getLogger(__name__)


@dataclass
class Picture:
    """One decoded frame, converted only when it is asked for.

    stamp: its time in the stream's time base, as the file says it.
    time_s: seconds since the first frame.
    index: counts the frames of the file from 0.
    """

    frame: Any
    stamp: int
    time_s: float
    index: int
    _planes: np.ndarray | None = field(default=None, repr=False)

    @property
    def planes(self) -> np.ndarray:
        """``(h · 3 / 2, w)`` uint8: Y above U and V (I420), upright, an odd last row or column left out."""
        if self._planes is None:
            self._planes = _upright_planes(self.frame)
        return self._planes

    def to_bgr(self) -> np.ndarray:
        """frame_bgr ``(h, w, 3)`` uint8, a new array."""
        return cv2.cvtColor(self.planes, cv2.COLOR_YUV2BGR_I420)

    def yuv(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Views of `planes` to draw on: Y ``(h, w)``, U and V ``(h / 2, w / 2)``."""
        return _yuv(self.planes)

    def encodable(self) -> Any:
        """The frame for the encoder: the decoder's own where nothing changed it."""
        if self._planes is None and _fits(self.frame):
            return self.frame
        made = av.VideoFrame.from_ndarray(self.planes, format="yuv420p")
        made.duration = self.frame.duration
        return made


def _fits(frame: Any) -> bool:
    return frame.width % 2 == 0 and frame.height % 2 == 0 and _is_limited_i420(frame) and quarter_turns(frame) == 0


def _is_limited_i420(frame: Any) -> bool:
    return frame.format.name == "yuv420p" and frame.color_range != _FULL_RANGE


def _upright_planes(frame: Any) -> np.ndarray:
    turns = quarter_turns(frame)
    if not _is_limited_i420(frame):
        frame = frame.reformat(format="yuv420p", dst_color_range=_MPEG_RANGE)
    width, height = frame.width // 2 * 2, frame.height // 2 * 2
    if not width or not height:
        raise MediaError(f"Expected frames of at least 2×2 pixels. Received: {frame.width}×{frame.height}")
    sides = [(height, width), (height // 2, width // 2), (height // 2, width // 2)]
    planes = [_plane(plane)[:h, :w] for plane, (h, w) in zip(frame.planes, sides, strict=True)]
    flat = np.concatenate([np.rot90(plane, turns).reshape(-1) for plane in planes])
    return flat.reshape(-1, height if turns % 2 else width)


def _plane(plane: Any) -> np.ndarray:
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)


def _yuv(planes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Views of an I420 array: Y ``(h, w)``, U and V ``(h / 2, w / 2)``."""
    height, width = planes.shape[0] * 2 // 3, planes.shape[1]
    u, v = planes.reshape(-1)[height * width :].reshape(2, height // 2, width // 2)
    return planes[:height], u, v


class Film:
    """An open video, see `open_film`."""

    def __init__(self, container: Any, stream: Any, file_bytes: int) -> None:
        self.stream = stream
        self.sound: Any = next(iter(container.streams.audio), None)
        self.duration_s = duration_s(container, stream)
        self._container = container
        self._bytes = file_bytes
        self._read_bytes = 0

    @property
    def start(self) -> Fraction:
        """Seconds at which the first of picture and sound begins, in the picture's time base; usually 0."""
        streams = [stream for stream in (self.stream, self.sound) if stream is not None]
        starts = [stream.start_time * stream.time_base for stream in streams if stream.start_time is not None]
        time_base = self.stream.time_base
        return math.floor(min(starts, default=Fraction()) / time_base) * time_base

    def share(self, time_s: float) -> float:
        """How much of the file is read at ``time_s``, 0–1; told by its bytes where it does not say how long it is."""
        if self.duration_s:
            return min(1.0, time_s / self.duration_s)
        return min(1.0, self._read_bytes / max(1, self._bytes))

    def pictures(self, on_sound: Callable[[Any], None] | None = None) -> Iterator[Picture]:
        """Every frame in order; a file that breaks off gives the frames before the break.

        Args:
            on_sound: called with each of the sound's packets, in the file's order.

        Raises:
            MediaError: it holds no picture that can be decoded.
        """
        wanted = [self.stream] if on_sound is None or self.sound is None else [self.stream, self.sound]
        clock, start, index = FrameClock(self.stream), None, 0
        for packet in packets(self._container, *wanted):
            self._read_bytes = max(self._read_bytes, packet.pos or 0)
            if on_sound is not None and packet.stream is not self.stream:
                on_sound(packet)
                continue
            frames = decoded(packet)
            if frames is None:
                break
            for frame in frames:
                stamp = clock.stamp(frame)
                start = stamp if start is None else start
                yield Picture(frame, stamp, float((stamp - start) * self.stream.time_base), index)
                index += 1
        if start is None:
            raise MediaError(UNREADABLE)


@contextmanager
def open_film(path: Path) -> Iterator[Film]:
    """The video at ``path``, until the block ends.

    Raises:
        MediaError: it cannot be read or holds no picture.
        MediaLimitError: its frames are too large.
    """
    with open_container(path) as (container, stream):
        yield Film(container, stream, Path(path).stat().st_size)


class FilmWriter:
    """Writes a film's pictures and sound again, see `film_writer`."""

    def __init__(self, container: Any, film: Film, preset: str) -> None:
        self._container = container
        self._film = film
        self._shift = round(film.start / film.stream.time_base)
        rate = frame_rate(film.stream)
        self._stream = container.add_stream("libx264", rate=rate, options={"crf": "20", "preset": preset})
        self._sound = None if film.sound is None else _sound(container, film)
        self._size_wh = (0, 0)
        self._early: list[Any] = []  # sound that comes before the first picture: no encoder may be open yet

    def write(self, picture: Picture) -> None:
        """The next picture, at its own time.

        Raises:
            MediaError: it is smaller than 2×2 pixels.
        """
        frame = picture.encodable()
        if self._size_wh == (0, 0):
            self._begin(frame, picture.frame)
            for packet in self._early:
                self.write_sound(packet)
            self._early = []
        if (frame.width, frame.height) != self._size_wh:  # some files change their size on the way
            frame = frame.reformat(*self._size_wh)
        frame.pts, frame.time_base = picture.stamp - self._shift, self._film.stream.time_base
        frame.pict_type = 0  # the encoder decides anew
        self._container.mux(self._stream.encode(frame))

    def write_sound(self, packet: Any) -> None:
        """The next packet of the film's sound."""
        if self._size_wh == (0, 0):
            self._early.append(packet)
        elif self._sound is not None:
            self._sound.write(packet)

    def finish(self) -> None:
        """Write what the encoders still hold."""
        if self._sound is not None:
            self._sound.finish()
        self._container.mux(self._stream.encode())

    def _begin(self, frame: Any, source: Any) -> None:
        context, source_context = self._stream.codec_context, self._film.stream.codec_context
        self._size_wh = context.width, context.height = frame.width, frame.height
        context.pix_fmt = "yuv420p"
        context.time_base = self._film.stream.time_base  # so that every time stamp stays the integer that it was
        aspect = source_context.sample_aspect_ratio
        if aspect:
            context.sample_aspect_ratio = 1 / aspect if quarter_turns(source) % 2 else aspect
        context.color_range = _MPEG_RANGE
        for name in ("colorspace", "color_primaries", "color_trc"):
            setattr(context, name, getattr(source_context, name))


@contextmanager
def film_writer(target: Path, film: Film, preset: str = PRESETS[1]) -> Iterator[FilmWriter]:
    """Writes ``film`` again into the MP4 ``target``, which appears when the block has ended without an error.

    Time stamps stay exact: picture and sound are moved together so that the first of them begins at 0. Sound is
    copied where MP4 can hold it and browsers play it, and becomes AAC otherwise; of several tracks the first is kept.

    Args:
        preset: x264's, one of `PRESETS`.

    Raises:
        ValueError: the preset is unknown.
        MediaError: the file cannot be written. No file is left then.
    """
    if preset not in PRESETS:
        raise ValueError(f"Expected a preset of {', '.join(PRESETS)}. Received: {preset!r}")
    try:
        with replaced_file(target) as partial:
            # "file:" because FFmpeg would take a name such as concat:… for a protocol.
            place = f"file:{os.path.abspath(partial)}"  # noqa: PTH100 resolve() would follow links
            with av.open(place, "w", format="mp4", options={"movflags": "+faststart"}) as container:
                writer = FilmWriter(container, film, preset)
                yield writer
                writer.finish()
    except (av.FFmpegError, OSError) as error:
        raise MediaError(f"The video cannot be written: {error.strerror}.") from error


class _Sound:
    """Muxes packets of sound in growing order; one that would go back in time is left out, as MP4 cannot hold it."""

    def __init__(self, container: Any, stream: Any) -> None:
        self._container = container
        self._stream = stream
        self._last: int | None = None

    def _mux(self, packet: Any) -> None:
        if packet.dts is None or packet.pts is None:  # the end of the stream, or a damaged packet
            return
        if self._last is None or packet.dts > self._last:
            self._last = packet.dts
            packet.stream = self._stream
            self._container.mux(packet)


class _CopiedSound(_Sound):
    """Packets as they are, moved in time together with the picture."""

    def __init__(self, container: Any, film: Film) -> None:
        super().__init__(container, container.add_stream_from_template(film.sound))
        self._shift = round(film.start / film.sound.time_base)

    def write(self, packet: Any) -> None:
        if packet.pts is not None and packet.dts is not None:
            packet.pts, packet.dts = packet.pts - self._shift, packet.dts - self._shift
        self._mux(packet)

    def finish(self) -> None:
        """Nothing is held back."""


class _EncodedSound(_Sound):
    """Sound decoded and written as AAC; where it cannot be decoded it ends, and the picture goes on."""

    def __init__(self, container: Any, film: Film) -> None:
        source = film.sound.codec_context
        rate = source.sample_rate if source.sample_rate in _AAC_RATES else 48_000
        super().__init__(container, container.add_stream("aac", rate=rate, options={"b": "160k"}))
        layout = "mono" if source.channels == 1 else "stereo"
        self._stream.codec_context.layout = layout
        # async: silence where the file has a gap, so that sound and picture stay together.
        options = {"async": "1"}
        self._resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate, frame_size=1024, options=options)
        self._start = film.start
        self._broken = False

    def write(self, packet: Any) -> None:
        frames = None if self._broken else decoded(packet)
        if frames is None:
            self._broken = True
            return
        for frame in frames:
            if frame.pts is not None:
                frame.pts -= round(self._start / frame.time_base)
            self._encode(self._resampler.resample(frame))

    def finish(self) -> None:
        self._encode([*self._resampler.resample(None), None])

    def _encode(self, frames: list[Any]) -> None:
        for frame in frames:
            for packet in self._stream.encode(frame):
                self._mux(packet)


_AAC_RATES = frozenset({8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000})


def _sound(container: Any, film: Film) -> _CopiedSound | _EncodedSound:
    copied = film.sound.codec_context.codec.canonical_name in _COPIED_SOUND
    return _CopiedSound(container, film) if copied else _EncodedSound(container, film)

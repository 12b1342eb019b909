"""Short videos made in a test, in any container, codec and timing, with a tone as their sound."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from emotion_core.draw.canvas import PlanarCanvas
from emotion_core.media.picture import Picture

TONE_HZ = 440
RATE_HZ = 48_000
# Times of frames that no constant frame rate gives.
UNEVEN_MS = (0, 40, 73, 120, 121, 200, 333, 366, 400, 700, 710, 780)


def plain_frames(count: int, width: int = 64, height: int = 48) -> list[np.ndarray]:
    """Return gray frames; frame i has the value 8·i."""
    return [np.full((height, width, 3), 8 * i % 256, np.uint8) for i in range(count)]


def write_film(
    path: Path,
    frames: Sequence[np.ndarray],
    stamps: Sequence[int] | None = None,
    time_base: Fraction = Fraction(1, 1000),
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    sound: str | None = None,
    sound_s: float = 0.8,
) -> Path:
    """Write frames ``(h, w, 3)`` uint8 BGR at ``stamps`` (in ``time_base``; every 40 ms if left out).

    Args:
        sound: codec of a stereo tone that is ``sound_s`` long.
    """
    stamps = [round(i / 25 / time_base) for i in range(len(frames))] if stamps is None else stamps
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pix_fmt
        stream.codec_context.time_base = time_base
        tone = None if sound is None else container.add_stream(sound, rate=RATE_HZ, options={"strict": "-2"})
        if tone is not None:
            tone.codec_context.layout = "stereo"
        for frame, stamp in zip(frames, stamps, strict=True):
            picture = av.VideoFrame.from_ndarray(frame, "bgr24")
            picture.pts, picture.time_base = stamp, time_base
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
        if tone is not None:
            _write_tone(container, tone, sound_s)
    return path


def _write_tone(container: Any, stream: Any, seconds: float) -> None:
    context = stream.codec_context
    wave = 0.3 * np.sin(2 * np.pi * TONE_HZ * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)
    whole = av.AudioFrame.from_ndarray(np.stack([wave, wave]).astype(np.float32), format="fltp", layout="stereo")
    whole.rate, whole.pts, whole.time_base = RATE_HZ, 0, Fraction(1, RATE_HZ)
    frame_size = context.frame_size or 1024
    resampler = av.AudioResampler(format=context.format, layout="stereo", rate=RATE_HZ, frame_size=frame_size)
    parts = [*resampler.resample(whole), *resampler.resample(None)] if whole.samples else []
    for part in [*parts, None]:
        container.mux(stream.encode(part))


def redden_corner(picture: Picture) -> None:
    """Draw a red rectangle of 12×8 pixels into the upper left corner."""
    PlanarCanvas(*picture.yuv()).fill((0, 0), (11, 7), (0, 0, 255))


def frame_times(path: Path) -> list[Fraction]:
    """Return the exact time of every frame, in seconds."""
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]


def sound_packets(path: Path) -> list[bytes]:
    """Return the encoded packets of the sound."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def sound_codec(path: Path) -> str | None:
    """Return the canonical name of the codec of the first audio track; None without sound."""
    with av.open(str(path)) as container:
        return container.streams.audio[0].codec_context.codec.canonical_name if container.streams.audio else None


def loudest_hz(path: Path) -> float:
    """Return the strongest frequency in the middle half of the sound."""
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    samples = np.concatenate([frame.to_ndarray().reshape(len(frame.layout.channels), -1)[0] for frame in frames])
    middle = samples[len(samples) // 4 : len(samples) * 3 // 4]
    return float(np.abs(np.fft.rfft(middle)).argmax() * frames[0].sample_rate / len(middle))


def turn(path: Path) -> None:
    """Write a quarter turn into the display matrix of an MP4's video track."""
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 4 + 20 + 16
    turned = [0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000]
    data[matrix : matrix + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in turned)
    path.write_bytes(bytes(data))

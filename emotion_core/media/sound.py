"""The sound of a video that is written again: packets copied where MP4 can hold them, and encoded as AAC otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av

from emotion_core.media.container import decoded

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container.output import OutputContainer
    from av.packet import Packet

_COPIED_CODECS = frozenset({"aac", "mp3", "opus", "flac"})  # what MP4 can hold and browsers play
_AAC_RATES = frozenset({8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000})
_AAC_FRAME = 1024  # samples in a frame of AAC; the encoder takes no other number


def sound_track(
    container: OutputContainer, source: AudioStream, start: Fraction
) -> CopiedSoundTrack | EncodedSoundTrack:
    """Add an audio track for ``source`` to ``container``.

    Args:
        start: seconds that are subtracted from every time stamp.
    """
    copied = source.codec_context.codec.canonical_name in _COPIED_CODECS
    return (CopiedSoundTrack if copied else EncodedSoundTrack)(container, source, start)


class _SoundTrack:
    """Muxes packets with increasing time stamps; drops one that would go back, because MP4 cannot hold it."""

    def __init__(self, container: OutputContainer, stream: AudioStream) -> None:
        self._container = container
        self._stream = stream
        self._last_dts: int | None = None

    def _mux(self, packet: Packet[AudioStream]) -> None:
        if packet.dts is None or packet.pts is None:  # the end of the stream, or a damaged packet
            return
        if self._last_dts is None or packet.dts > self._last_dts:
            self._last_dts = packet.dts
            packet.stream = self._stream
            self._container.mux(packet)


class CopiedSoundTrack(_SoundTrack):
    """Packets as they are, shifted in time together with the picture."""

    def __init__(self, container: OutputContainer, source: AudioStream, start: Fraction) -> None:
        super().__init__(container, container.add_stream_from_template(source))
        # A packet's time stamps are in the time base of its own stream, which differs from the picture's.
        self._shift = round(start / cast(Fraction, source.time_base))

    def write(self, packet: Packet[AudioStream]) -> None:
        """Write the next packet of the source."""
        if packet.pts is not None and packet.dts is not None:
            packet.pts, packet.dts = packet.pts - self._shift, packet.dts - self._shift
        self._mux(packet)

    def finish(self) -> None:
        """Do nothing: no packet is held back."""


class EncodedSoundTrack(_SoundTrack):
    """Sound decoded and encoded as AAC; if it cannot be decoded it ends there, and the picture goes on."""

    def __init__(self, container: OutputContainer, source: AudioStream, start: Fraction) -> None:
        context = source.codec_context
        rate = context.sample_rate if context.sample_rate in _AAC_RATES else 48_000
        super().__init__(container, container.add_stream("aac", rate=rate, options={"b": "160k"}))
        layout = "mono" if context.channels == 1 else "stereo"
        self._stream.codec_context.layout = layout
        # async=1 fills gaps in the source's time stamps with silence, so that sound and picture stay together.
        self._resampler = av.AudioResampler(
            format="fltp", layout=layout, rate=rate, frame_size=_AAC_FRAME, options={"async": "1"}
        )
        self._start = start
        self._broken = False

    def write(self, packet: Packet[AudioStream]) -> None:
        """Decode the next packet of the source and write what the encoder gives for it."""
        frames = None if self._broken else decoded(packet)
        if frames is None:
            self._broken = True
            return
        for frame in frames:
            if frame.pts is not None:
                frame.pts -= round(self._start / cast(Fraction, frame.time_base))
            self._encode(self._resampler.resample(frame))

    def finish(self) -> None:
        """Write what the resampler and the encoder still hold back."""
        self._encode([*self._resampler.resample(None), None])

    def _encode(self, frames: Sequence[AudioFrame | None]) -> None:
        for frame in frames:
            for packet in self._stream.encode(frame):
                self._mux(packet)

"""Write a video again, with its sound, as an MP4 that every browser plays: H.264 in yuv420p, its index first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import av

from emotion_core.errors import MediaError
from emotion_core.files.atomic import replaced_file
from emotion_core.media.container import quarter_turns
from emotion_core.media.frames import I420
from emotion_core.media.picture import LIMITED_RANGE, Picture
from emotion_core.media.reader import VideoReader
from emotion_core.media.sound import sound_track

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container.output import OutputContainer
    from av.packet import Packet

PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium")  # x264's: slower makes smaller files
_QUALITY = "20"  # x264's constant rate factor: 18 counts as visually lossless, 23 is its default


class VideoWriter:
    """Writes the pictures and the sound of another video; see `video_writer`."""

    def __init__(self, container: OutputContainer, source: VideoReader, preset: str) -> None:
        self._container = container
        self._source = source
        self._shift = round(source.start / source.time_base)
        options = {"crf": _QUALITY, "preset": preset}
        self._stream = container.add_stream("libx264", rate=source.frame_rate, options=options)
        self._sound = None if source.sound is None else sound_track(container, source.sound, source.start)
        self._size_wh = (0, 0)
        # Sound that comes before the first picture has to wait: muxing its first packet writes the header and opens
        # all encoders, and the size of the picture is not known until then.
        self._early_sound: list[Packet[AudioStream]] = []

    def write(self, picture: Picture) -> None:
        """Write the next picture, at its own time.

        Raises:
            MediaError: it is smaller than 2×2 pixels.
        """
        frame = picture.encodable()
        if self._size_wh == (0, 0):
            self._begin(frame, picture.frame)
            for packet in self._early_sound:
                self.write_sound(packet)
            self._early_sound = []
        if (frame.width, frame.height) != self._size_wh:  # some files change their size on the way
            frame = frame.reformat(*self._size_wh)
        frame.pts, frame.time_base = picture.stamp - self._shift, self._source.time_base
        frame.pict_type = 0  # let the encoder choose the frame's type; it would take over the source's otherwise
        self._container.mux(self._stream.encode(frame))

    def write_sound(self, packet: Packet[AudioStream]) -> None:
        """Write the next packet of the source's sound."""
        if self._size_wh == (0, 0):
            self._early_sound.append(packet)
        elif self._sound is not None:
            self._sound.write(packet)

    def finish(self) -> None:
        """Write what the encoders still hold back."""
        if self._sound is not None:
            self._sound.finish()
        self._container.mux(self._stream.encode())

    def _begin(self, frame: av.VideoFrame, decoded: av.VideoFrame) -> None:
        context, source_context = self._stream.codec_context, self._source.stream.codec_context
        self._size_wh = context.width, context.height = frame.width, frame.height
        context.pix_fmt = I420
        # By default the encoder counts in frames (1 / rate) and would round the times of a variable frame rate. In the
        # source's own time base every time stamp stays the integer that it was.
        context.time_base = self._source.time_base
        aspect = source_context.sample_aspect_ratio
        if aspect:
            context.sample_aspect_ratio = 1 / aspect if quarter_turns(decoded) % 2 else aspect
        context.color_range = LIMITED_RANGE
        for name in ("colorspace", "color_primaries", "color_trc"):
            setattr(context, name, getattr(source_context, name))


@contextmanager
def video_writer(
    target: Path, source: VideoReader, preset: str = PRESETS[1], comment: str = ""
) -> Iterator[VideoWriter]:
    """Write ``source`` again into the MP4 ``target``, which appears once the block has ended without an error.

    Time stamps stay exact: picture and sound are shifted together so that the first of them begins at 0. Sound is
    copied if MP4 can hold it and browsers play it, and becomes AAC otherwise; only the first audio track is kept.

    Args:
        preset: x264's, one of `PRESETS`.
        comment: is written into the file.

    Raises:
        ValueError: the preset is unknown.
        MediaError: the file cannot be written. No file is left then.
    """
    if preset not in PRESETS:
        raise ValueError(f"Expected a preset of {', '.join(PRESETS)}. Received: {preset!r}")
    try:
        with replaced_file(target) as partial:
            # "file:" because FFmpeg would take a name such as concat:… for a protocol.
            url = f"file:{os.path.abspath(partial)}"  # noqa: PTH100 resolve() would follow links
            with av.open(url, "w", format="mp4", options={"movflags": "+faststart"}) as container:
                container.metadata["comment"] = comment
                writer = VideoWriter(container, source, preset)
                yield writer
                writer.finish()
    except (av.FFmpegError, OSError) as error:
        raise MediaError("The video cannot be written: {reason}.", reason=error.strerror) from error

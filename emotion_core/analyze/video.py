"""Analyze a video file from its first frame to its last, and write a copy with the results drawn onto it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion_core.analyze.frame import EmotionAnalyzer
from emotion_core.classify.base import Classifier
from emotion_core.detect import HaarOptions, make_detector
from emotion_core.draw.annotate import OverlayStyle, draw
from emotion_core.draw.canvas import PlanarCanvas
from emotion_core.media.picture import Picture
from emotion_core.media.reader import open_video
from emotion_core.media.video import next_due
from emotion_core.media.writer import PRESETS, VideoWriter, video_writer
from emotion_core.results import FrameResult
from emotion_core.track.interpolate import between
from emotion_core.track.tracker import Tracker, TrackerOptions

EVERY_S = 0.1  # seconds from one analysis to the next: expressions hardly change faster
_WAITING_BYTES = 256_000_000  # of frames that wait for the next analysis: 2.7 s of 1080p at 30 frames per second
_WARM_UP_S = 1.0  # the time left is not estimated before

Analyze = Callable[[np.ndarray, float], FrameResult]  # frame_bgr (h, w, 3) uint8, time_s → result


@dataclass(frozen=True)
class Progress:
    """How far the analysis of a video has come.

    share: 0–1, never falls.
    left_s: estimated seconds until the end; None at first.
    time_s: time of the newest frame, in seconds since the first one.
    result: the faces of that frame; None if it was not analyzed.
    """

    share: float
    left_s: float | None
    time_s: float
    result: FrameResult | None = None


@dataclass(frozen=True)
class Drawing:
    """The annotated copy to write.

    target: an MP4; it appears once all of it is written.
    style: what is drawn.
    preset: how much time the encoder takes, one of `media.writer.PRESETS`.
    comment: is written into the file.
    """

    target: Path
    style: OverlayStyle = OverlayStyle()  # noqa: RUF009 frozen, so it may be shared
    preset: str = PRESETS[1]
    comment: str = ""


def analyze_video(
    path: Path,
    analyze: Analyze,
    *,
    every_s: float = EVERY_S,
    drawing: Drawing | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Generator[Progress, None, None]:
    """Decode every frame, analyze one per ``every_s`` seconds, and yield the progress after each frame.

    To cancel, close the generator: the unfinished copy is deleted. With a ``drawing``, a frame is written once the next
    analysis is known, so that its boxes can be interpolated instead of lagging behind the faces (see `between`).

    Args:
        analyze: `EmotionAnalyzer.analyze` of an analyzer for this video alone.
        every_s: seconds from one analyzed frame to the next; 0 analyzes all of them.
        clock: seconds, for the estimate of the time left.

    Raises:
        MediaError: the video cannot be read, or the copy cannot be written.
        EmotionError: what ``analyze`` raises.
    """
    with ExitStack() as stack:
        video = stack.enter_context(open_video(path))
        time_left, due, time_s = _TimeLeft(clock), 0.0, 0.0
        drawer: _Drawer | None = None
        if drawing:
            writer = stack.enter_context(video_writer(drawing.target, video, drawing.preset, drawing.comment))
            drawer = _Drawer(writer, drawing.style)
        for picture in video.pictures(drawer.writer.write_sound if drawer else None):
            time_s, result = picture.time_s, None
            if time_s >= due:
                due = next_due(time_s, every_s)
                result = analyze(picture.to_bgr(), time_s)
            if drawer:
                drawer.add(picture, result)
            share = time_left.update(video.share(time_s))
            yield Progress(share, time_left.left_s, time_s, result)
        if drawer:
            drawer.finish()
    yield Progress(1.0, 0.0, time_s)


def video_analyzer(
    classifier: Classifier, models_dir: Path, detector: str = "haar", haar: HaarOptions | None = None
) -> EmotionAnalyzer:
    """Return an analyzer for one video: its detector follows faces, its tracker gives them ids.

    Args:
        detector: a name from `emotion_core.detect.DETECTORS`.
        haar: options of the Haar detector; the defaults if left out.

    Raises:
        DetectorError: the detector cannot be used.
    """
    finder = make_detector(detector, models_dir=models_dir, haar=haar, follow=True)
    options = TrackerOptions(strong_score=finder.strong_score, uncertain_below=classifier.uncertain_below)
    return EmotionAnalyzer(finder, classifier, Tracker(options))


class _TimeLeft:
    """The time left, estimated from the share that is done and the time that it took."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._started = clock()
        self._share = 0.0

    def update(self, share: float) -> float:
        self._share = max(self._share, share)
        return self._share

    @property
    def left_s(self) -> float | None:
        elapsed_s = self._clock() - self._started
        if not self._share or elapsed_s < _WARM_UP_S:
            return None
        return elapsed_s * (1 - self._share) / self._share


class _Drawer:
    """Holds frames back until the analysis after them is known, then draws and writes them."""

    def __init__(self, writer: VideoWriter, style: OverlayStyle) -> None:
        self.writer = writer
        self._style = style
        self._waiting: deque[Picture] = deque()
        self._bytes = 0
        self._before: FrameResult | None = None

    def add(self, picture: Picture, result: FrameResult | None) -> None:
        """Take the next frame, with its result if it was analyzed."""
        if result is not None:
            self._write_waiting(result)
            self._before = result
        self._waiting.append(picture)
        self._bytes += picture.frame.width * picture.frame.height * 3 // 2
        while self._bytes > _WAITING_BYTES:  # rare analyses of large frames: boxes stay where they were last found
            self._write_next(None)

    def finish(self) -> None:
        """Write the frames after the last analysis."""
        self._write_waiting(None)

    def _write_waiting(self, after: FrameResult | None) -> None:
        while self._waiting:
            self._write_next(after)

    def _write_next(self, after: FrameResult | None) -> None:
        picture = self._waiting.popleft()
        self._bytes -= picture.frame.width * picture.frame.height * 3 // 2
        if self._before is not None:
            result = between(self._before, after, picture.time_s)
            if len(result.faces):
                draw(PlanarCanvas(*picture.yuv()), result, self._style)
        self.writer.write(picture)

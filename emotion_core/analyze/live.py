"""The analysis beside a live video: the newest frame wins, and the video never waits.

Three threads meet in a `LiveAnalyzer`:

- The video's thread calls `submit` and `at` for every frame. It must never wait for longer than it takes to exchange a
  few references, because that would hold up the picture that the visitor sees.
- The analysis thread takes the newest frame, waits for its turn among all sessions, and analyzes it.
- The loading thread loads the models and detectors that `configure` asks for, which may take seconds; until then the
  analysis thread goes on with the old ones.

One condition guards everything that they share. It is not held while a frame is analyzed, a model is loaded, a callback
runs, or a turn is awaited, and no other lock is taken while it is held, so no order of locks can deadlock.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from emotion_core.analyze.capacity import Turns
from emotion_core.analyze.frame import EmotionAnalyzer
from emotion_core.analyze.priority import step_back
from emotion_core.analyze.schedule import Cadence
from emotion_core.classify.base import Classifier
from emotion_core.detect import Detector, HaarOptions, make_detector
from emotion_core.errors import EmotionError
from emotion_core.language import Message
from emotion_core.results import FrameResult
from emotion_core.track.extrapolate import BoxMotion
from emotion_core.track.tracker import Tracker, TrackerOptions

log = logging.getLogger(__name__)

Pixels = np.ndarray | Callable[[], np.ndarray]

_RATE_WINDOW_S = 2.0  # rates are counted over the last two seconds: long enough to be steady, short enough to follow
_CLOSE_S = 10.0  # how long `close` waits for a thread that is busy with a download or a large model


class ModelSource(Protocol):
    """What this module needs of `emotion_core.models.registry.ModelRegistry`."""

    @property
    def models_dir(self) -> Path: ...

    def load(self, name: str) -> Classifier: ...


@dataclass(frozen=True)
class LiveOptions:
    """What a visitor may change while the video runs.

    Raises:
        ValueError: ``half_life_s`` is negative, or ``rate_hz`` not above 0.
    """

    model: str  # a name that the registry lists
    detector: str = "haar"
    haar: HaarOptions = field(default_factory=HaarOptions)
    largest_only: bool = False
    half_life_s: float = 0.4  # smoothing; 0: none
    rate_hz: float = 16.0  # analyses per second, at most: every second frame of most cameras, or a little more

    def __post_init__(self) -> None:
        TrackerOptions(half_life_s=self.half_life_s)
        Cadence(self.rate_hz)


@dataclass(frozen=True)
class LiveStats:
    """How well the analysis keeps up. Rates are per second, over the last two seconds.

    latency_ms: age of the newest analyzed frame when its result was ready; 0 before the first.
    rate_hz: how many analyses a second there are at most, with as many faces as there are now.
    """

    frames: int = 0
    analyses: int = 0
    dropped: int = 0  # frames that were not analyzed because a newer one came
    errors: int = 0  # frames whose analysis failed
    video_fps: float = 0.0
    analysis_fps: float = 0.0
    latency_ms: float = 0.0
    rate_hz: float = LiveOptions.rate_hz


@dataclass(frozen=True)
class _Loaded:
    """Options with what was loaded for them, not yet in use."""

    options: LiveOptions
    detector: Detector
    classifier: Classifier


class _Rate:
    """Events per second over the last `_RATE_WINDOW_S`."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def tick(self, now: float) -> None:
        self._times.append(now)
        self._forget(now)

    def per_second(self, now: float) -> float:
        self._forget(now)
        if len(self._times) < 2:
            return 0.0
        return (len(self._times) - 1) / max(now - self._times[0], 1e-6)

    def _forget(self, now: float) -> None:
        while self._times and now - self._times[0] > _RATE_WINDOW_S:
            self._times.popleft()


class LiveAnalyzer:
    """Analyzes the frames of one session in threads of its own. Close it when the session ends.

    Args:
        options: what to start with; loading happens in the background.
        registry: provides the models, which are shared with other sessions.
        on_result: called in the analysis thread after every analysis.
        turns: shared with other sessions, whose analyses then take turns.
        yields: run at a lower priority than a video that this process sends.
        most_faces_hz: faces to read a second, at most; a crowd is read less often than a single face.
        clock: monotonic seconds; tests pass their own.
    """

    def __init__(
        self,
        options: LiveOptions,
        registry: ModelSource,
        on_result: Callable[[FrameResult], None] | None = None,
        *,
        turns: Turns | None = None,
        yields: bool = True,
        most_faces_hz: float = math.inf,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._on_result = on_result
        self._turns = turns or Turns(1)
        self._yields = yields
        self._most_faces_hz = most_faces_hz
        self._clock = clock
        self._motion = BoxMotion()  # has a lock of its own
        self._changed = threading.Condition()  # guards everything below
        self._cadence, self._rate_hz = Cadence(options.rate_hz), options.rate_hz
        self._due = False  # the rate allows an analysis
        self._closed = False
        self._wanted: LiveOptions | None = options  # for the loading thread
        self._loaded: _Loaded | None = None  # from the loading thread to the analysis thread
        self._analyzer: EmotionAnalyzer | None = None  # replaced by the analysis thread only
        self._frame: tuple[Pixels, float, float] | None = None  # pixels, time_s, clock at arrival
        self._latest: FrameResult | None = None
        self._load_error: Message | None = None
        self._analysis_error: Message | None = None
        self._logged: set[str] = set()
        self._began: float | None = None
        self._counts = dict.fromkeys(("frames", "analyses", "dropped", "errors"), 0)
        self._latency_ms = 0.0
        self._arrivals = _Rate()
        self._finishes = _Rate()
        self._threads = [
            threading.Thread(target=target, name=f"emotion-{name}", daemon=True)
            for name, target in (("analysis", self._analyze_frames), ("loading", self._load_choices))
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, frame_bgr: Pixels, time_s: float | None = None) -> None:
        """Offer a frame and return at once. It replaces a frame that is still waiting.

        Args:
            frame_bgr: ``(h, w, 3)`` uint8, not copied and not to be changed afterwards; or a function that returns it,
                called in the analysis thread and only if the frame is analyzed, so that a frame that is dropped is
                never converted.
            time_s: the frame's own time; if left out, seconds since the first frame came.
        """
        now = self._clock()
        with self._changed:
            if self._closed:
                return
            if self._began is None:
                self._began = now
            self._counts["frames"] += 1
            self._counts["dropped"] += self._frame is not None
            self._arrivals.tick(now)
            self._frame = (frame_bgr, now - self._began if time_s is None else time_s, now)
            # Once due, always due until a frame is taken: it may come while the analysis thread is still busy.
            self._due = self._cadence.due(now) or self._due
            if self._due:
                self._changed.notify_all()

    def configure(self, options: LiveOptions) -> None:
        """Ask for other options; they take effect once loaded, and until then the old ones stay in use."""
        with self._changed:
            if options.rate_hz != self._rate_hz:
                self._cadence, self._rate_hz = Cadence(options.rate_hz), options.rate_hz
            self._wanted = options
            self._changed.notify_all()

    @property
    def latest(self) -> FrameResult | None:
        """The newest result, or None before the first."""
        with self._changed:
            return self._latest

    def at(self, time_s: float) -> FrameResult | None:
        """Return the newest result with its boxes where the faces should be at ``time_s``; see `BoxMotion.at`."""
        return self._motion.at(time_s)

    @property
    def newest(self) -> tuple[FrameResult, np.ndarray] | None:
        """The newest result with its boxes smoothed, and how fast they move; see `BoxMotion.newest`."""
        return self._motion.newest()

    @property
    def error(self) -> Message | None:
        """What went wrong, as a text for the visitor; None if the last attempt went well."""
        with self._changed:
            return self._load_error or self._analysis_error

    @property
    def stats(self) -> LiveStats:
        """Counts since the start, and current rates."""
        now = self._clock()
        with self._changed:
            rates = (self._arrivals.per_second(now), self._finishes.per_second(now))
            return LiveStats(
                **self._counts,
                video_fps=rates[0],
                analysis_fps=rates[1],
                latency_ms=self._latency_ms,
                rate_hz=self._cadence.rate_hz,
            )

    def close(self) -> None:
        """End both threads and wait for them; closing again does nothing. The latest result stays."""
        with self._changed:
            self._closed = True
            self._frame = None
            self._changed.notify_all()
        for thread in self._threads:
            if thread is not threading.current_thread():  # `on_result` may close the session
                thread.join(_CLOSE_S)

    def __enter__(self) -> LiveAnalyzer:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _load_choices(self) -> None:
        """Run the loading thread."""
        step_back()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._wanted is not None)
                if self._closed:
                    return
                options, self._wanted = self._wanted, None
            loaded, error = self._load(options) if options else (None, None)
            with self._changed:
                if self._wanted is None:  # otherwise other options were asked for meanwhile
                    self._load_error = error
                    self._loaded = loaded or self._loaded
                    self._changed.notify_all()

    def _load(self, options: LiveOptions) -> tuple[_Loaded | None, Message | None]:
        try:
            classifier = self._registry.load(options.model)
            detector = make_detector(
                options.detector, models_dir=self._registry.models_dir, haar=options.haar, follow=True, live=True
            )
        except EmotionError as error:
            self._log_once(str(error))
            return None, error.message
        except Exception as error:  # noqa: BLE001 a broken model must not end the thread: nothing could be loaded later
            self._log_once(f"{type(error).__name__} while loading", unexpected=True)
            return None, Message(
                "The model {model!r} could not be loaded. The server's log says more.", model=options.model
            )
        return _Loaded(options, detector, classifier), None

    def _analyze_frames(self) -> None:
        """Run the analysis thread."""
        if self._yields:
            step_back()
        tracker = Tracker()
        options: LiveOptions | None = None
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work)
                if self._closed:
                    return
                if self._loaded:
                    loaded, self._loaded = self._loaded, None
                    self._analyzer, options = _analyzer_for(loaded, self._analyzer, options, tracker), loaded.options
                analyzer = self._analyzer
            if analyzer:
                # The frame is taken only when the turn has come: it is the newest then, however long that took.
                with self._turns.turn():
                    self._analyze_newest(analyzer)

    def _has_work(self) -> bool:
        ready = self._analyzer is not None and self._due and self._frame is not None
        return self._closed or self._loaded is not None or ready

    def _analyze_newest(self, analyzer: EmotionAnalyzer) -> None:
        """Analyze the newest frame, if it has not been taken back by `close` while this session waited for its turn."""
        with self._changed:
            if not self._due or self._frame is None:
                return
            (pixels, time_s, arrived), self._frame, self._due = self._frame, None, False
        try:
            result = analyzer.analyze(pixels() if callable(pixels) else pixels, time_s)
            self._motion.update(result)
            with self._changed:
                self._latest = result
                self._cadence.rate_hz = min(self._rate_hz, self._most_faces_hz / max(1, len(result.faces)))
            if self._on_result is not None:
                self._on_result(result)
        except EmotionError as error:
            self._failed(error.message)
        except Exception as error:  # noqa: BLE001 the thread's boundary: one bad frame must not freeze the session
            self._failed(Message("A frame could not be analyzed. The server's log says more."), unexpected=error)
        else:
            self._succeeded(arrived)

    def _succeeded(self, arrived: float) -> None:
        now = self._clock()
        with self._changed:
            self._counts["analyses"] += 1
            self._latency_ms = (now - arrived) * 1000
            self._finishes.tick(now)
            self._analysis_error = None

    def _failed(self, message: Message, unexpected: Exception | None = None) -> None:
        self._log_once(f"{type(unexpected).__name__} in the analysis" if unexpected else str(message), bool(unexpected))
        with self._changed:
            self._counts["errors"] += 1
            self._analysis_error = message

    def _log_once(self, text: str, unexpected: bool = False) -> None:
        """Log each kind of failure once per session: at 30 frames a second, anything more would bury the log."""
        with self._changed:
            first = text not in self._logged
            self._logged.add(text)
        if first and unexpected:
            log.exception(text)
        elif first:
            log.warning(text)


def _analyzer_for(
    loaded: _Loaded, analyzer: EmotionAnalyzer | None, options: LiveOptions | None, tracker: Tracker
) -> EmotionAnalyzer:
    """Return an analyzer for newly loaded options.

    The tracker stays, so faces keep their ids. So does the detector if its options did not change: it remembers where
    the faces were.
    """
    new = loaded.options
    same_detector = options is not None and (options.detector, options.haar) == (new.detector, new.haar)
    detector = analyzer.detector if analyzer and same_detector else loaded.detector
    tracker.options = TrackerOptions(
        half_life_s=new.half_life_s,
        uncertain_below=loaded.classifier.uncertain_below,
        strong_score=detector.strong_score,
    )
    return EmotionAnalyzer(detector, loaded.classifier, tracker, largest_only=new.largest_only)

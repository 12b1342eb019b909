"""One visitor's live session: takes frames from the video thread and collects what was read from them.

The page keeps it in `st.session_state`, which the video thread cannot reach; that thread has the bound methods
`on_frame` and `on_ended` only.

Three kinds of threads meet here: the script's (another one for each rerun and fragment), the event loop of the video,
and the analysis thread, which hands over results. One lock guards everything that changes. It is held for moments only:
not while a frame is copied or drawn, and not while an analyzer is closed. The analyzer, the places and the timeline
have locks of their own, which are taken after the session's and never call back while they are held.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import av
import streamlit as st

from emotion_core.analyze.capacity import Leases, Turns
from emotion_core.analyze.live import LiveAnalyzer, LiveOptions, LiveStats, ModelSource
from emotion_core.analyze.memory import release_memory
from emotion_core.analyze.priority import one_core_for_opencv
from emotion_core.draw.annotate import OverlayStyle, draw
from emotion_core.draw.canvas import PlanarCanvas
from emotion_core.media.frames import copied, planes, to_bgr
from emotion_core.record.timeline import HOLD_S, EmotionTimeline
from emotion_core.results import FrameResult

_log = logging.getLogger(__name__)
_LEASE_S = 45.0  # streamlit-webrtc notices a closed tab after about 35 s; until then its frames renew the place
_FRESH_S = 1.5  # an older result is no longer drawn or shown


@st.cache_resource(show_spinner=False)
def live_places(limit: int) -> Leases:
    """The server's places for live sessions."""
    return Leases(limit, _LEASE_S)


@st.cache_resource(show_spinner=False)
def live_turns(limit: int) -> Turns:
    """The turns in which the server's live sessions analyze their frames."""
    one_core_for_opencv()
    return Turns(limit)


@dataclass(frozen=True)
class Choices:
    """What the visitor chose; it may change while the video runs.

    style: how results are drawn; None to draw nothing.
    source: a change of it starts a new timeline.
    """

    options: LiveOptions
    style: OverlayStyle | None = OverlayStyle()  # noqa: RUF009 frozen, so it may be shared
    mirror: bool = True
    source: str = "webcam"


@dataclass(frozen=True)
class LiveStatus:
    """What the page shows of a session besides its timeline.

    refused: no place was free.
    ended: the video file came to its end.
    faults: frames that could not be processed.
    size_wh: of the newest frame; browsers change it as they go. None before the first.
    waiting_s: since when a connection has been wanted without a single frame; 0 when frames come.
    error: what the visitor should know about the analysis.
    stats: of the running analysis; None when nothing runs.
    latest: the newest result; None when there is none or it is too old to be shown.
    """

    refused: bool
    ended: bool
    faults: int
    size_wh: tuple[int, int] | None
    waiting_s: float
    error: str | None
    stats: LiveStats | None
    latest: FrameResult | None


class LiveSession:
    """Frames in, annotated frames out, results into `timeline`.

    Args:
        choices: what to start with; see `configure`.
        models: where the models come from.
        places: of the server. The session holds one while frames come.
        turns: of the server; None if the session need not share the processor.
        clock: seconds, monotonic; tests pass their own.
    """

    def __init__(
        self,
        choices: Choices,
        models: ModelSource,
        places: Leases,
        turns: Turns | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.timeline = EmotionTimeline()  # guards itself
        self._models = models
        self._places = places
        self._turns = turns
        self._clock = clock
        self._lock = threading.RLock()  # guards everything below
        self._choices = choices
        self._refused = False
        self._ended = False
        self._paused = False
        self._size_wh: tuple[int, int] | None = None
        self._faults = 0
        self._started_at: float | None = None  # when Start was pressed
        self._origin = clock()  # time 0 of the timeline
        self._seen_source: str | None = None
        self._analyzer: LiveAnalyzer | None = None

    # Called by the page

    def configure(self, choices: Choices) -> None:
        """Apply choices; the running video goes on."""
        with self._lock:
            if self._analyzer and choices.options != self._choices.options:
                self._analyzer.configure(choices.options)
            self._choices = choices

    def mark_started(self, active: bool) -> None:
        """Remember since when a connection has been wanted; forget it when none is ``active`` any more."""
        with self._lock:
            if not active:
                self._started_at = None
                self._ended = False
            elif self._started_at is None:
                self._started_at = self._clock()

    @property
    def started(self) -> bool:
        """Whether a connection is wanted."""
        with self._lock:
            return self._started_at is not None

    @property
    def paused(self) -> bool:
        """Whether nobody is watching: frames pass through as they are, and nothing is analyzed."""
        with self._lock:
            return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        with self._lock:
            self._paused = paused

    @property
    def waiting_s(self) -> float:
        """Seconds since Start without a single frame; 0 when frames come or nothing was started."""
        with self._lock:
            if self._started_at is None or self._analyzer is not None or self._refused:
                return 0.0
            return self._clock() - self._started_at

    @property
    def status(self) -> LiveStatus:
        """What the page shows, all of one moment."""
        with self._lock:
            analyzer, now_s = self._analyzer, self._time_s()
            latest = analyzer.latest if analyzer else None
            return LiveStatus(
                refused=self._refused,
                ended=self._ended,
                faults=self._faults,
                size_wh=self._size_wh,
                waiting_s=self.waiting_s,
                error=analyzer.error if analyzer else None,
                stats=analyzer.stats if analyzer else None,
                latest=latest if latest and _fresh(latest, now_s) else None,
            )

    def clear(self) -> None:
        """Start over: forget what was seen and count time from now."""
        with self._lock:
            self._origin = self._clock()
            self.timeline.clear()

    def stop(self) -> None:
        """End the analysis and give the place back; what was seen stays."""
        with self._lock:
            analyzer, self._analyzer = self._analyzer, None
            self._places.release(self)
            self._refused = False
        if analyzer:
            # The analyzer may be loading a model: the video's event loop must not wait for it.
            threading.Thread(target=self._close, args=(analyzer,), name="live-close", daemon=True).start()

    def _close(self, analyzer: LiveAnalyzer) -> None:
        analyzer.close()
        if self._places.idle:  # giving memory back takes a moment in which other visitors' video would stutter
            release_memory()

    # Called by the video thread

    def on_ended(self) -> None:
        """The video ended, was stopped, or its tab was closed."""
        with self._lock:
            self._ended = True
        self.stop()

    def on_frame(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return the frame with the newest result drawn on it.

        Never waits for an analysis, because it runs in the video's event loop, and never raises, because an exception
        would freeze the video without a word (streamlit-webrtc 0.79).
        """
        try:
            return self._process(frame)
        except Exception:  # noqa: BLE001
            with self._lock:
                self._faults += 1
                first = self._faults == 1
            if first:
                _log.exception("A video frame could not be processed; it is shown as it came")
            return frame

    def _process(self, frame: av.VideoFrame) -> av.VideoFrame:
        with self._lock:
            self._size_wh = (frame.width, frame.height)
            if self._paused:
                return frame
            analyzer, choices, time_s = self._running(), self._choices, self._time_s()
        shown = copied(frame, mirror=choices.mirror)
        if analyzer is None:
            return shown
        analyzer.submit(partial(to_bgr, frame, mirror=choices.mirror), time_s)
        result = analyzer.at(time_s)
        if choices.style and result and _fresh(result, time_s):
            draw(PlanarCanvas(*planes(shown)), result, choices.style)
        return shown

    # Called with the lock held

    def _running(self) -> LiveAnalyzer | None:
        """The analyzer, started by the first frame after Start; None when no place is free."""
        self._refused = not self._places.acquire(self)
        if self._refused:
            return None
        if self._analyzer is None:
            self._analyzer = self._begin()
        return self._analyzer

    def _begin(self) -> LiveAnalyzer:
        if self._seen_source not in (None, self._choices.source):
            self.timeline.clear()
        self._seen_source = self._choices.source
        self._ended = False
        # A stopped session that starts again goes on where its timeline ended, after a gap in which nothing counts.
        end_s = self.timeline.end_s
        self._origin = self._clock() - (0.0 if end_s is None else end_s + HOLD_S)
        return LiveAnalyzer(self._choices.options, self._models, on_result=self._keep, turns=self._turns)

    def _time_s(self) -> float:
        return self._clock() - self._origin

    # Called by the analysis thread

    def _keep(self, result: FrameResult) -> None:
        with self._lock:  # for both steps: `clear` must not come in between
            if result.time_s <= self._time_s():  # otherwise its frame came before `clear`
                self.timeline.add(result)


def _fresh(result: FrameResult, now_s: float) -> bool:
    """Whether a result is recent enough to be shown. One from before `LiveSession.clear` has a time in the future."""
    return -0.1 <= now_s - result.time_s < _FRESH_S

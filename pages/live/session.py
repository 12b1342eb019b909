"""One visitor's live session: takes frames from the video thread and collects what was read from them.

The page keeps it in `st.session_state`. The video thread reaches it only through the bound method `on_frame`
(session state is out of reach there), and everything that both sides touch is guarded by one lock.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import av
import streamlit as st

from emotion_core.analyze.live import LiveAnalyzer, LiveOptions, LiveStats
from emotion_core.analyze.memory import release_memory
from emotion_core.analyze.schedule import Turns
from emotion_core.draw.annotate import OverlayStyle, draw
from emotion_core.draw.canvas import PlanarCanvas
from emotion_core.media.frames import copied, planes, to_bgr
from emotion_core.record.timeline import HOLD_S, EmotionTimeline
from emotion_core.results import FrameResult

if TYPE_CHECKING:
    from emotion_core.models.registry import ModelRegistry

_log = logging.getLogger(__name__)
_STALE_S = 45.0  # a closed tab is noticed after about 35 s
_OVERLAY_HOLD_S = 1.5


class LiveSlots:
    """How many visitors may run a live session at the same time. Thread-safe, shared by all of them."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._seen: dict[int, float] = {}
        self._lock = threading.Lock()

    def take(self, owner: object) -> bool:
        """Hold a slot, or keep holding it; False when all are taken."""
        with self._lock:
            self._forget_stale()
            if id(owner) not in self._seen and len(self._seen) >= self._limit:
                return False
            self._seen[id(owner)] = self._clock()
            return True

    def release(self, owner: object) -> None:
        """Give the slot back."""
        with self._lock:
            self._seen.pop(id(owner), None)

    @property
    def idle(self) -> bool:
        """Whether nobody holds a slot."""
        with self._lock:
            self._forget_stale()
            return not self._seen

    def free_for(self, owner: object) -> bool:
        """Whether `take` would succeed."""
        with self._lock:
            self._forget_stale()
            return len(self._seen.keys() - {id(owner)}) < self._limit

    def _forget_stale(self) -> None:
        now = self._clock()
        self._seen = {key: seen for key, seen in self._seen.items() if now - seen < _STALE_S}


@st.cache_resource(show_spinner=False)
def live_slots(limit: int) -> LiveSlots:
    """The server's slots."""
    return LiveSlots(limit)


@st.cache_resource(show_spinner=False)
def live_turns(limit: int) -> Turns:
    """What the server's sessions take turns at."""
    return Turns(limit)


@dataclass(frozen=True)
class Choices:
    """What the visitor chose; it may change while the video runs."""

    options: LiveOptions
    style: OverlayStyle = field(default_factory=OverlayStyle)
    overlay: bool = True
    mirror: bool = True
    source: str = "webcam"


class LiveSession:
    """Frames in, annotated frames out, results into `timeline`."""

    def __init__(
        self,
        choices: Choices,
        registry: ModelRegistry,
        slots: LiveSlots,
        turns: Turns | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.timeline = EmotionTimeline()
        self.refused = False  # no slot was free
        self.ended = False  # the video file came to its end
        self.paused = False  # nobody looks: the video goes through as it is, and nothing is analysed
        self.size_wh: tuple[int, int] | None = None  # of the frames that arrive: browsers change it as they go
        self.faults = 0
        self.started_at: float | None = None  # when START was pressed
        self._choices = choices
        self._registry = registry
        self._slots = slots
        self._turns = turns
        self._clock = clock
        self._origin = clock()
        self._seen_source: str | None = None
        self._analyzer: LiveAnalyzer | None = None
        self._lock = threading.RLock()

    # What the page calls

    def configure(self, choices: Choices) -> None:
        """Apply choices; the running video goes on."""
        with self._lock:
            if self._analyzer and choices.options != self._choices.options:
                self._analyzer.configure(choices.options)
            self._choices = choices

    def mark_started(self, active: bool) -> None:
        """Remember since when a connection has been wanted."""
        if not active:
            self.started_at = None
            self.ended = False
        elif self.started_at is None:
            self.started_at = self._clock()

    @property
    def waiting_s(self) -> float:
        """Seconds since START without a single frame; 0 when frames come or nothing was started."""
        if self.started_at is None or self._analyzer is not None or self.refused:
            return 0.0
        return self._clock() - self.started_at

    @property
    def stats(self) -> LiveStats | None:
        """Counters of the running analysis; None when nothing runs."""
        analyzer = self._analyzer
        return analyzer.stats if analyzer else None

    @property
    def error(self) -> str | None:
        """What the visitor should know about the analysis."""
        analyzer = self._analyzer
        return analyzer.error if analyzer else None

    @property
    def latest(self) -> FrameResult | None:
        """The newest result, unless it is too old to be shown."""
        analyzer = self._analyzer
        result = analyzer.latest if analyzer else None
        fresh = result is not None and -0.1 <= self._time_s() - result.time_s < _OVERLAY_HOLD_S
        return result if fresh else None

    def clear(self) -> None:
        """Start over: forget what was seen and count time from now."""
        with self._lock:
            self._origin = self._clock()
            self.timeline.clear()

    def on_ended(self) -> None:
        """The video ended, was stopped, or its tab was closed."""
        self.ended = True
        self.stop()

    def stop(self) -> None:
        """End the analysis and give the slot back; what was seen stays."""
        with self._lock:
            analyzer, self._analyzer = self._analyzer, None
            self._slots.release(self)
            self.refused = False
        if analyzer:
            # The worker may be loading a model: do not make the video's event loop wait for it.
            threading.Thread(target=self._close, args=(analyzer,), name="live-close", daemon=True).start()

    def _close(self, analyzer: LiveAnalyzer) -> None:
        analyzer.close()
        if self._slots.idle:
            release_memory()

    # What the video thread calls

    def on_frame(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The frame with the newest result drawn on it. Never waits for an analysis and never raises:
        an exception here would freeze the video silently (streamlit-webrtc 0.79)."""
        try:
            return self._process(frame)
        except Exception:  # noqa: BLE001
            self.faults += 1
            if self.faults == 1:
                _log.exception("A video frame could not be processed; it is shown as it came")
            return frame

    def _process(self, frame: av.VideoFrame) -> av.VideoFrame:
        self.size_wh = (frame.width, frame.height)
        if self.paused:
            return frame
        analyzer, choices, time_s = self._running(), self._choices, self._time_s()
        shown = copied(frame, mirror=choices.mirror)
        if analyzer is None:
            return shown
        analyzer.submit(partial(to_bgr, frame, mirror=choices.mirror), time_s)
        result = analyzer.at(time_s)
        if choices.overlay and result and time_s - result.time_s < _OVERLAY_HOLD_S:
            draw(PlanarCanvas(*planes(shown)), result, choices.style)
        return shown

    def _running(self) -> LiveAnalyzer | None:
        """The analyzer, started by a run's first frame; None when no slot is free."""
        with self._lock:
            self.refused = not self._slots.take(self)
            if self.refused:
                return None
            if self._analyzer is None:
                self._begin()
            return self._analyzer

    def _begin(self) -> None:
        if self._seen_source not in (None, self._choices.source):
            self.timeline.clear()
        self._seen_source = self._choices.source
        self.ended = False
        end_s = self.timeline.end_s
        self._origin = self._clock() - (0.0 if end_s is None else end_s + HOLD_S)
        self._analyzer = LiveAnalyzer(self._choices.options, self._registry, on_result=self._keep, turns=self._turns)

    def _keep(self, result: FrameResult) -> None:
        if result.time_s <= self._time_s():  # otherwise its frame came before `clear`
            self.timeline.add(result)

    def _time_s(self) -> float:
        return self._clock() - self._origin

"""One visitor's live session: takes frames from the video thread and collects what was read from them.

The page keeps it in `st.session_state`, which the video thread cannot reach; that thread has the bound methods
`on_frame`, `on_picture` and `on_ended` only. What the page draws while the video runs, it hears through `feed`.

Three kinds of threads meet here: the script's (another one for each rerun and fragment), the event loop of the video
and of the sockets, and the analysis thread, which hands over results. One lock guards everything that changes. It is
held for moments only: not while a frame is copied or drawn, and not while an analyzer is closed. The analyzer, the
places, the timelines and the feed have locks of their own, which are taken after the session's and never call back
while they are held.
"""

from __future__ import annotations

import logging
import math
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import av
import streamlit as st

from emotion_core.analyze.capacity import Leases, Turns
from emotion_core.analyze.live import LiveAnalyzer, LiveOptions, LiveStats, ModelSource
from emotion_core.analyze.memory import release_memory, share_heaps
from emotion_core.analyze.schedule import SendingRate
from emotion_core.draw.annotate import OverlayStyle, draw
from emotion_core.draw.canvas import PlanarCanvas
from emotion_core.language import ENGLISH, Message, speaking
from emotion_core.media.frames import copied, planes, to_bgr
from emotion_core.record.timeline import HOLD_S, EmotionTimeline
from emotion_core.results import FrameResult
from pages.live.feed import Feed, history, reading
from pages.live.stage import CAMERA
from pages.shared._compat import visitor_of
from pages.shared.resources import registry, settings

_Returned = TypeVar("_Returned")
_log = logging.getLogger(__name__)
_LEASE_S = 45.0  # streamlit-webrtc notices a closed tab after about 35 s; until then its frames renew the place
_FRESH_S = 1.5  # an older result is no longer drawn
_MOST_FACES_HZ = 44.0  # four faces are read 11 times a second; the browser moves their boxes with every picture
_STATE_S = 0.5  # from one message about the session's state to the next
_MOST_PEOPLE = 20  # whose results are kept; an hour of one of them takes 10 MB


share_heaps()


@st.cache_resource(show_spinner=False)
def live_places(limit: int) -> Leases:
    """The server's places for live sessions."""
    return Leases(limit, _LEASE_S)


@st.cache_resource(show_spinner=False)
def live_turns(limit: int) -> Turns:
    """The turns in which the server's live sessions analyze their frames."""
    return Turns(limit)


@dataclass(frozen=True)
class Choices:
    """What the visitor chose; it may change while the video runs.

    style: what is drawn into the frames that go back; None to draw nothing.
    language: of the words in readings and on frames.
    sends_back: the session is asked for frames to send back, see `LiveSession.on_frame`.
    """

    options: LiveOptions
    style: OverlayStyle | None = OverlayStyle()  # noqa: RUF009 frozen, so it may be shared
    mirror: bool = True
    sends_back: bool = False
    language: str = ENGLISH


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
    """

    refused: bool
    ended: bool
    faults: int
    size_wh: tuple[int, int] | None
    waiting_s: float
    error: Message | None
    stats: LiveStats | None


class LiveSessions:
    """Every live session of this server, by its token, for as long as its page or a socket keeps it."""

    def __init__(self) -> None:
        self._sessions: WeakValueDictionary[str, LiveSession] = WeakValueDictionary()

    def add(self, session: LiveSession) -> None:
        """Make a session known."""
        self._sessions[session.token] = session

    def find(self, token: str, visitor: str | None) -> LiveSession | None:
        """Return the session of this token; None if there is none, or it is another visitor's."""
        session = self._sessions.get(token)
        return session if session is not None and session.belongs_to(visitor) else None


sessions = LiveSessions()


def live_session(choices: Choices) -> LiveSession:
    """Return the visitor's session; a new one is made with ``choices``."""
    state = st.session_state
    if "live_session" not in state:
        places, turns = live_places(settings().max_live_sessions), live_turns(settings().parallel_analyses)
        session = LiveSession(
            choices, registry(), places, turns, visitor=visitor_of(st.context.cookies), token=state.live_token
        )
        sessions.add(session)
        state.live_session = session
    found: LiveSession = state.live_session
    return found


def find_former() -> None:
    """Take up the session of the same page before it was reloaded, if it is still there and no other tab shows it."""
    state = st.session_state
    token, state.live_former = state.live_former, None
    former = sessions.find(token, visitor_of(st.context.cookies))
    if former and not former.feed.heard and former.people:
        former.stop()
        state.live_session, state.live_token = former, former.token
        state.live_source = CAMERA


class LiveSession:
    """Frames in; results into `timeline` and `feed`; annotated frames out where they are asked for.

    Args:
        choices: what to start with; see `configure`.
        models: where the models come from.
        places: of the server. The session holds one while frames come.
        turns: of the server; None if the session need not share the processor.
        clock: seconds, monotonic; tests pass their own.
        visitor: something that only this visitor's browser knows, such as a cookie; None if there is nothing.
        token: who knows it, and is the visitor, may listen to `feed`. Made up if left out.
    """

    def __init__(
        self,
        choices: Choices,
        models: ModelSource,
        places: Leases,
        turns: Turns | None = None,
        clock: Callable[[], float] = time.monotonic,
        visitor: str | None = None,
        token: str = "",
    ) -> None:
        self.token = token or secrets.token_urlsafe(24)
        self.feed = Feed()  # guards itself
        self._visitor = visitor
        self._models = models
        self._places = places
        self._turns = turns
        self._clock = clock
        self._lock = threading.RLock()  # guards everything below
        self._timelines = [EmotionTimeline()]  # of each person; the last one grows
        self._choices = choices
        self._sending = SendingRate(choices.options.rate_hz)
        self._told_s = -_STATE_S  # when the state was last told
        self._refused = False
        self._ended = False
        self._paused = False
        self._size_wh: tuple[int, int] | None = None
        self._faults = 0
        self._started_at: float | None = None  # when Start was pressed
        self._origin = clock()  # time 0 of the timeline
        self._analyzer: LiveAnalyzer | None = None

    # Called by the page

    def configure(self, choices: Choices) -> None:
        """Apply choices; the running video goes on."""
        with self._lock:
            if self._analyzer and choices.options != self._choices.options:
                self._analyzer.configure(choices.options)
            if choices.options.rate_hz != self._choices.options.rate_hz:
                self._sending = SendingRate(choices.options.rate_hz)
            self._choices = choices

    def belongs_to(self, visitor: str | None) -> bool:
        """Whether a browser that knows ``visitor`` may be this session's; where nothing is known, it may."""
        return self._visitor is None or (
            visitor is not None and secrets.compare_digest(self._visitor.encode(), visitor.encode())
        )

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
            analyzer = self._analyzer
            return LiveStatus(
                refused=self._refused,
                ended=self._ended,
                faults=self._faults,
                size_wh=self._size_wh,
                waiting_s=self.waiting_s,
                error=analyzer.error if analyzer else None,
                stats=analyzer.stats if analyzer else None,
            )

    @property
    def timeline(self) -> EmotionTimeline:
        """What was seen of the newest person."""
        with self._lock:
            return self._timelines[-1]

    @property
    def people(self) -> list[EmotionTimeline]:
        """What was seen of each person, the oldest first, without those of whom nothing was seen."""
        with self._lock:
            return [timeline for timeline in self._timelines if len(timeline)]

    def begin_person(self) -> None:
        """Begin the results of another person, unless nothing was seen yet; the former ones stay."""
        with self._lock:
            if len(self._timelines[-1]):
                self._timelines = [*self._timelines[1 - _MOST_PEOPLE :], EmotionTimeline()]
                self._begin_anew()

    def clear(self) -> None:
        """Forget everybody and count time from now."""
        with self._lock:
            self._timelines = [EmotionTimeline()]
            self._begin_anew()

    def _begin_anew(self) -> None:
        self._origin = self._clock()
        self.feed.send(self._hello())

    def hello(self) -> dict[str, Any]:
        """Return the first message of a socket: what was seen in the last minute, and the session's state."""
        with self._lock:
            return self._hello()

    def _hello(self) -> dict[str, Any]:
        return {"type": "hello", "history": history(self._timelines[-1]), "state": self._state()}

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
            self.feed.send(self._state())
        self.stop()

    def on_picture(self, frame: av.VideoFrame) -> None:
        """Take a frame whose picture the browser shows by itself: it is analyzed, and nothing goes back.

        Never waits and never raises, like `on_frame`.
        """
        self._guarded(self._submit, frame)

    def on_frame(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return the frame with the newest result drawn on it.

        Never waits for an analysis, because it runs in the video's event loop, and never raises, because an exception
        would freeze the video without a word (streamlit-webrtc 0.79).
        """
        return self._guarded(self._draw, frame) or frame

    def _guarded(self, process: Callable[[av.VideoFrame], _Returned], frame: av.VideoFrame) -> _Returned | None:
        try:
            return process(frame)
        except Exception:  # noqa: BLE001
            with self._lock:
                self._faults += 1
                first = self._faults == 1
            if first:
                _log.exception("A video frame could not be processed; it is shown as it came")
            return None

    def _submit(self, frame: av.VideoFrame) -> tuple[LiveAnalyzer | None, Choices, float] | None:
        """Hand a frame to the analysis; return None if the video rests."""
        with self._lock:
            self._size_wh = (frame.width, frame.height)
            if self._paused:
                return None
            analyzer, choices, time_s = self._running(), self._choices, self._time_s()
            self._tell_state()
        if analyzer:
            analyzer.submit(partial(to_bgr, frame, mirror=choices.mirror), time_s)
        return analyzer, choices, time_s

    def _draw(self, frame: av.VideoFrame) -> av.VideoFrame | None:
        submitted = self._submit(frame)
        if submitted is None:
            return None
        analyzer, choices, time_s = submitted
        shown = copied(frame, mirror=choices.mirror)
        result = analyzer.at(time_s) if analyzer else None
        if choices.style and result and _fresh(result, time_s):
            with speaking(choices.language):
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
        self._ended = False
        # A stopped session that starts again goes on where its timeline ended, after a gap in which nothing counts.
        end_s = self.timeline.end_s
        self._origin = self._clock() - (0.0 if end_s is None else end_s + HOLD_S)
        choices = self._choices
        return LiveAnalyzer(
            choices.options,
            self._models,
            on_result=self._keep,
            turns=self._turns,
            yields=choices.sends_back,
            most_faces_hz=math.inf if choices.sends_back else _MOST_FACES_HZ,
        )

    def _time_s(self) -> float:
        return self._clock() - self._origin

    def _tell_state(self) -> None:
        now = self._clock()
        if now - self._told_s >= _STATE_S and self.feed.heard:
            self._told_s = now
            self.feed.send(self._state())

    def _state(self) -> dict[str, Any]:
        """Return the session's state as a message.

        Returns:
            ``error``, ``ended`` and ``refused`` as in `LiveStatus`; ``send_hz``, the frames a second to send, and
            ``most_hz``, how many they would be on a machine that keeps up.
        """
        status, most_hz = self.status, self._choices.options.rate_hz
        if status.stats:
            most_hz = status.stats.rate_hz
            self._sending.update(most_hz, status.stats.video_fps, status.stats.analysis_fps)
        with speaking(self._choices.language):
            error = str(status.error) if status.error else None
        return {
            "type": "state",
            "error": error,
            "ended": status.ended,
            "refused": status.refused,
            "send_hz": round(self._sending.rate_hz, 1),
            "most_hz": round(most_hz, 1),
        }

    # Called by the analysis thread

    def _keep(self, result: FrameResult) -> None:
        with self._lock:  # for all steps: `clear` must not come in between
            if result.time_s > self._time_s():  # its frame came before `clear`
                return
            self._timelines[-1].add(result)
            if self.feed.heard and self._analyzer:
                smoothed, velocities = self._analyzer.newest or (result, None)
                age_ms = round(1000 * (self._time_s() - result.time_s), 1)
                with speaking(self._choices.language):
                    self.feed.send({**reading(smoothed, velocities), "age_ms": age_ms})


def _fresh(result: FrameResult, now_s: float) -> bool:
    """Whether a result is recent enough to be drawn. One from before `LiveSession.clear` has a time in the future."""
    return -0.1 <= now_s - result.time_s < _FRESH_S

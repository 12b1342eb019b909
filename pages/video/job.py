"""One visitor's video file: where it is kept, the thread that analyses it, and when all of it is deleted.

The page polls a `VideoJob`; it never waits for one. The visitor's `VideoDesk` lives in `st.session_state`, and a
session-scoped resource tells it when the visitor is gone.
"""

from __future__ import annotations

import functools
import shutil
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO, Literal

import streamlit as st

from emotion_core.analyze.video import EVERY_S, Drawing, Progress, analyze_video, video_analyzer
from emotion_core.detect import HaarOptions
from emotion_core.errors import EmotionError, MediaError
from emotion_core.media.video import VideoInfo, probe_video
from emotion_core.record.reports import tracks_table
from emotion_core.record.timeline import EmotionTimeline

if TYPE_CHECKING:
    import pandas as pd

    from emotion_core.analyze.live import ModelSource

State = Literal["running", "done", "cancelled", "failed"]
_ONE_FRAME_S = 2.0  # more than reading a frame takes
_GRACE_S = 30.0  # after Streamlit has given up waiting for the visitor's browser


class VideoPlaces:
    """How many videos are analysed at the same time, by all visitors together. Thread-safe."""

    def __init__(self, limit: int) -> None:
        self._free = threading.BoundedSemaphore(limit)

    def take(self) -> bool:
        """Hold a place; False when all are taken."""
        return self._free.acquire(blocking=False)

    def release(self) -> None:
        """Give a place back."""
        self._free.release()


@st.cache_resource(show_spinner=False)
def video_places(limit: int) -> VideoPlaces:
    """The server's places."""
    return VideoPlaces(limit)


@dataclass(frozen=True)
class VideoChoices:
    """What the visitor chose for one analysis."""

    model: str
    detector: str = "haar"
    haar: HaarOptions = HaarOptions()  # noqa: RUF009 frozen, so it may be shared
    every_s: float = EVERY_S
    drawn: bool = True  # an annotated copy is wanted


class VideoJob:
    """One analysis in a thread of its own. Every attribute may be read from any thread.

    Args:
        ended: called once, from the job's thread, when it has ended in whatever way.
    """

    def __init__(
        self, path: Path, target: Path, choices: VideoChoices, models: ModelSource, ended: Callable[[], None]
    ) -> None:
        self.choices = choices
        self.timeline = EmotionTimeline(max_s=float("inf"))
        self.progress = Progress(0.0, None, 0.0)
        self.error: str | None = None
        self.target = target
        self._state: State = "running"
        self._path = path
        self._models = models
        self._ended = ended
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="video-job")
        self._thread.start()

    @property
    def state(self) -> State:
        """How it stands; a cancelled one says so at once, also while its last frame is still being read."""
        return "cancelled" if self._cancelled.is_set() else self._state

    def cancel(self) -> None:
        """Stop after the current frame; the half-written copy is deleted. Does not wait."""
        if self._state == "running":
            self._cancelled.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread; whether it has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @functools.cached_property
    def faces(self) -> pd.DataFrame:
        """`tracks_table` of a job that is done."""
        return tracks_table(self.timeline.to_frame())

    def _run(self) -> None:
        state: State = "failed"
        self.error = "The analysis ended unexpectedly; the server's log says why."
        try:
            state = self._read()
            self.error = None
        except EmotionError as error:
            self.error = str(error)
        finally:
            self._state = state
            self._ended()

    def _read(self) -> State:
        choices = self.choices
        classifier = self._models.load(choices.model)
        analyzer = video_analyzer(classifier, self._models.models_dir, choices.detector, choices.haar)
        drawing = Drawing(self.target) if choices.drawn else None
        reading = analyze_video(self._path, analyzer.analyze, every_s=choices.every_s, drawing=drawing)
        with closing(reading) as moments:
            for moment in moments:
                if self._cancelled.is_set():
                    return "cancelled"
                if moment.result is not None:
                    self.timeline.add(moment.result)
                self.progress = moment
        return "done"


class VideoDesk:
    """One visitor's current video and its analysis; a new one takes the place of the old one, whose files are deleted.

    name, info: of the current video; None without one.
    error: why the last file could not be taken; None if it could.
    full: the last start found all places taken.
    """

    def __init__(self) -> None:
        self.name: str | None = None
        self.info: VideoInfo | None = None
        self.error: str | None = None
        self.full = False
        self.job: VideoJob | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._leaving: threading.Timer | None = None
        self._lock = threading.RLock()

    def take(self, name: str, data: BinaryIO) -> None:
        """Make ``data`` the current video."""
        with self._lock:
            self.clear()
            self._folder = tempfile.TemporaryDirectory(prefix="emotion-video-", ignore_cleanup_errors=True)
            try:
                with self._source.open("wb") as file:
                    shutil.copyfileobj(data, file)
                self.info = probe_video(self._source)
                self.name = PurePath(name).name
            except (MediaError, OSError) as error:
                full = "The server's disk is full or cannot be written to. Try again later."
                reason = str(error) if isinstance(error, MediaError) else full
                self.clear()
                self.error = reason

    def refuse(self, reason: str) -> None:
        """Take no video, and say why."""
        self.clear()
        self.error = reason

    def clear(self) -> None:
        """Stop and delete everything."""
        with self._lock:
            job, self.job = self.job, None
            folder, self._folder = self._folder, None
            self.name = self.info = self.error = None
            self.full = False
        if job is not None and job.state == "running":
            job.cancel()
        if folder is not None:
            # The thread may hold its files open for one more frame; what it deletes itself is no fault here.
            _in_background(lambda: (job is None or job.join(60)) and folder.cleanup())

    def start(self, choices: VideoChoices, models: ModelSource, places: VideoPlaces) -> None:
        """Analyse the current video; one that is being analysed is stopped first. Sets `full` if no place is free."""
        with self._lock:
            if self._folder is None:
                return
            if self.job is not None:
                self.job.cancel()
                self.job.join(_ONE_FRAME_S)  # it holds a place until then
            self.full = not places.take()
            if self.full:
                return
            target = Path(tempfile.mkdtemp(dir=self._folder.name)) / "annotated.mp4"
            old, self.job = self.job, VideoJob(self._source, target, choices, models, places.release)
        if old is not None:
            _in_background(lambda: old.join(60) and shutil.rmtree(old.target.parent, ignore_errors=True))

    def cancel(self) -> None:
        """Stop the analysis; the video stays."""
        job = self.job
        if job is not None:
            job.cancel()

    def came_back(self) -> None:
        """The visitor's browser is connected."""
        with self._lock:
            if self._leaving is not None:
                self._leaving.cancel()
                self._leaving = None

    def left(self, grace_s: float) -> None:
        """The visitor's browser is not connected any more: clear, unless it comes back within ``grace_s``."""
        self.came_back()
        with self._lock:
            self._leaving = threading.Timer(grace_s, self.clear)
            self._leaving.daemon = True
            self._leaving.start()

    @property
    def _source(self) -> Path:
        assert self._folder is not None
        return Path(self._folder.name) / "source"  # a visitor's name never becomes a path


def video_desk() -> VideoDesk:
    """This visitor's desk."""
    if "video_desk" not in st.session_state:
        st.session_state.video_desk = VideoDesk()
    desk: VideoDesk = st.session_state.video_desk
    _presence(desk).came_back()
    return desk


# Streamlit releases it as soon as the connection breaks; a phone in a tunnel comes back, so the desk waits a while.
@st.cache_resource(
    scope="session",
    show_spinner=False,
    on_release=lambda desk: desk.left(float(st.get_option("server.disconnectedSessionTTL")) + _GRACE_S),
)
def _presence(_desk: VideoDesk) -> VideoDesk:
    return _desk


def _in_background(work: Callable[[], object]) -> None:
    threading.Thread(target=work, daemon=True).start()

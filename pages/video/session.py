"""One visitor's video file: where it is stored, the thread that analyzes it, and when all of it is deleted.

The page polls a `VideoJob`; it never waits for one. The visitor's `VideoSession` is kept in `st.session_state`, and a
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

from emotion_core.analyze.capacity import Permits
from emotion_core.analyze.video import EVERY_S, Drawing, Progress, analyze_video, video_analyzer
from emotion_core.detect import HaarOptions
from emotion_core.errors import EmotionError, MediaError
from emotion_core.language import Message, for_this_reader
from emotion_core.media.video import VideoInfo, probe_video
from emotion_core.record.origin import Origin
from emotion_core.record.reports import tracks_table
from emotion_core.record.timeline import EmotionTimeline

if TYPE_CHECKING:
    import pandas as pd

    from emotion_core.analyze.live import ModelSource

State = Literal["running", "done", "canceled", "failed"]
_ONE_FRAME_S = 2.0  # a canceled job ends after its current frame, which takes less than this
_END_S = 60.0  # longest wait for the thread of a canceled job to close its files
_GRACE_S = 30.0  # added to the time after which Streamlit gives up a broken connection


@st.cache_resource(show_spinner=False)
def video_places(limit: int) -> Permits:
    """The server's places for video files that are being analyzed."""
    return Permits(limit)


@dataclass(frozen=True)
class VideoChoices:
    """What the visitor chose for one analysis.

    every_s: seconds from one analyzed frame to the next; 0 analyzes every frame.
    drawn: an annotated copy is wanted.
    """

    model: str
    detector: str = "haar"
    haar: HaarOptions = HaarOptions()  # noqa: RUF009 frozen, so it may be shared
    every_s: float = EVERY_S
    drawn: bool = True


class VideoJob:
    """One analysis in a thread of its own. Every attribute may be read from any thread.

    Only the job's thread writes them, each as a whole new value, so readers need no lock; the timeline guards itself.

    Args:
        path: the video.
        target: where the annotated copy goes.
        choices: how to analyze it.
        models: where the model comes from.
        ended: called once, from the job's thread, when the job has ended in whatever way.
    """

    def __init__(
        self, path: Path, target: Path, choices: VideoChoices, models: ModelSource, ended: Callable[[], None]
    ) -> None:
        self.choices = choices
        self.timeline = EmotionTimeline(max_s=float("inf"))
        self.progress = Progress(0.0, None, 0.0)
        self.error: Message | None = None
        self.target = target
        self._state: State = "running"
        self._path = path
        self._models = models
        self._ended = ended
        self._canceled = threading.Event()
        self._thread = threading.Thread(target=for_this_reader(self._run), daemon=True, name="video-job")
        self._thread.start()

    @property
    def state(self) -> State:
        """The job's state. A canceled job says so at once, even while its last frame is still being analyzed."""
        return "canceled" if self._canceled.is_set() else self._state

    def cancel(self) -> None:
        """Stop after the current frame and delete the unfinished copy. Does not wait."""
        if self._state == "running":
            self._canceled.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread, and return whether it has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @functools.cached_property
    def faces(self) -> pd.DataFrame:
        """`tracks_table` of a job that is done."""
        return tracks_table(self.timeline.to_frame())

    def _run(self) -> None:
        state: State = "failed"
        self.error = Message("The analysis ended unexpectedly; the server's log says why.")
        try:
            state = self._read()
            self.error = None
        except EmotionError as error:
            self.error = error.message
        finally:
            self._state = state
            self._ended()

    def _read(self) -> State:
        choices = self.choices
        classifier = self._models.load(choices.model)
        analyzer = video_analyzer(classifier, self._models.models_dir, choices.detector, choices.haar)
        origin = Origin.made_by(choices.model, choices.detector)
        drawing = Drawing(self.target, comment=str(origin)) if choices.drawn else None
        reading = analyze_video(self._path, analyzer.analyze, every_s=choices.every_s, drawing=drawing)
        with closing(reading) as moments:
            for moment in moments:
                if self._canceled.is_set():
                    return "canceled"
                if moment.result is not None:
                    self.timeline.add(moment.result)
                self.progress = moment
        return "done"


class VideoSession:
    """One visitor's current video and its analysis. A new video takes its place, and its files are deleted.

    Reruns of the page, upload callbacks and the timer of `disconnected` may call it at the same time.

    name, info: of the current video; None without one.
    error: why the last file could not be used; None if it could.
    full: at the last start, all places were taken.
    job: the analysis of the current video; None before the first start.
    """

    def __init__(self) -> None:
        self.name: str | None = None
        self.info: VideoInfo | None = None
        self.error: Message | None = None
        self.full = False
        self.job: VideoJob | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._leaving: threading.Timer | None = None
        self._lock = threading.RLock()

    def use(self, name: str, data: BinaryIO) -> None:
        """Make ``data`` the current video; sets `error` if it is none."""
        with self._lock:
            self.clear()
            self._folder = tempfile.TemporaryDirectory(prefix="emotion-video-", ignore_cleanup_errors=True)
            try:
                with self._source.open("wb") as file:
                    shutil.copyfileobj(data, file)
                self.info = probe_video(self._source)
                self.name = PurePath(name).name
            except (MediaError, OSError) as error:
                full = Message("The server's disk is full or cannot be written to. Try again later.")
                reason = error.message if isinstance(error, MediaError) else full
                self.refuse(reason)

    def refuse(self, reason: Message) -> None:
        """Have no video, for this reason."""
        with self._lock:
            self.clear()
            self.error = reason

    def clear(self) -> None:
        """Stop the analysis and delete everything."""
        with self._lock:
            job, self.job = self.job, None
            folder, self._folder = self._folder, None
            self.name = self.info = self.error = None
            self.full = False
        if job is not None and job.state == "running":
            job.cancel()
        if folder is not None:
            threading.Thread(target=_clean_up, args=(job, folder), daemon=True).start()

    def start(self, choices: VideoChoices, models: ModelSource, places: Permits) -> None:
        """Analyze the current video; an analysis that is running is stopped. Sets `full` if no place is free."""
        with self._lock:
            if self._folder is None:
                return
            if self.job is not None:
                self.job.cancel()
                self.job.join(_ONE_FRAME_S)  # it holds a place until it has ended
            self.full = not places.acquire()
            if self.full:
                return
            target = Path(tempfile.mkdtemp(dir=self._folder.name)) / "annotated.mp4"
            former, self.job = self.job, VideoJob(self._source, target, choices, models, places.release)
        if former is not None:
            threading.Thread(target=_delete_copy, args=(former,), daemon=True).start()

    def cancel(self) -> None:
        """Stop the analysis; the video stays."""
        job = self.job
        if job is not None:
            job.cancel()

    def reconnected(self) -> None:
        """Keep everything: the visitor's browser is connected."""
        with self._lock:
            if self._leaving is not None:
                self._leaving.cancel()
                self._leaving = None

    def disconnected(self, grace_s: float) -> None:
        """Clear everything unless the visitor's browser is connected again within ``grace_s``."""
        with self._lock:
            self.reconnected()
            self._leaving = threading.Timer(grace_s, self.clear)
            self._leaving.daemon = True
            self._leaving.start()

    @property
    def _source(self) -> Path:
        assert self._folder is not None
        return Path(self._folder.name) / "source"  # the name that the visitor's file has never becomes a path


def video_session() -> VideoSession:
    """This visitor's session."""
    if "video_session" not in st.session_state:
        st.session_state.video_session = VideoSession()
    session: VideoSession = st.session_state.video_session
    _presence(session).reconnected()
    return session


# Streamlit releases this as soon as the connection breaks, and a phone in a tunnel comes back. So the session waits for
# as long as Streamlit keeps a broken connection's state, and a little longer.
@st.cache_resource(
    scope="session",
    show_spinner=False,
    on_release=lambda session: session.disconnected(float(st.get_option("server.disconnectedSessionTTL")) + _GRACE_S),
)
def _presence(_session: VideoSession) -> VideoSession:
    return _session


def _clean_up(job: VideoJob | None, folder: tempfile.TemporaryDirectory[str]) -> None:
    """Delete the folder once the job's thread has closed its files, which takes one more frame."""
    if job is None or job.join(_END_S):
        folder.cleanup()


def _delete_copy(job: VideoJob) -> None:
    if job.join(_END_S):
        shutil.rmtree(job.target.parent, ignore_errors=True)

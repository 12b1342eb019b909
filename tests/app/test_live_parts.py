"""The live page's parts without a browser: session, ICE servers, file source, addresses."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError

from emotion_core.analyze.capacity import Leases
from emotion_core.analyze.live import LiveOptions
from emotion_core.classify.base import Classifier
from emotion_core.errors import MediaError, SettingsError
from emotion_core.results import Faces, FrameResult
from pages.live.file_track import FilePlayer, check_video
from pages.live.ice import rtc_configuration
from pages.live.session import Choices, LiveSession

SAMPLE = Path(__file__).resolve().parents[2] / "assets" / "sample.mp4"


class Happy:
    """A classifier that reads every face as happy."""

    crop_margin = 0.0
    uncertain_below = 0.4
    learned_from = "labels"

    def __init__(self, name: str) -> None:
        self.name = name

    def predict(self, crops_bgr: list[np.ndarray]) -> np.ndarray:
        return np.tile(np.eye(7, dtype=np.float32)[3], (len(crops_bgr), 1))


class Models:
    """Gives a classifier for every name."""

    models_dir = Path()

    def load(self, name: str) -> Classifier:
        return Happy(name)  # type: ignore[return-value]


def places(limit: int) -> Leases:
    return Leases(limit, expire_s=45.0)


@pytest.fixture
def session() -> Iterator[LiveSession]:
    made = LiveSession(Choices(LiveOptions("one")), Models(), places(1))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def clip() -> list[av.VideoFrame]:
    with av.open(str(SAMPLE)) as container:
        return list(container.decode(video=0))


def play(session: LiveSession, clip: list[av.VideoFrame], until: int, limit_s: float = 20.0) -> av.VideoFrame:
    """Feed frames until the timeline has ``until`` more analyses; return the last frame that came out."""
    start, count, shown = time.monotonic(), len(session.timeline), clip[0]
    while len(session.timeline) < count + until:
        assert time.monotonic() - start < limit_s, session.status.error or "no analyses"
        shown = session.on_frame(clip[len(session.timeline) % len(clip)])
        time.sleep(0.01)
    return shown


def test_frames_come_back_annotated_and_results_are_kept(session: LiveSession, clip: list[av.VideoFrame]) -> None:
    shown = play(session, clip, 12)
    assert (shown.width, shown.height) == (640, 480)
    table = session.timeline.to_frame()
    assert (table["label"] == "happy").mean() > 0.7
    assert session.status.faults == 0


def test_choices_apply_while_it_runs(session: LiveSession, clip: list[av.VideoFrame]) -> None:
    play(session, clip, 3)
    session.configure(Choices(LiveOptions("two")))
    play(session, clip, 12)
    models = session.timeline.to_frame()["model"].tolist()
    assert (models[0], models[-1]) == ("one", "two")


def test_stop_keeps_results_and_a_new_start_goes_on(session: LiveSession, clip: list[av.VideoFrame]) -> None:
    play(session, clip, 3)
    session.stop()
    before, end_s = len(session.timeline), session.timeline.end_s
    assert before >= 3
    play(session, clip, 3)
    assert session.timeline.end_s > end_s + 0.9  # type: ignore[operator]
    session.clear()
    assert len(session.timeline) == 0


def test_another_person_begins_while_it_runs(session: LiveSession, clip: list[av.VideoFrame]) -> None:
    session.begin_person()
    assert session.people == [], "where nothing was seen, there is nothing to keep"
    play(session, clip, 5)
    first = session.timeline
    session.begin_person()
    assert len(session.timeline) == 0
    play(session, clip, 3)
    assert session.people == [first, session.timeline]
    assert session.timeline.end_s < 5  # type: ignore[operator]
    session.clear()
    assert session.people == []


def test_the_oldest_person_is_forgotten_beyond_the_limit(session: LiveSession) -> None:
    happy = Faces(np.array([[10, 10, 60, 60]], np.float32), np.eye(7, dtype=np.float32)[[3]])
    for number in range(30):
        session.timeline.add(FrameResult(happy, (64, 48), time_s=float(number)))
        session.begin_person()
    assert [timeline.end_s for timeline in session.people] == [float(number) for number in range(11, 30)]


def test_a_picture_that_the_browser_shows_is_analyzed_and_nothing_returns(
    session: LiveSession, clip: list[av.VideoFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.live.session.copied", lambda *_, **__: pytest.fail("nothing is to be drawn on"))
    start = time.monotonic()
    while len(session.timeline) < 5:
        assert time.monotonic() - start < 20, session.status.error or "no analyses"
        assert session.on_picture(clip[len(session.timeline)]) is None  # type: ignore[func-returns-value]
        time.sleep(0.01)


def test_mirror_turns_the_picture(session: LiveSession) -> None:
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:, :32] = 255
    session.configure(Choices(LiveOptions("one"), mirror=True))
    shown = session.on_frame(av.VideoFrame.from_ndarray(pixels, format="bgr24")).to_ndarray(format="bgr24")
    assert shown[:, :30].max() < 60 < 200 < shown[:, 34:].min()


def test_a_fault_returns_the_frame_and_is_counted(session: LiveSession, caplog: pytest.LogCaptureFixture) -> None:
    broken = object()
    for _ in range(3):
        assert session.on_frame(broken) is broken  # type: ignore[arg-type]
    assert session.status.faults == 3
    assert len([r for r in caplog.records if "could not be processed" in r.message]) == 1


def test_one_visitor_more_than_the_limit_is_shown_without_analysis(clip: list[av.VideoFrame]) -> None:
    shared = places(1)
    first, second = (LiveSession(Choices(LiveOptions("one")), Models(), shared) for _ in range(2))
    first.on_frame(clip[0])
    second.on_frame(clip[0])
    assert (first.status.refused, second.status.refused, second.status.stats) == (False, True, None)
    first.stop()
    second.on_frame(clip[0])
    assert not second.status.refused
    second.stop()


def wait_for_closing() -> None:
    for thread in threading.enumerate():
        if thread.name == "live-close":
            thread.join(10)


def test_memory_goes_back_once_nobody_plays(clip: list[av.VideoFrame], monkeypatch: pytest.MonkeyPatch) -> None:
    wait_for_closing()  # left by earlier tests
    released: list[bool] = []
    monkeypatch.setattr("pages.live.session.release_memory", lambda: released.append(True))
    shared = places(2)
    first, second = (LiveSession(Choices(LiveOptions("one")), Models(), shared) for _ in range(2))
    for session in (first, second):
        session.on_frame(clip[0])
    first.stop()
    wait_for_closing()
    assert (shared.idle, released) == (False, []), "it would make the other visitor's video stutter"
    second.stop()
    wait_for_closing()
    assert (shared.idle, released) == (True, [True])


def test_waiting_is_noticed(clip: list[av.VideoFrame]) -> None:
    now = [0.0]
    session = LiveSession(Choices(LiveOptions("one")), Models(), places(1), clock=lambda: now[0])
    session.mark_started(True)
    now[0] = 9.0
    assert session.waiting_s == 9.0
    session.on_frame(clip[0])
    assert session.waiting_s == 0.0
    session.stop()


GUARDED: dict[str, Callable[[LiveSession], object]] = {
    "status": lambda session: session.status,
    "waiting_s": lambda session: session.waiting_s,
    "started": lambda session: session.started,
    "paused": lambda session: session.paused,
    "pausing": lambda session: setattr(session, "paused", True),
    "starting": lambda session: session.mark_started(True),
    "a frame": lambda session: session.on_frame(av.VideoFrame(64, 48, "yuv420p")),
    "a fault": lambda session: session.on_frame(object()),  # type: ignore[arg-type]
    "the end": lambda session: session.on_ended(),
    "another person": lambda session: session.begin_person(),
    "who was seen": lambda session: session.people,
    "a picture": lambda session: session.on_picture(av.VideoFrame(64, 48, "yuv420p")),
    "a new socket": lambda session: session.hello(),
    "a result": lambda session: session._keep(FrameResult(Faces.empty(), (64, 48), time_s=0.0)),
}


@pytest.mark.parametrize("touch", GUARDED.values(), ids=GUARDED)
def test_one_lock_guards_everything(session: LiveSession, touch: Callable[[LiveSession], object]) -> None:
    thread = threading.Thread(target=touch, args=(session,), daemon=True)
    with session._lock:
        thread.start()
        thread.join(0.1)
        assert thread.is_alive(), "it must wait for the lock"
    thread.join(10)
    assert not thread.is_alive()


def test_a_result_from_before_start_over_is_not_kept(clip: list[av.VideoFrame]) -> None:
    now = [100.0]
    session = LiveSession(Choices(LiveOptions("one")), Models(), places(1), clock=lambda: now[0])
    play(session, clip, 1)
    now[0] = 130.0
    play(session, clip, 2)  # the first of them may be of a frame from before
    assert len(session.timeline) > 0
    session.clear()
    session._keep(FrameResult(Faces.empty(), (64, 48), time_s=30.0))
    assert len(session.timeline) == 0
    session.stop()


@pytest.mark.parametrize(("age_s", "fresh"), [(0.0, True), (1.4, True), (1.6, False), (-30.0, False)])
def test_what_is_drawn_is_fresh(
    clip: list[av.VideoFrame], age_s: float, fresh: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    session = LiveSession(Choices(LiveOptions("one"), mirror=False), Models(), places(1), clock=lambda: now[0])
    drawn: list[FrameResult] = []
    monkeypatch.setattr("pages.live.session.draw", lambda canvas, result, style: drawn.append(result))
    play(session, clip, 1)
    drawn.clear()
    now[0] = age_s
    session.on_frame(clip[0])
    assert bool(drawn) == fresh
    session.stop()


TURN = {"urls": "turn:turn.example.org:3478", "username": "u", "credential": "p"}


@pytest.mark.parametrize(
    ("secrets", "environment", "expected"),
    [
        pytest.param({}, {}, [], id="none"),
        pytest.param(
            {}, {"EMOTION_ICE_SERVERS": '[{"urls": "stun:a.example:1"}]'}, [{"urls": "stun:a.example:1"}], id="JSON"
        ),
        pytest.param({"EMOTION_ICE_SERVERS": [TURN]}, {"EMOTION_ICE_SERVERS": "[]"}, [TURN], id="secrets first"),
        pytest.param(
            {},
            {"EMOTION_TURN_URL": TURN["urls"], "EMOTION_TURN_USER": "u", "EMOTION_TURN_PASSWORD": "p"},
            [TURN],
            id="TURN",
        ),
    ],
)
def test_ice_servers(secrets: dict[str, object], environment: dict[str, str], expected: list[object]) -> None:
    assert rtc_configuration(secrets, environment) == {"iceServers": expected}


@pytest.mark.parametrize("text", ["nonsense", "{}", '[{"url": "x"}]', "[1]"])
def test_bad_ice_servers_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="EMOTION_ICE_SERVERS"):
        rtc_configuration({}, {"EMOTION_ICE_SERVERS": text})


async def _times(player: FilePlayer, count: int) -> list[float]:
    frames = [await player.video.recv() for _ in range(count)]
    return [frame.time or 0.0 for frame in frames]


def short_clip(tmp_path: Path, frames: int = 5) -> bytes:
    path = tmp_path / "short.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="bgr24")))
        container.mux(stream.encode())
    return path.read_bytes()


def test_looped_file_plays_at_its_own_pace_and_time_only_grows(tmp_path: Path) -> None:
    start = time.monotonic()
    times = asyncio.run(_times(FilePlayer(short_clip(tmp_path), loop=True), 13))
    assert np.diff(times) == pytest.approx(np.full(12, 0.04), abs=0.002)
    assert time.monotonic() - start >= 0.45


def test_file_ends_without_loop(tmp_path: Path) -> None:
    with pytest.raises(MediaStreamError):
        asyncio.run(_times(FilePlayer(short_clip(tmp_path)), 6))


@pytest.mark.parametrize("data", [b"", b"not a video", SAMPLE.read_bytes()[:200]], ids=["empty", "text", "truncated"])
def test_unreadable_video_is_refused(data: bytes) -> None:
    with pytest.raises(MediaError, match="not a video that can be read"):
        check_video(data)

import logging
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from emotion_core.analyze import live
from emotion_core.analyze.live import LiveAnalyzer, LiveOptions
from emotion_core.detect import Detections, HaarOptions
from emotion_core.emotions import Emotion
from emotion_core.errors import ModelNotFoundError, WeightsMissingError

WAIT_S = 10.0  # only ever reached by a failing test
EVERY = 1e9  # analyses per second: every frame that comes may be analyzed


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class FixedClassifier:
    """Reads every crop as one expression; can be held up like a slow model, and made to fail."""

    crop_margin = 0.0
    uncertain_below = 0.4
    learned_from = "labels"

    def __init__(self, name: str, emotion: Emotion) -> None:
        self.name = name
        self.emotion = emotion
        self.entered = threading.Semaphore(0)
        self.go_on = threading.Event()
        self.go_on.set()
        self.failure: Exception | None = None

    def predict(self, crops_bgr) -> np.ndarray:
        self.entered.release()
        assert self.go_on.wait(WAIT_S)
        if self.failure:
            raise self.failure
        rows = np.zeros((len(crops_bgr), 7), np.float32)
        rows[:, self.emotion.column] = 1
        return rows


class Shelf:
    """A registry of fixed classifiers."""

    models_dir = Path("nowhere")

    def __init__(self) -> None:
        self.models = {
            "happy": FixedClassifier("happy", Emotion.HAPPY),
            "sad": FixedClassifier("sad", Emotion.SAD),
        }
        self.failures: dict[str, Exception] = {}
        self.may_load = threading.Event()
        self.may_load.set()

    def load(self, name: str) -> FixedClassifier:
        assert self.may_load.wait(WAIT_S)
        if name in self.failures:
            raise self.failures[name]
        if name not in self.models:
            raise ModelNotFoundError(f"No model {name!r}.")
        return self.models[name]


@pytest.fixture(autouse=True)
def whole_frame_detector(monkeypatch):
    """Take every frame as one face, so that these tests are about threads only."""
    from emotion_core.detect import whole_picture

    class Whole:
        name = "whole"
        strong_score = 0.5

        def detect(self, frame_bgr, time_s=0.0):
            return whole_picture(frame_bgr)

    monkeypatch.setattr(live, "make_detector", lambda name, **options: Whole())


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def sessions(shelf):
    """Return a function that creates sessions; close them at the end."""
    made = []

    def make(model="happy", on_result=None, clock=time.monotonic) -> LiveAnalyzer:
        made.append(LiveAnalyzer(LiveOptions(model, rate_hz=EVERY), shelf, on_result, clock=clock))
        return made[-1]

    yield make
    for model in shelf.models.values():
        model.go_on.set()
    shelf.may_load.set()
    for session in made:
        session.close()


def until(condition) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.002)


def frame(width: int = 8) -> np.ndarray:
    return np.zeros((6, width, 3), np.uint8)


def analysis_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("emotion-")]


def test_a_frame_gives_a_result(sessions):
    results = []
    session = sessions(on_result=results.append)
    session.submit(frame(), time_s=1.25)
    until(lambda: session.stats.analyses == 1)
    assert session.latest is results[0]
    assert (results[0].time_s, results[0].model, results[0].size_wh) == (1.25, "happy", (8, 6))
    assert results[0].faces.labels == (Emotion.HAPPY,)
    assert session.error is None


def test_a_slow_model_never_slows_submit_and_the_newest_frame_wins(sessions, shelf):
    model = shelf.models["happy"]
    results = []
    session = sessions(on_result=results.append)
    model.go_on.clear()
    session.submit(frame(1))
    assert model.entered.acquire(timeout=WAIT_S)
    started = time.perf_counter()
    for width in range(2, 302):
        session.submit(frame(width))
    assert time.perf_counter() - started < 0.5, "300 frames offered while the model is stuck"
    assert session.stats.dropped == 299
    model.go_on.set()
    until(lambda: session.stats.analyses == 2)
    assert [result.size_wh[0] for result in results] == [1, 301]


def test_latency_is_the_age_of_the_analyzed_frame(sessions, shelf):
    clock, model = Clock(), shelf.models["happy"]
    session = sessions(clock=clock)
    model.go_on.clear()
    session.submit(frame())
    assert model.entered.acquire(timeout=WAIT_S)
    clock.now += 0.25
    session.submit(frame(9))
    clock.now += 0.5
    model.go_on.set()
    until(lambda: session.stats.analyses == 2)
    assert session.stats.latency_ms == pytest.approx(500)
    assert session.latest.time_s == pytest.approx(0.25), "seconds since the first frame"


def test_rates_count_the_last_seconds(sessions):
    clock = Clock()
    session = sessions(clock=clock)
    for i in range(61):
        session.submit(frame())
        until(lambda done=i + 1: session.stats.analyses + session.stats.dropped >= done)
        clock.now += 1 / 20
    stats = session.stats
    assert stats.video_fps == pytest.approx(20, rel=0.1)
    assert stats.analysis_fps == pytest.approx(20, rel=0.1)
    assert (stats.frames, stats.analyses, stats.dropped) == (61, 61, 0)
    clock.now += 5
    assert (session.stats.video_fps, session.stats.analysis_fps) == (0, 0)


def test_the_analysis_thread_sleeps_while_no_frame_arrives(sessions, monkeypatch):
    session = sessions()
    session.submit(frame())
    until(lambda: session.stats.analyses == 1)
    calls = []
    original = session._has_work
    monkeypatch.setattr(session, "_has_work", lambda: calls.append(1) or original())
    session.submit(frame())
    until(lambda: session.stats.analyses == 2)
    time.sleep(0.05)
    before = len(calls)
    time.sleep(0.3)
    assert len(calls) == before, "the worker polls"


def test_the_old_model_serves_until_the_new_one_is_loaded(sessions, shelf):
    session = sessions("happy")
    session.submit(frame())
    until(lambda: session.stats.analyses == 1)
    shelf.may_load.clear()
    session.configure(LiveOptions("sad", rate_hz=EVERY))
    for i in range(3):
        session.submit(frame())
        until(lambda done=2 + i: session.stats.analyses == done)
        assert session.latest.model == "happy"
    shelf.may_load.set()

    def switched() -> bool:
        session.submit(frame())
        return session.latest.model == "sad"

    until(switched)
    assert session.latest.faces.track_ids.tolist() == [1], "the face keeps its id over a change of model"


def test_an_unknown_model_is_an_error_and_the_old_one_goes_on(sessions):
    session = sessions("happy")
    session.submit(frame())
    until(lambda: session.stats.analyses == 1)
    session.configure(LiveOptions("none"))
    until(lambda: session.error is not None)
    assert str(session.error) == "No model 'none'."
    session.submit(frame())
    until(lambda: session.stats.analyses == 2)
    assert str(session.error) == "No model 'none'.", "analyses by the old model must not hide it"
    session.configure(LiveOptions("sad", rate_hz=EVERY))
    until(lambda: session.error is None)


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (WeightsMissingError("Put the file here."), "Put the file here."),
        (RuntimeError("secret path"), "The model 'happy' could not be loaded. The server's log says more."),
    ],
    ids=["expected", "unexpected"],
)
def test_a_model_that_fails_to_load_leaves_a_session_that_recovers(sessions, shelf, failure, text):
    shelf.failures["happy"] = failure
    session = sessions("happy")
    until(lambda: session.error is not None)
    assert str(session.error) == text
    session.submit(frame())
    session.configure(LiveOptions("sad", rate_hz=EVERY))
    until(lambda: session.stats.analyses == 1)
    assert session.error is None


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (WeightsMissingError("The weights are gone."), "The weights are gone."),
        (ZeroDivisionError("inside"), "A frame could not be analyzed. The server's log says more."),
    ],
    ids=["expected", "unexpected"],
)
def test_errors_are_shown_counted_and_logged_once(sessions, shelf, caplog, failure, text):
    model = shelf.models["happy"]
    model.failure = failure
    session = sessions("happy")
    with caplog.at_level(logging.WARNING, logger="emotion_core.analyze.live"):
        for i in range(5):
            session.submit(frame())
            until(lambda done=i + 1: session.stats.errors == done)
    assert str(session.error) == text
    assert len(caplog.records) == 1
    assert bool(caplog.records[0].exc_info) == isinstance(failure, ZeroDivisionError)
    model.failure = None
    session.submit(frame())
    until(lambda: session.stats.analyses == 1)
    assert session.error is None


def test_a_failing_receiver_does_not_end_the_session(sessions):
    def receiver(result) -> None:
        raise KeyError("page gone")

    session = sessions(on_result=receiver)
    for i in range(2):
        session.submit(frame())
        until(lambda done=i + 1: session.stats.errors == done)
    assert session.latest is not None


def test_two_sessions_never_share_results(sessions):
    seen: dict[str, list] = {"a": [], "b": []}
    first = sessions("happy", on_result=seen["a"].append)
    second = sessions("sad", on_result=seen["b"].append)
    for i in range(20):
        first.submit(frame(10))
        second.submit(frame(20))
        until(lambda done=i + 1: first.stats.analyses == second.stats.analyses == done)
    assert {(r.size_wh[0], r.model) for r in seen["a"]} == {(10, "happy")}
    assert {(r.size_wh[0], r.model) for r in seen["b"]} == {(20, "sad")}
    assert first.latest.faces.track_ids.tolist() == second.latest.faces.track_ids.tolist() == [1]


def test_a_crowd_is_read_less_often(shelf, monkeypatch):
    people = [1]

    class Row:
        name = "row"
        strong_score = 0.5

        def detect(self, frame_bgr, time_s=0.0):
            left = np.arange(people[0], dtype=np.float32) * 20
            return Detections(np.stack([left, left * 0, left + 10, left * 0 + 10], axis=1), np.ones(people[0]))

    monkeypatch.setattr(live, "make_detector", lambda name, **options: Row())
    with LiveAnalyzer(LiveOptions("happy", rate_hz=16), shelf, most_faces_hz=40) as session:

        def rate_with(count: int) -> float:
            people[0], before = count, session.stats.analyses
            session.submit(frame())
            until(lambda: session.stats.analyses > before or session.submit(frame()))
            return session.stats.rate_hz

        assert [rate_with(count) for count in (1, 4, 8, 0)] == pytest.approx([16, 10, 5, 16])


def test_close_leaves_no_thread_and_keeps_the_result(sessions):
    before = len(analysis_threads())
    session = sessions()
    assert len(analysis_threads()) == before + 2
    session.submit(frame())
    until(lambda: session.stats.analyses == 1)
    session.close()
    session.close()
    assert len(analysis_threads()) == before
    session.submit(frame())
    assert session.stats.frames == 1
    assert session.latest is not None


def test_close_waits_for_the_frame_that_is_being_analyzed(sessions, shelf):
    model = shelf.models["happy"]
    model.go_on.clear()
    session = sessions()
    session.submit(frame())
    assert model.entered.acquire(timeout=WAIT_S)
    threading.Timer(0.1, model.go_on.set).start()
    session.close()
    assert session.stats.analyses == 1


def test_closing_before_the_model_is_loaded(sessions, shelf):
    shelf.may_load.clear()
    session = sessions()
    session.submit(frame())
    threading.Timer(0.05, shelf.may_load.set).start()
    session.close()
    assert session.stats.analyses == 0


def test_the_receiver_may_close_the_session(shelf):
    done = threading.Event()

    def receiver(result) -> None:
        session.close()
        done.set()

    session = LiveAnalyzer(LiveOptions("happy", rate_hz=EVERY), shelf, receiver)
    session.submit(frame())
    assert done.wait(WAIT_S)
    session.close()


def test_options_can_be_compared():
    assert LiveOptions("a") == LiveOptions("a", haar=HaarOptions())
    assert LiveOptions("a") != LiveOptions("a", largest_only=True)
    with pytest.raises(ValueError, match="half_life_s"):
        LiveOptions("a", half_life_s=-1)


@pytest.mark.parametrize("yields", [True, False])
def test_only_beside_a_video_that_is_sent_the_analysis_steps_back(
    yields: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stepped: list[str] = []
    monkeypatch.setattr("emotion_core.analyze.live.step_back", lambda: stepped.append(threading.current_thread().name))
    with LiveAnalyzer(LiveOptions("happy", rate_hz=EVERY), Shelf(), yields=yields):
        end = time.monotonic() + WAIT_S
        while "emotion-loading" not in stepped or yields != ("emotion-analysis" in stepped):
            assert time.monotonic() < end
            time.sleep(0.01)

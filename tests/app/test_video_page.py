"""The video page in Streamlit's own test runner, and its job and session without a page."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from emotion_core.analyze.capacity import Permits
from emotion_core.classify.base import Classifier
from emotion_core.detect.yunet import yunet_path
from emotion_core.media.video import probe_video
from emotion_core.models.registry import ModelRegistry
from pages.video.session import VideoChoices, VideoSession, video_places
from pages.video.view import clock_time
from tests.app.conftest import Open
from tests.films import plain_frames, write_film
from tests.model_files import write_fixed_model

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "assets" / "sample.mp4"


@pytest.fixture
def clip(tmp_path: Path, astronaut_bgr: np.ndarray) -> bytes:
    """Half a second with one face."""
    return write_film(tmp_path / "clip.mp4", [astronaut_bgr] * 13, sound="aac", sound_s=0.5).read_bytes()


def press(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    return page


def labels(page: AppTest) -> set[str]:
    return {button.label for button in [*page.button, *page.get("download_button")]}


def upload(page: AppTest, name: str, data: bytes) -> AppTest:
    page.file_uploader(key="video_upload").set_value((name, data, "video/mp4")).run()
    assert not page.exception
    return page


def finish(page: AppTest) -> AppTest:
    assert page.session_state["video_session"].job.join(120)
    page.run()
    assert not page.exception
    return page


def test_an_empty_page_says_what_to_do_and_offers_a_sample(open_page: Open) -> None:
    page = open_page("analyze/video.py")
    assert "Drop a video above" in page.info[0].value
    page = press(page, "Try the sample clip")
    assert any("640×480, 25 frames per second, 0:08" in text.value for text in page.markdown)
    assert "Start" in labels(page)


def test_a_video_is_read_shown_and_taken_away(open_page: Open, clip: bytes) -> None:
    page = press(upload(open_page("analyze/video.py"), "film.mp4", clip), "Start")
    page = finish(page)
    assert {"Video (MP4)", "Table (CSV)", "Charts (PNG)"} <= labels(page)
    assert "Start" not in labels(page)
    (row,) = page.dataframe[0].value.to_dict("records")
    assert (row["face"], row["label"], row["seen"]) == (1, "happy", 1.0)
    job = page.session_state["video_session"].job
    assert probe_video(job.target).frames == 13
    assert len(page.get("video")) == 1
    assert len(job.timeline) == 5


def test_other_choices_read_it_again(open_page: Open, clip: bytes, models_dir: Path) -> None:
    write_fixed_model(models_dir / "always_sad", "sad")
    page = finish(press(upload(open_page("analyze/video.py"), "film.mp4", clip), "Start"))
    first = page.session_state["video_session"].job
    page.selectbox(key="video_model").select("always_sad").run()
    page.toggle(key="video_drawn").set_value(False).run()
    page.segmented_control(key="video_rate").select("Every frame").run()
    page = finish(press(page, "Analyze again"))
    assert page.dataframe[0].value["label"].tolist() == ["sad"]
    assert not page.get("video")
    assert len(page.session_state["video_session"].job.timeline) == 13
    assert wait(lambda: not first.target.exists())


BAD = {
    "empty": b"",
    "text": b"not a video",
    "cut": SAMPLE.read_bytes()[:2000],
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_what_is_no_video_says_so_and_the_next_one_works(data: bytes, open_page: Open, clip: bytes) -> None:
    page = upload(open_page("analyze/video.py"), "film.mp4", data)
    assert "not a video that can be read" in page.error[0].value
    assert "Start" not in labels(page)
    page = upload(page, "film.mp4", clip)
    assert not page.error
    assert "Start" in labels(page)


def test_a_video_without_a_face_says_what_to_try(open_page: Open, tmp_path: Path) -> None:
    data = write_film(tmp_path / "gray.mp4", plain_frames(5)).read_bytes()
    page = finish(press(upload(open_page("analyze/video.py"), "gray.mp4", data), "Start"))
    assert "No face was found" in page.info[0].value
    assert not page.dataframe


def test_a_damaged_detector_is_one_message(open_page: Open, clip: bytes, models_dir: Path) -> None:
    (models_dir / "detectors").mkdir()
    yunet_path(models_dir).write_bytes(b"no network")
    page = upload(open_page("analyze/video.py"), "film.mp4", clip)
    assert page.selectbox(key="video_detector").value == "yunet", "the default where its file is"
    page = finish(press(page, "Start"))
    assert "detectors install yunet" in page.error[0].value
    assert "Start" in labels(page)


def test_too_large_a_video_is_refused(open_page: Open, clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTION_MAX_VIDEO_BYTES", "1000")
    page = upload(open_page("analyze/video.py"), "film.mp4", clip)
    assert "MB allowed" in page.error[0].value


def test_a_full_server_is_polite(open_page: Open, clip: bytes) -> None:
    page = upload(open_page("analyze/video.py"), "film.mp4", clip)
    places = video_places(2)
    assert places.acquire()
    assert places.acquire()
    page = press(page, "Start")
    assert "Please try again in a minute" in page.warning[0].value
    places.release()
    page = finish(press(page, "Start"))
    assert not page.warning
    places.release()
    assert not page.error


def test_the_result_is_still_there_after_another_page(open_page: Open, clip: bytes) -> None:
    page = finish(press(upload(open_page("analyze/video.py"), "film.mp4", clip), "Start"))
    page.switch_page("pages/entry/about.py").run()
    page.switch_page("pages/analyze/video.py").run()
    assert not page.exception
    assert "Video (MP4)" in labels(page)


# Without a page


class Slow:
    """A model that reads a face only when the test lets it."""

    name = "slow"
    crop_margin = 0.0
    uncertain_below = 0.4
    learned_from = "labels"

    def __init__(self) -> None:
        self.reading = threading.Event()
        self.go_on = threading.Event()

    def predict(self, crops_bgr: list[np.ndarray]) -> np.ndarray:
        self.reading.set()
        assert self.go_on.wait(60)
        return np.tile(np.eye(7, dtype=np.float32)[3], (len(crops_bgr), 1))


class Models:
    """Gives the slow model."""

    models_dir = Path()

    def __init__(self) -> None:
        self.model = Slow()

    def load(self, name: str) -> Classifier:
        return self.model  # type: ignore[return-value]


@pytest.fixture
def session(clip: bytes) -> Iterator[VideoSession]:
    made = VideoSession()
    made.use("film.mp4", io.BytesIO(clip))
    yield made
    made.clear()


def wait(condition: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def folder(session: VideoSession) -> Path:
    assert session._folder is not None
    return Path(session._folder.name)


def test_cancel_shows_at_once_and_frees_the_place_after_the_frame(session: VideoSession) -> None:
    models, places = Models(), Permits(1)
    session.start(VideoChoices("slow"), models, places)
    job = session.job
    assert job is not None
    assert models.model.reading.wait(20)
    assert job.state == "running"
    session.cancel()
    assert job.state == "canceled"
    assert not places.acquire()  # its frame is still being read
    models.model.go_on.set()
    assert job.join(20)
    assert (job.state, job.error, places.acquire()) == ("canceled", None, True)
    assert list(job.target.parent.iterdir()) == []


def test_another_video_stops_the_first_and_deletes_its_files(session: VideoSession, clip: bytes) -> None:
    models, places = Models(), Permits(1)
    session.start(VideoChoices("slow"), models, places)
    first, old = session.job, folder(session)
    assert first is not None
    session.use("other.mp4", io.BytesIO(clip))
    models.model.go_on.set()
    assert wait(lambda: not old.exists())
    assert (first.state, session.job, session.name) == ("canceled", None, "other.mp4")


def test_one_visitor_can_start_again_with_a_single_place(session: VideoSession, models_dir: Path) -> None:
    models, places = ModelRegistry(models_dir), Permits(1)
    for _ in range(2):
        session.start(VideoChoices("always_happy"), models, places)
        assert not session.full
    assert session.job is not None
    assert session.job.join(60)
    assert session.job.state == "done"


def test_all_is_deleted_when_the_visitor_does_not_come_back(session: VideoSession) -> None:
    models, places = Models(), Permits(1)
    session.start(VideoChoices("slow"), models, places)
    old = folder(session)
    session.disconnected(grace_s=30)
    session.reconnected()
    assert session.name == "film.mp4"
    models.model.go_on.set()
    session.disconnected(grace_s=0.01)
    assert wait(lambda: not old.exists())
    assert session.name is None
    assert session.job is None
    assert places.acquire()


def test_a_fault_of_ours_ends_the_job_and_frees_the_place(
    session: VideoSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Faulty(Models):
        def load(self, name: str) -> Classifier:
            raise ZeroDivisionError

    seen: list[object] = []
    monkeypatch.setattr(threading, "excepthook", seen.append)
    places = Permits(1)
    session.start(VideoChoices("slow"), Faulty(), places)
    assert session.job is not None
    assert session.job.join(20)
    assert session.job.state == "failed"
    assert "log says why" in str(session.job.error)
    assert len(seen) == 1
    assert places.acquire()


def test_a_broken_connection_reaches_the_session(open_page: Open, clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    page = upload(open_page("analyze/video.py"), "film.mp4", clip)
    session: VideoSession = page.session_state["video_session"]
    graces: list[float] = []
    monkeypatch.setattr(session, "disconnected", graces.append)
    st.cache_resource.clear()  # what a broken connection does to a session's own resources
    assert graces == [150.0]


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0:00"), (75, "1:15"), (3661, "1:01:01")])
def test_times_for_people(seconds: float, text: str) -> None:
    assert clock_time(seconds) == text

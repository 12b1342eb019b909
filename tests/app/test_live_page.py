"""The live page in Streamlit's own test runner, always started from app.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
import streamlit_webrtc.component
from streamlit.runtime.uploaded_file_manager import UploadedFile
from streamlit.testing.v1 import AppTest

from emotion_core.results import Faces, FrameResult
from pages.live.session import LiveSession
from tests.model_files import write_fixed_model

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 60


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The live page with two models, never playing (the test runner has no session for WebRTC to find)."""
    write_fixed_model(tmp_path / "alpha", "happy")
    write_fixed_model(tmp_path / "beta", "sad")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "card.json").write_text('{"name": NaN}')
    monkeypatch.setenv("EMOTION_MODELS_DIR", str(tmp_path))
    monkeypatch.setenv("EMOTION_DEFAULT_MODEL", "alpha")
    monkeypatch.setattr(streamlit_webrtc.component, "get_this_session_info", lambda: None)
    st.cache_resource.clear()
    yield AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_S).run()
    st.cache_resource.clear()


def test_live_is_the_first_page_and_opens_without_a_fault(page: AppTest) -> None:
    assert not page.exception
    assert page.title[0].value == "Live"
    assert page.selectbox(key="live_model").value == "alpha"
    assert page.session_state["live_source"] == "sample"
    assert not page.session_state["live_session"].started, "the sample takes no place"


def test_the_default_model_is_first_and_another_one_takes_the_place_of_one_that_is_gone(
    page: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_DEFAULT_MODEL", "beta")
    st.cache_resource.clear()
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_S).run()
    assert page.selectbox(key="live_model").options[0] == "Test model beta"
    assert page.selectbox(key="live_model").value == "beta"
    page.selectbox(key="live_model").select("alpha").run()
    (tmp_path / "alpha" / "card.json").unlink()
    page.run()
    assert not page.exception
    assert page.selectbox(key="live_model").value == "beta"


def test_a_video_that_ended_is_not_one_that_never_came(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LiveSession, "waiting_s", 60.0)
    monkeypatch.setattr(LiveSession, "mark_started", lambda *_, **__: None)  # nothing plays under the test runner
    page.session_state["live_source"], page.session_state["live_running"] = "camera", True
    page.run()
    assert any("TURN" in warning.value for warning in page.warning)
    assert {metric.label for metric in page.metric} == {"Frames", "Analyses", "Delay"}
    page.session_state["live_session"].on_ended()
    page.run()
    assert not any("TURN" in warning.value for warning in page.warning)


def test_choices_reach_the_session(page: AppTest) -> None:
    page.selectbox(key="live_model").select("beta")
    page.slider(key="live_half_life").set_value(1.0)
    page.slider(key="live_certainty").set_value(0.6)
    page.run()
    assert not page.exception
    options = page.session_state["live_session"]._choices.options
    assert (options.model, options.half_life_s, options.haar.min_face_score) == ("beta", 1.0, 0.6)


def test_a_broken_model_is_listed_and_says_why(page: AppTest) -> None:
    page.selectbox(key="live_model").select("broken").run()
    assert not page.exception
    assert any("cannot be used" in warning.title for warning in page.warning if hasattr(warning, "title"))


@pytest.mark.parametrize("source", ["camera", "sample", "file"])
def test_every_source_opens(page: AppTest, source: str) -> None:
    page.session_state["live_source"] = source
    page.run()
    assert not page.exception
    assert any("not stored" in caption.value for caption in page.caption[1:]) == (source == "file")


def test_an_unreadable_video_is_refused_and_nothing_starts(page: AppTest) -> None:
    page.session_state["live_source"] = "file"
    page.run()
    page.file_uploader(key="live_upload").set_value(("film.mp4", b"no video", "video/mp4")).run()
    assert not page.exception
    assert any("not a video" in error.value for error in page.error)
    assert not page.session_state["live_running"]


def test_results_of_each_person_stay_until_they_are_cleared(page: AppTest) -> None:
    session = page.session_state["live_session"]
    faces = Faces(np.array([[10, 10, 60, 60]], np.float32), np.eye(7, dtype=np.float32)[[3]])
    page.session_state["live_source"] = "camera"
    for _ in range(2):
        for time_s in (0.0, 0.5, 1.0):
            session.timeline.add(FrameResult(faces, (640, 480), time_s))
        page.session_state["live_new"] = True
        page.run()
    assert not page.exception
    assert [len(timeline) for timeline in session.people] == [3, 3]
    assert page.button_group(key="live_person").options == ["Person 1", "Person 2"]
    assert {"Table (CSV)", "Charts (PNG)"} <= {button.label for button in page.get("download_button")}
    page.button(key="live_clear").click().run()
    assert not page.exception
    assert session.people == []


def test_a_reload_finds_the_results_of_its_own_page_only(page: AppTest) -> None:
    former = page.session_state["live_session"]
    faces = Faces(np.array([[10, 10, 60, 60]], np.float32), np.eye(7, dtype=np.float32)[[3]])
    former.timeline.add(FrameResult(faces, (640, 480), 0.0))
    again = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_S).run()
    again.session_state["live_former"] = "somebody-else"
    again.run()
    assert again.session_state["live_session"] is not former
    again.session_state["live_former"] = former.token
    again.run()
    assert not again.exception
    assert again.session_state["live_session"] is former
    assert again.session_state["live_token"] == former.token


def test_an_upload_is_checked_once_and_never_copied(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[int] = []
    monkeypatch.setattr("pages.live.controls.check_video", lambda data: checked.append(len(data)))
    monkeypatch.setattr(UploadedFile, "getbuffer", lambda upload: pytest.fail("this copies the whole upload"))
    page.session_state["live_source"] = "file"
    page.run()
    data = (ROOT / "assets" / "sample.mp4").read_bytes()
    page.file_uploader(key="live_upload").set_value(("film.mp4", data, "video/mp4")).run()
    page.run()
    assert not page.exception
    assert checked == [len(data)]
    assert page.session_state["live_running"], "a new video plays at once"


def test_more_visitors_than_places_get_a_polite_answer(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    places = page.session_state["live_session"]._places
    others = [object() for _ in range(places.limit)]
    assert all(places.acquire(other) for other in others)
    page.run()
    assert not page.warning, "the sample takes no place"
    page.session_state["live_source"], page.session_state["live_running"] = "camera", True
    page.run()
    assert not page.exception
    assert any("try again" in warning.value for warning in page.warning)
    assert not page.session_state["live_running"]
    page.run()
    assert not page.warning


def test_a_wrong_ice_setting_is_reported(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTION_ICE_SERVERS", "nonsense")
    page.run()
    assert not page.exception
    assert any("EMOTION_ICE_SERVERS" in error.value for error in page.error)

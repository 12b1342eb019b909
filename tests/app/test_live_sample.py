"""The sample of the first visit: what is shipped fits, and another model reads the clip anew, once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from emotion_core.models.registry import ModelRegistry
from emotion_core.results import FrameResult
from emotion_core.settings import Settings
from pages.live import sample
from tests.model_files import write_fixed_model


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


def test_the_shipped_readings_are_those_of_the_shipped_model() -> None:
    settings = Settings()
    key = sample.made_of(ModelRegistry(settings.models_dir), settings.default_model)
    shipped = json.loads(sample.SHIPPED.read_text())
    assert shipped["made_of"] == key, "run scripts/make_sample_readings.py"
    labels = [FrameResult.from_dict(one).faces.label_names for one in shipped["readings"]]
    assert all(len(names) == 1 for names in labels), "the face is found in every frame"
    assert (labels[0], labels[-1]) == (("sad",), ("happy",))


def test_another_model_reads_the_clip_once_and_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_fixed_model(tmp_path / "models" / "always_sad", "sad")
    monkeypatch.setenv("EMOTION_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("EMOTION_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("EMOTION_DEFAULT_MODEL", "always_sad")
    text = sample.readings_json()
    found = json.loads(text)["readings"]
    assert len(found) > 100
    assert {face["label"] for one in found for face in one["faces"]} == {"sad"}
    assert sample.sample_timeline().seconds()["sad"] > 10
    assert len(list((tmp_path / "data" / "sample").iterdir())) == 1
    st.cache_resource.clear()
    monkeypatch.setattr(sample, "make_readings", lambda *_: pytest.fail("it was kept"))
    assert sample.readings_json() == text


def test_readings_that_cannot_be_kept_are_shown_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data").write_text("a file where a folder should be")
    write_fixed_model(tmp_path / "models" / "always_sad", "sad")
    monkeypatch.setenv("EMOTION_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("EMOTION_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("EMOTION_DEFAULT_MODEL", "always_sad")
    assert json.loads(sample.readings_json())["readings"]
    assert "cannot be kept" in caplog.text

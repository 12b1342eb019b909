"""Fixtures for all tests: a public-domain face and small models, without any network access."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.model_files import write_fixed_model
from tests.side_by_side import ONE_THREAD, FilesSideBySide, longest_first, processes, step_back


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    return processes(config)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FilesSideBySide | None:
    return FilesSideBySide(config, log) if config.option.dist == "load" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        longest_first(items)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if hasattr(item.config, "workerinput"):
        step_back(item)


@pytest.fixture(scope="session", autouse=True)
def environment(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[None]:
    """Give each process a home folder of its own, and one thread where several processes run side by side.

    Keras, DeepFace and Chromium keep files in the home folder.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "DEEPFACE_HOME", "KERAS_HOME"):
            patch.delenv(name, raising=False)
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        for name, value in ONE_THREAD.items() if hasattr(request.config, "workerinput") else ():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def astronaut_bgr() -> np.ndarray:
    """A portrait with one frontal face, ``(512, 512, 3)`` uint8. Copy it before drawing into it."""
    from skimage import data

    return cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)


@pytest.fixture
def models_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models for this test. Its only model, the default, reads every face as happy."""
    folder = tmp_path / "models"
    write_fixed_model(folder / "always_happy", "happy")
    monkeypatch.setenv("EMOTION_MODELS_DIR", str(folder))
    monkeypatch.setenv("EMOTION_DEFAULT_MODEL", "always_happy")
    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))
    monkeypatch.setenv("EMOTION_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("EMOTION_DATA_DIR", str(tmp_path / "data"))
    return folder

"""Fixtures that every test may use: a free face and small models, all without network."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.model_files import write_fixed_model


@pytest.fixture(scope="session")
def astronaut_bgr() -> np.ndarray:
    """A portrait with one frontal face, ``(512, 512, 3)`` uint8. Copy it before drawing into it."""
    from skimage import data

    return cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)


@pytest.fixture
def models_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of models for this test, with one that reads every face as happy, which is the default one."""
    folder = tmp_path / "models"
    write_fixed_model(folder / "always_happy", "happy")
    monkeypatch.setenv("EMOTION_MODELS_DIR", str(folder))
    monkeypatch.setenv("EMOTION_DEFAULT_MODEL", "always_happy")
    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))
    monkeypatch.setenv("EMOTION_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("EMOTION_DATA_DIR", str(tmp_path / "data"))
    return folder

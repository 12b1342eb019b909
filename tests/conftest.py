"""Fixtures that every test may use: a free face and a small model, both without network."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest


@pytest.fixture(scope="session")
def astronaut_bgr() -> np.ndarray:
    """A portrait with one frontal face, ``(512, 512, 3)`` uint8. Copy it before drawing into it."""
    from skimage import data

    return cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)


@pytest.fixture
def tiny_models_dir(tmp_path: Path) -> Path:
    """A models folder with one valid small model, ``tiny``."""
    from model_files import write_model

    folder = tmp_path / "models"
    write_model(folder / "tiny")
    return folder

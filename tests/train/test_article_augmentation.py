"""The preset "article" varies faces as ImageDataGenerator does. Both are measured by the pixels that they return."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from emotion_core.train.augment import ARTICLE, AUGMENTATIONS, MILD, STRONG, Augmentation, augment

SIZE, COUNT, STEP = 48, 400, 5

# A ramp: the value of each output pixel says where in the input it was sampled. Transposed, it runs downwards.
RIGHT = np.tile(np.arange(SIZE, dtype=np.uint8) * STEP, (SIZE, 1))

GENERATE = """
import sys
import numpy as np
from keras.src.legacy.preprocessing.image import ImageDataGenerator

ramps = np.load(sys.argv[1])[..., None].astype("float32")
generator = ImageDataGenerator(
    rescale=1 / 255, rotation_range=30, shear_range=0.3, zoom_range=0.3, horizontal_flip=True, fill_mode="nearest"
)
varied = [[generator.standardize(generator.random_transform(ramp, seed)) for seed in range(400)] for ramp in ramps]
np.save(sys.argv[2], np.array(varied)[..., 0])
"""


@dataclass(frozen=True)
class Measured:
    """What was done to each of n images; zoom is ``(n, 2)``, the factors of width and height."""

    rotation_deg: np.ndarray
    shear_deg: np.ndarray
    zoom: np.ndarray
    flipped: np.ndarray


def measure(right: np.ndarray, down: np.ndarray) -> Measured:
    """Recover the affine maps from varied ramps, ``(n, 48, 48)`` in 0–1, and decompose them."""
    maps = np.array([[_gradient(row) for row in pair] for pair in zip(right, down, strict=True)])
    flipped = np.linalg.det(maps) < 0
    maps[flipped, 0] *= -1
    # Rotation, shear, zoom: the columns are zx · (cos r, sin r) and zy · (−sin(r + s), cos(r + s)).
    rotation = np.arctan2(maps[:, 1, 0], maps[:, 0, 0])
    sheared = np.arctan2(-maps[:, 0, 1], maps[:, 1, 1])
    return Measured(np.rad2deg(rotation), np.rad2deg(sheared - rotation), np.linalg.norm(maps, axis=1), flipped)


def _gradient(image: np.ndarray) -> np.ndarray:
    """Fit how the sampled position changes with the output's x and y, without pixels at the ramp's ends."""
    read = image * 255 / STEP
    y, x = np.nonzero((read > 1) & (read < SIZE - 2))
    solution, *_ = np.linalg.lstsq(np.stack([x, y, np.ones(len(x))], axis=1), read[y, x], rcond=None)
    return solution[:2]


@pytest.fixture(scope="module")
def ours() -> Measured:
    varied = [augment(np.stack([ramp] * COUNT), ARTICLE, np.random.default_rng(5)) for ramp in (RIGHT, RIGHT.T)]
    return measure(*varied)


def test_the_preset_has_the_articles_ranges(ours: Measured) -> None:
    assert 28 < np.abs(ours.rotation_deg).max() < 30.2
    assert 0.2 < np.abs(ours.shear_deg).max() < 0.4
    assert 0.69 < ours.zoom.min() < 0.72 and 1.28 < ours.zoom.max() < 1.31
    assert abs(np.corrcoef(ours.zoom.T)[0, 1]) < 0.2  # width and height vary on their own
    assert 0.4 < ours.flipped.mean() < 0.6


@pytest.mark.slow
def test_keras_image_data_generator_measures_the_same(ours: Measured, tmp_path: Path) -> None:
    np.save(tmp_path / "ramps.npy", np.stack([RIGHT, RIGHT.T]))
    environment = os.environ | {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        GENERATE,
        str(tmp_path / "ramps.npy"),
        str(tmp_path / "varied.npy"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    theirs = measure(*np.load(tmp_path / "varied.npy"))
    for name, tolerance in (("rotation_deg", 1.5), ("shear_deg", 0.05), ("zoom", 0.03)):
        quantiles = [np.quantile(getattr(one, name), (0.0, 0.25, 0.5, 0.75, 1.0), axis=0) for one in (ours, theirs)]
        # The quartiles of 400 draws vary by about a fortieth of the range.
        assert quantiles[0] == pytest.approx(quantiles[1], abs=3 * tolerance), name
        assert quantiles[0][[0, -1]] == pytest.approx(quantiles[1][[0, -1]], abs=tolerance), name
    assert theirs.flipped.mean() == pytest.approx(ours.flipped.mean(), abs=0.12)


def test_borders_repeat_the_nearest_pixel() -> None:
    bright = np.full((20, SIZE, SIZE), 200, np.uint8)
    assert augment(bright, ARTICLE, np.random.default_rng(0)) == pytest.approx(np.full(bright.shape, 200 / 255))


@pytest.mark.parametrize(
    ("options", "checksum"),
    [pytest.param(MILD, 0.520749, id="mild"), pytest.param(STRONG, 0.533169, id="strong")],
)
def test_the_older_presets_draw_what_they_always_drew(options: Augmentation, checksum: float) -> None:
    """A resumed run must see what it would have seen."""
    images = np.random.default_rng(0).integers(0, 255, (6, SIZE, SIZE), np.uint8)
    assert float(augment(images, options, np.random.default_rng(1)).mean()) == pytest.approx(checksum, abs=1e-4)


def test_the_preset_is_registered() -> None:
    assert AUGMENTATIONS["article"] is ARTICLE

"""Grad-CAM of a network whose heat map is known, built and explained in one process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emotion_core.errors import ModelError
from emotion_core.language import Message
from emotion_core.models.explain import explain_in_subprocess, heat_overlay, keras_file, picture_row
from tests.model_files import write_model

ROOT = Path(__file__).resolve().parents[2]

# Happy's score is the brightness of the upper left quarter, sad's that of the lower right one.
SCRIPT = """
import json, sys
from pathlib import Path
import keras, numpy as np
from emotion_core.models.explain import main
from emotion_core.networks.layers import affine_sampler

folder, faces, out = map(Path, sys.argv[1:4])
inputs = keras.Input((48, 48, 1))
x = inputs
if "sampler" in sys.argv:
    theta = keras.layers.Dense(6, kernel_initializer="zeros",
        bias_initializer=keras.initializers.Constant((-1, 0, 0, 0, 1, 0)))(keras.layers.Flatten()(x))
    x = affine_sampler()(name="sampler")([x, theta])
if "dense" not in sys.argv:
    x = keras.layers.Conv2D(1, 1, kernel_initializer="ones", activation="relu")(x)
x = keras.layers.AveragePooling2D(24)(x)
x = keras.layers.Flatten()(x)
weights = np.zeros((4, 7), np.float32)
weights[0, 3] = weights[3, 5] = 1
dense = keras.layers.Dense(7, activation="softmax")
model = keras.Model(inputs, dense(x))
dense.set_weights([weights, np.zeros(7, np.float32)])
model.save(folder / "model.keras")
sys.exit(main(sys.argv[1:4]))
"""


def made_and_explained(folder: Path, faces: np.ndarray, columns: np.ndarray, *options: str) -> dict[str, np.ndarray]:
    write_model(folder)
    source, out = folder.parent / "faces.npz", folder.parent / "out.npz"
    np.savez(source, faces=faces, columns=columns)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), str(source), str(out), *options],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    answer = json.loads(done.stdout.strip().splitlines()[-1]) if done.stdout.strip() else {"error": done.stderr}
    if "error" in answer:
        raise ModelError(Message.from_dict(answer["error"]))
    with np.load(out) as found:
        return dict(found)


@pytest.fixture
def spots() -> np.ndarray:
    """Two equal faces of 96×96 with a bright spot on the left above the middle."""
    faces = np.zeros((2, 96, 96), np.uint8)
    faces[:, 20:28, 8:24] = 255
    return faces


def test_heat_lies_where_the_network_looks_and_a_sampler_shows_its_image(tmp_path: Path, spots: np.ndarray) -> None:
    # The sampler mirrors, and the network has no dense layer before the pooling: the spot is hot on the right.
    found = made_and_explained(tmp_path / "tiny", spots, np.array([3, 5]), "sampler")
    heat, looked_at = found["heat"], found["looked_at"]
    assert (heat.shape, heat.dtype) == ((2, 96, 96), np.float32)
    assert heat.min() == 0 and heat.max() == 1
    assert heat[0, 24, 96 - 16] > 0.9
    assert heat[0, :, :60].max() == 0
    assert (looked_at.shape, looked_at.dtype) == ((2, 48, 48), np.float32)
    assert looked_at[0, 12, 48 - 8] > 0.9 and looked_at[0, 12, 8] == 0


def test_without_a_convolution_there_is_one_message(tmp_path: Path, spots: np.ndarray) -> None:
    with pytest.raises(ModelError, match="no convolutional layer"):
        made_and_explained(tmp_path / "tiny", spots, np.array([3, 3]), "dense")


def test_a_model_without_its_keras_file_says_so(tmp_path: Path, spots: np.ndarray) -> None:
    write_model(tmp_path / "tiny")
    with pytest.raises(ModelError, match="has no model"):
        explain_in_subprocess(tmp_path / "tiny", spots, np.array([3, 3]))


def test_a_file_that_is_no_model_is_one_message_from_the_process(tmp_path: Path, spots: np.ndarray) -> None:
    write_model(tmp_path / "tiny")
    (tmp_path / "tiny" / "model.keras").write_bytes(b"not a model")
    with pytest.raises(ModelError, match="not a whole Keras model"):
        explain_in_subprocess(tmp_path / "tiny", spots, np.array([3, 3]))


def test_an_h5_file_will_do(tmp_path: Path) -> None:
    (tmp_path / "model.h5").write_bytes(b"")
    assert keras_file(tmp_path).name == "model.h5"


def test_cold_parts_of_a_face_stay_as_they_are(spots: np.ndarray) -> None:
    heat = np.zeros((96, 96), np.float32)
    heat[0, 0] = 1
    shown = heat_overlay(spots[0], heat)
    assert (shown.shape, shown.dtype) == ((96, 96, 3), np.uint8)
    assert (shown[24, 16] == 255).all() and len(set(shown[0, 0])) > 1


def test_a_row_holds_the_face_and_each_map_there_is(spots: np.ndarray) -> None:
    heat, small = np.zeros((96, 96), np.float32), np.ones((48, 48), np.float32)
    assert picture_row(spots[0]).shape == (96, 96, 3)
    assert picture_row(spots[0], heat).shape == (96, 192, 3)
    row = picture_row(spots[0], heat, small)
    assert row.shape == (96, 288, 3) and (row[:, 192:] == 255).all()

"""A user's own Keras file becomes a model; one that carries code or does not fit is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from emotion_core.errors import ModelError
from emotion_core.models import install
from emotion_core.models.install import convert_in_subprocess, install_keras_model
from emotion_core.models.registry import ModelRegistry
from emotion_core.processes.run import Limits

KERAS_FILE = Path(__file__).resolve().parents[2] / "models" / "mini_xception" / "model.keras"
SAVE = """
import sys
from pathlib import Path
import keras
from keras import layers

folder = Path(sys.argv[1])
keras.utils.set_random_seed(3)

def network(size, channels, outputs):
    model = keras.Sequential([
        keras.Input((size, size, channels)),
        layers.Conv2D(4, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(outputs, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model

network(48, 1, 7).save(folder / "article.h5")
network(32, 3, 7).save(folder / "color.keras")
network(48, 1, 6).save(folder / "six.h5")
keras.Sequential([keras.Input((48, 48, 1)), layers.Flatten(), layers.Dense(7)]).save(folder / "logits.keras")
network(48, 1, 7).save_weights(folder / "only.weights.h5")
danger = keras.Sequential([keras.Input((48, 48, 1)), layers.Lambda(lambda x: x), layers.Flatten(), layers.Dense(7)])
danger.save(folder / "danger.keras")
danger.save(folder / "danger.h5")
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keras files, saved by Keras in a process of its own."""
    folder = tmp_path_factory.mktemp("keras-files")
    environment = os.environ | {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", SAVE, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (folder / "empty.h5").touch()
    (folder / "text.keras").write_text("not a model")
    with h5py.File(folder / "other.h5", "w") as file:
        file["numbers"] = np.arange(3)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file_name", "size_wh", "color"),
    [
        pytest.param("article.h5", (48, 48), "gray", id="h5 as the article saves it"),
        pytest.param("color.keras", (32, 32), "rgb", id="keras in color"),
    ],
)
def test_a_keras_file_becomes_a_model_that_reads_faces(
    files: Path, tmp_path: Path, file_name: str, size_wh: tuple[int, int], color: str
) -> None:
    steps: list[str] = []
    entry = install_keras_model(files / file_name, "mine", tmp_path, progress=steps.append)
    assert entry.card is not None
    assert (entry.card.input.size_wh, entry.card.input.color) == (size_wh, color)
    assert entry.card.training["onnx_difference"] <= 1e-4
    assert steps[-1] == "Installed"
    rows = ModelRegistry(tmp_path).load("mine").predict([np.full((60, 60, 3), 80, np.uint8)] * 3)
    assert rows.sum(axis=1) == pytest.approx([1, 1, 1], rel=1e-4)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]


@pytest.mark.slow
def test_a_file_without_softmax_is_read_as_logits(files: Path, tmp_path: Path) -> None:
    entry = install_keras_model(files / "logits.keras", "mine", tmp_path)
    assert entry.card is not None
    assert entry.card.output == "logits"
    (row,) = ModelRegistry(tmp_path).load("mine").predict([np.full((60, 60, 3), 80, np.uint8)])
    assert row.min() >= 0
    assert row.sum() == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize(
    ("file_name", "message"),
    [
        pytest.param("danger.keras", "Lambda layer, which carries code", id="code in keras"),
        pytest.param("danger.h5", "Lambda layer, which carries code", id="code in h5"),
        pytest.param("six.h5", "7 outputs", id="six outputs", marks=pytest.mark.slow),
        pytest.param("only.weights.h5", "not weights alone", id="weights alone"),
        pytest.param("empty.h5", "empty or missing", id="empty"),
        pytest.param("text.keras", "not a whole Keras model", id="text"),
        pytest.param("other.h5", "not a whole Keras model", id="another h5"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_leaves_nothing(
    files: Path, tmp_path: Path, file_name: str, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        install_keras_model(files / file_name, "mine", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "../up", "Upper", "deepface", "detectors", "a b", "x" * 60])
def test_a_name_that_is_not_allowed_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match="Expected a name"):
        install_keras_model(tmp_path / "model.h5", name, tmp_path)


def test_a_name_that_is_taken_is_refused_and_keeps_the_old_model(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "card.json").write_text(json.dumps({"kept": True}))
    with pytest.raises(ModelError, match="already"):
        install_keras_model(tmp_path / "model.h5", "mine", tmp_path)
    assert json.loads((tmp_path / "mine" / "card.json").read_text()) == {"kept": True}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the private memory of a process")
def test_a_conversion_that_needs_too_much_memory_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot be converted to ONNX: .*0\.1 GB of memory"):
        convert_in_subprocess(KERAS_FILE, tmp_path / "model.onnx", Limits(200, memory_bytes=100_000_000))


def test_a_file_of_a_user_is_converted_within_limits() -> None:
    limits = install.CONVERSION
    assert limits.memory_bytes and limits.cpu_s and 3e9 <= limits.memory_bytes <= 12e9

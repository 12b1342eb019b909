"""Every architecture: its size, its file and its ONNX form. The sampler, against an independent one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import FrozenInstanceError, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from scipy.ndimage import map_coordinates

from emotion_core.errors import ModelError
from emotion_core.networks import architectures
from emotion_core.networks.architectures import ARCHITECTURES, REGISTRY, architecture
from emotion_core.networks.outline import as_json, outline, parameters

ROOT = Path(__file__).resolve().parents[2]
PARAMETERS = {
    "article_cnn": 2_489_095,
    "compact_se_resnet": 1_151_667,
    "deep_emotion": 66_857,
    "deepface_cnn": 1_485_831,
    "fine_se_resnet": 2_713_899,
    "mini_xception": 58_423,
    "slim_se_resnet": 1_601_347,
    "wide_se_resnet": 2_690_315,
}
SIZES = {"mini_xception": 64}

# One process for all, because importing TensorFlow takes seconds. `convert` also loads each saved file.
BUILD = """
import json, sys
from pathlib import Path
import keras
import numpy as np
from emotion_core.models.convert import convert
from emotion_core.networks.architectures import ARCHITECTURES, architecture
from emotion_core.networks.layers import affine_sampler
from emotion_core.networks.outline import as_json, layers_of

folder = Path(sys.argv[1])
facts, arrays = {}, {}
for name in ARCHITECTURES:
    keras.utils.set_random_seed(3)
    network = architecture(name)
    model = network.build()
    size = network.input_size
    faces = np.random.default_rng(1).random((3, size, size, 1), dtype=np.float32)
    arrays[name] = model.predict_on_batch(faces)
    model.save(folder / f"{name}.keras")
    model.compile(loss="categorical_crossentropy", jit_compile=False)
    facts[f"{name} layers"] = as_json({name: layers_of(model)})
    facts[f"{name} loss"] = float(model.train_on_batch(faces, np.eye(7)[:3]))
    facts[name] = convert(folder / f"{name}.keras", folder / f"{name}.onnx")

sampler = affine_sampler()()
images = np.random.default_rng(2).random((5, 9, 12, 2), dtype=np.float32)
theta = np.random.default_rng(3).normal(0, 0.7, (5, 6)).astype(np.float32)
theta[0] = (1, 0, 0, 0, 1, 0)
theta[1] = (1e12, 0, 0, 0, -1e12, 0)
arrays |= {"images": images, "theta": theta, "sampled": np.asarray(sampler([images, theta]))}

model = architecture("deep_emotion").build()
looks = keras.Model(model.input, model.get_layer("sampler").output)
arrays["seen"] = looks.predict_on_batch(arrays["images"][:1, :1, :1, :1] + np.zeros((1, 48, 48, 1), np.float32))
model.compile(loss="categorical_crossentropy", jit_compile=False)
arrays["before"] = model.get_layer("theta").get_weights()[0]
model.train_on_batch(np.random.default_rng(4).random((8, 48, 48, 1), dtype=np.float32), np.eye(7)[np.arange(8) % 7])
arrays["after"] = model.get_layer("theta").get_weights()[0]
facts["penalized"] = len(model.losses)
np.savez(folder / "arrays.npz", **arrays)
(folder / "facts.json").write_text(json.dumps(facts))
"""


@dataclass(frozen=True)
class Built:
    """What the process has left behind."""

    folder: Path
    facts: dict[str, Any]
    arrays: dict[str, np.ndarray]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("architectures")
    environment = os.environ | {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", BUILD, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    with np.load(folder / "arrays.npz") as arrays:
        return Built(folder, json.loads((folder / "facts.json").read_text()), dict(arrays))


def test_every_architecture_is_in_the_table() -> None:
    assert set(PARAMETERS) == set(ARCHITECTURES)
    assert {file.stem for file in Path(architectures.__file__).parent.glob("[!_]*.py")} == set(ARCHITECTURES)
    with pytest.raises(ModelError, match="Unknown architecture"):
        architecture("lenet")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_architecture_is_described(name: str) -> None:
    found = architecture(name)
    assert found.name == name
    assert found.title and found.source and found.summary.endswith(".")
    assert found.grows_from is None or found.grows_from in REGISTRY
    assert not found.added_prefix or found.grows_from, "layers can only be added to another architecture's"
    with pytest.raises(FrozenInstanceError):
        found.input_size = 1  # type: ignore[misc]


@pytest.mark.slow
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_architecture_has_its_size_and_its_file_converts(built: Built, name: str) -> None:
    size = SIZES.get(name, 48)
    facts = built.facts[name]
    assert facts["parameters"] == PARAMETERS[name]
    assert (facts["input_shape"], facts["outputs"]) == ([size, size, 1], 7)
    assert facts["largest_difference"] <= 1e-4
    assert 0 < built.facts[f"{name} loss"] < 10  # a step of training went through


@pytest.mark.slow
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_onnx_answers_as_keras_does_for_any_number_of_faces(built: Built, name: str) -> None:
    session = onnxruntime.InferenceSession(built.folder / f"{name}.onnx", providers=["CPUExecutionProvider"])
    size = SIZES.get(name, 48)
    faces = np.random.default_rng(1).random((3, size, size, 1), dtype=np.float32)
    for count in (1, 3):
        (rows,) = session.run(None, {session.get_inputs()[0].name: faces[:count]})
        assert rows == pytest.approx(built.arrays[name][:count], abs=1e-4)
        assert rows.sum(axis=1) == pytest.approx(np.ones(count), abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_its_outline_is_up_to_date(built: Built, name: str) -> None:
    """If not: python -m emotion_core.networks.outline"""
    assert built.facts[f"{name} layers"] == as_json({name: outline(name)})
    assert parameters(name) == PARAMETERS[name]


@pytest.mark.slow
def test_the_sampler_agrees_with_scipy(built: Built) -> None:
    images, theta = built.arrays["images"], built.arrays["theta"].astype(np.float64)
    expected = [reference_sample(image, row) for image, row in zip(images, theta, strict=True)]
    assert built.arrays["sampled"] == pytest.approx(np.stack(expected), abs=1e-4)
    assert built.arrays["sampled"][0] == pytest.approx(images[0], abs=1e-6)
    assert 0 < np.count_nonzero(built.arrays["sampled"][2:] == 0) < built.arrays["sampled"][2:].size


def reference_sample(image: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Sample an image, (h, w, c), as torch's affine_grid and grid_sample do: scipy interpolates, zeros outside."""
    height, width = image.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    x, y = (2 * columns + 1) / width - 1, (2 * rows + 1) / height - 1
    a, b, tx, c, d, ty = theta
    read_columns = ((a * x + b * y + tx + 1) * width - 1) / 2
    read_rows = ((c * x + d * y + ty + 1) * height - 1) / 2
    return np.stack(
        [
            map_coordinates(image[..., channel], [read_rows, read_columns], order=1, mode="grid-constant")
            for channel in range(image.shape[2])
        ],
        axis=-1,
    )


@pytest.mark.slow
def test_deep_emotion_starts_at_the_identity_and_learns_where_to_look(built: Built) -> None:
    seen = built.arrays["seen"]
    assert seen == pytest.approx(np.full(seen.shape, built.arrays["images"][0, 0, 0, 0]), abs=1e-6)
    assert not built.arrays["before"].any()
    assert built.arrays["after"].any()
    assert built.facts["penalized"] == 2  # the two dense layers that classify

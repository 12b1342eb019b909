"""The sentences for missing packages, which depend on the Python in use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from emotion_core import optional
from emotion_core.errors import MissingPackageError
from emotion_core.language import Message
from emotion_core.optional import TENSORFLOW_PYTHONS
from tests.hidden_packages import environment, hide

ROOT = Path(__file__).resolve().parents[1]
FAULTS = ("training_fault", "conversion_fault", "gradcam_fault", "deepface_fault", "export_warning")


@pytest.fixture(autouse=True)
def usual_backend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))


def faults() -> dict[str, str]:
    """Return the sentence of each function that finds something missing."""
    found = {name: getattr(optional, name)() for name in FAULTS}
    return {name: fault for name, fault in found.items() if fault}


def add_package(folder: Path, name: str, patch: pytest.MonkeyPatch) -> None:
    """Add a package that can be found, but is never imported."""
    (folder / name).mkdir()
    (folder / name / "__init__.py").touch()
    patch.syspath_prepend(str(folder))


def test_nothing_is_missing_where_everything_is_installed() -> None:
    assert faults() == {}


@pytest.mark.parametrize(
    ("hidden", "expected"),
    [
        pytest.param(
            "tensorflow",
            {
                "training_fault": "Training needs TensorFlow",
                "conversion_fault": "Converting a Keras file to ONNX needs TensorFlow",
                "gradcam_fault": "Grad-CAM needs TensorFlow",
            },
            id="tensorflow",
        ),
        pytest.param(
            "keras",
            {
                "training_fault": "Training needs Keras",
                "conversion_fault": "Converting a Keras file to ONNX needs Keras",
                "gradcam_fault": "Grad-CAM needs Keras",
            },
            id="keras",
        ),
        pytest.param(
            "tf2onnx",
            {
                "conversion_fault": "Converting a Keras file to ONNX needs tf2onnx",
                "export_warning": "stays in the run's folder",
            },
            id="tf2onnx",
        ),
        pytest.param("deepface", {"deepface_fault": "DeepFace's library is not installed"}, id="deepface"),
    ],
)
def test_each_function_names_what_it_lacks(
    hidden: str, expected: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, hidden)
    found = faults()
    assert found.keys() == expected.keys()
    assert all(text in str(found[name]) for name, text in expected.items())
    assert all("pip install -r requirements.txt" in str(fault) for fault in found.values())


def test_a_python_without_a_build_is_told_which_ones_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, "tensorflow")
    monkeypatch.setattr(sys, "version_info", (3, 14, 1, "final", 0))
    assert str(optional.training_fault()) == (
        "Training needs TensorFlow, which has no build for Python 3.14. "
        "Set the app up again with Python 3.11 to 3.13: `make clean`, then `make PYTHON=python3.13 run`."
    )


def test_what_is_installed_on_a_newer_python_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 14, 1, "final", 0))
    assert faults() == {}


def test_an_empty_folder_of_the_name_is_not_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "left_behind").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert not optional.installed("left_behind")


@pytest.mark.parametrize("place", ["variable", "keras.json"])
def test_training_needs_only_the_chosen_backend(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, "tensorflow")
    add_package(tmp_path, "jax", monkeypatch)
    if place == "variable":
        monkeypatch.setenv("KERAS_BACKEND", "jax")
    else:
        (tmp_path / "keras.json").write_text('{"backend": "jax"}')
    assert optional.training_fault() is None
    assert "for its export. Converting a Keras file to ONNX needs TensorFlow" in str(optional.export_warning())


@pytest.mark.parametrize(
    ("backend", "message"),
    [
        ("torch", "Training needs PyTorch, which is not installed here. Install it with `pip install torch`."),
        ("openvino", "Keras cannot train on its backend 'openvino'. Set KERAS_BACKEND to tensorflow, jax or torch."),
    ],
)
def test_a_backend_that_cannot_train_here_is_named(backend: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, "torch")
    monkeypatch.setenv("KERAS_BACKEND", backend)
    assert str(optional.training_fault()) == message


def test_require_raises_only_a_fault() -> None:
    optional.require(None)
    with pytest.raises(MissingPackageError, match="not there"):
        optional.require(Message("not there"))


def test_the_pythons_named_are_those_that_requirements_txt_installs_tensorflow_on() -> None:
    lines = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    found = [Requirement(line) for line in lines if line.startswith("tensorflow")]
    assert found
    for major, minor in (*TENSORFLOW_PYTHONS, (3, TENSORFLOW_PYTHONS[-1][1] + 1)):
        python = {"python_version": f"{major}.{minor}", "python_full_version": f"{major}.{minor}.0"}
        named = any(requirement.marker is None or requirement.marker.evaluate(python) for requirement in found)
        # Without a marker pip itself refuses the other Pythons.
        assert named == ((major, minor) in TENSORFLOW_PYTHONS) or all(each.marker is None for each in found)


def test_a_hidden_package_is_missing_in_a_process_and_in_those_that_it_starts() -> None:
    code = """
import importlib.util, subprocess, sys
print(importlib.util.find_spec("tensorflow"), importlib.util.find_spec("keras") is not None)
try:
    import keras
except ModuleNotFoundError as error:
    print(error.name, "again" in sys.argv)
if "again" not in sys.argv:
    sys.stdout.flush()
    subprocess.run([sys.executable, "-c", sys.orig_argv[2], "again"])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment("tensorflow"), capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["None True", "tensorflow False", "None True", "tensorflow True"], done.stderr

"""The core and the command line without TensorFlow.

Work that needs it is refused before it starts, with a sentence that says what to do. Everything else works.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import cv2
import numpy as np
import pytest

from emotion_core.classify.deepface import DeepFaceClassifier
from emotion_core.data.demo import make_demo_set
from emotion_core.errors import MissingPackageError, ModelError, RunError
from emotion_core.models.explain import explain_in_subprocess
from emotion_core.models.install import convert_in_subprocess, install_keras_model
from emotion_core.models.manage import zip_model
from emotion_core.models.registry import ModelRegistry
from emotion_core.train.jobs import resume_run, start_run
from emotion_core.train.probe import probe
from emotion_core.train.runs import FAILED, QUEUED, STOPPED, Progress, Run, RunConfig
from tests.hidden_packages import TENSORFLOW, environment, hide, hide_from_children
from tests.train.run_helpers import FIT, config, wait_until

ROOT = Path(__file__).resolve().parents[1]
KERAS_MODEL = ROOT / "models" / "mini_xception"
FACES, COLUMNS = np.zeros((1, 48, 48), np.uint8), np.array([3])
REMEDY = "needs TensorFlow, which is not installed here. Install it with `pip install -r requirements.txt`."


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    make_demo_set(tmp_path / "faces", per_class=2)
    return tmp_path / "faces"


@pytest.fixture
def runs_dir(models_dir: Path, tmp_path: Path) -> Path:
    return tmp_path / "runs"


def command_line(*arguments: str | Path, hidden: tuple[str, ...] = TENSORFLOW) -> tuple[int, str, str]:
    """Run ``python -m emotion_core`` without ``hidden``; return its exit status, stdout and stderr."""
    command = [sys.executable, "-m", "emotion_core", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment(*hidden), capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


def stopped_run(runs_dir: Path, faces: Path) -> Run:
    run = Run.create(runs_dir, RunConfig("before", str(faces)))
    run.write(Progress(STOPPED, 1.0))
    return run


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# The command line


def test_a_fit_is_not_started(runs_dir: Path, faces: Path) -> None:
    line = f"error: emotion_core: Training {REMEDY}\n"
    assert command_line("train", "--data", faces, "--name", "mine") == (2, "", line)
    assert not (runs_dir / "mine").exists()


def test_a_fit_does_not_go_on(runs_dir: Path, faces: Path) -> None:
    run = stopped_run(runs_dir, faces)
    line = f"error: emotion_core: Training {REMEDY}\n"
    assert command_line("runs", "resume", "before") == (2, "", line)
    assert run.progress().state == STOPPED


@pytest.mark.parametrize("name", ["model.h5", "model.keras"])
def test_a_keras_file_is_not_installed(name: str, models_dir: Path, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"a network")
    line = f"error: emotion_core: Converting a Keras file to ONNX {REMEDY}\n"
    assert command_line("models", "install", tmp_path / name, "--name", "mine") == (2, "", line)
    assert names(models_dir) == ["always_happy"]


def test_a_packed_model_is_installed(models_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "packed.zip").write_bytes(zip_model(models_dir, "always_happy"))
    status, out, err = command_line("models", "install", tmp_path / "packed.zip", "--name", "again")
    assert (status, out) == (0, "again\n"), err
    assert ModelRegistry(models_dir).entry("again").error is None


def test_pictures_are_read(models_dir: Path, tmp_path: Path, astronaut_bgr: np.ndarray) -> None:
    cv2.imwrite(str(tmp_path / "portrait.png"), astronaut_bgr)
    status, out, err = command_line("analyze", tmp_path / "portrait.png", "--format", "json")
    assert (status, err) == (0, "")
    assert [face["label"] for face in json.loads(out)[0]["faces"]] == ["happy"]


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        pytest.param(("models", "list"), "Test model always_happy", id="models"),
        pytest.param(("runs", "list"), "before", id="runs"),
        pytest.param(("dataset", "audit", "FACES"), "", id="audit"),
        pytest.param(("dataset", "demo", "NEW"), "", id="demo set"),
        pytest.param(("evaluate", "--data", "FACES"), "always_happy: 7 faces", id="evaluate"),
    ],
)
def test_other_commands_work(
    arguments: tuple[str, ...], shown: str, runs_dir: Path, faces: Path, tmp_path: Path
) -> None:
    stopped_run(runs_dir, faces)
    places = {"FACES": faces, "NEW": tmp_path / "new"}
    status, out, err = command_line(*(places.get(argument, argument) for argument in arguments))
    assert status == 0, err
    assert shown in out and "Traceback" not in err


# Without DeepFace's library


def test_deepface_is_listed_as_unusable_and_its_weights_are_not_fetched(
    models_dir: Path, tmp_path: Path, astronaut_bgr: np.ndarray
) -> None:
    cv2.imwrite(str(tmp_path / "portrait.png"), astronaut_bgr)
    reason = "DeepFace's library is not installed here. Choose another model, or install it with `pip install"
    status, out, err = command_line("models", "list", hidden=("deepface",))
    assert (status, err) == (0, "")
    assert f"DeepFace — cannot be used: {reason}" in out
    status, out, err = command_line("analyze", tmp_path / "portrait.png", "--model", "deepface", hidden=("deepface",))
    assert (status, out) == (2, "")
    assert err.startswith(f"error: emotion_core: {reason}")


def test_without_any_usable_model_the_reason_is_deepfaces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, "deepface")
    registry = ModelRegistry(tmp_path)
    assert registry.default_name("flagship") == "deepface"
    with pytest.raises(ModelError, match="library is not installed"):
        registry.load("deepface")
    with pytest.raises(MissingPackageError, match="library is not installed"):
        DeepFaceClassifier()


def test_what_deepface_itself_lacks_is_named(models_dir: Path, tmp_path: Path) -> None:
    weights = tmp_path / ".deepface" / "weights" / "facial_expression_model_weights.onnx"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"never read")
    status, _, err = command_line(
        "evaluate", "--data", tmp_path, "--model", "deepface", hidden=("werkzeug", "retinaface")
    )
    assert status == 2
    assert "DeepFace's library cannot be imported: No module named" in err and "Traceback" not in err


# Before a process is started


def test_no_process_is_started(
    models_dir: Path, runs_dir: Path, faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def started(*_: object, **__: object) -> NoReturn:
        pytest.fail("a process was started")

    run = stopped_run(runs_dir, faces)
    hide(monkeypatch, *TENSORFLOW)
    monkeypatch.setattr(subprocess, "run", started)
    monkeypatch.setattr(subprocess, "Popen", started)
    for action in (
        lambda: start_run(runs_dir, config("mine", faces), models_dir),
        lambda: resume_run(run, models_dir),
        lambda: probe("mini_xception", 4),
        lambda: explain_in_subprocess(KERAS_MODEL, FACES, COLUMNS),
        lambda: convert_in_subprocess(KERAS_MODEL / "model.keras", tmp_path / "model.onnx"),
        lambda: install_keras_model(KERAS_MODEL / "model.keras", "mine", models_dir),
    ):
        with pytest.raises(MissingPackageError, match=REMEDY):
            action()
    assert (names(runs_dir), names(models_dir)) == (["before"], ["always_happy"])


def test_a_model_without_gradients_is_said_first(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, *TENSORFLOW)
    with pytest.raises(ModelError, match=r"no model\.keras"):
        explain_in_subprocess(models_dir / "always_happy", FACES, COLUMNS)


def test_a_run_that_has_only_its_export_left_needs_tensorflow_whatever_backend_it_ran_on(
    runs_dir: Path, faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "packages" / "jax").mkdir(parents=True)
    (tmp_path / "packages" / "jax" / "__init__.py").touch()
    run = Run.create(runs_dir, config("done", faces, FIT))
    run.write(Progress(FAILED, 1.0))
    hide(monkeypatch, *TENSORFLOW)
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setattr("emotion_core.train.jobs._spawn", lambda run, models_dir: None)
    resume_run(run, tmp_path / "models")
    assert run.written().state == QUEUED
    run.write(Progress(FAILED, 1.0, epoch=FIT.epochs))
    monkeypatch.setattr(Run, "history", lambda self: [{}] * FIT.epochs)
    with pytest.raises(MissingPackageError, match="Converting a Keras file"):
        resume_run(run, tmp_path / "models")
    assert run.written().state == FAILED


# In the process itself: TensorFlow was removed after its parent checked


def test_a_process_that_finds_it_missing_says_the_same(
    models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_from_children(monkeypatch, *TENSORFLOW)
    with pytest.raises(ModelError, match=REMEDY):
        install_keras_model(KERAS_MODEL / "model.keras", "mine", models_dir)
    with pytest.raises(ModelError, match=REMEDY):
        explain_in_subprocess(KERAS_MODEL, FACES, COLUMNS)
    with pytest.raises(RunError, match=REMEDY):
        probe("mini_xception", 4)
    assert names(models_dir) == ["always_happy"]


def test_a_run_that_finds_it_missing_fails_with_the_same_words(
    runs_dir: Path, faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_from_children(monkeypatch, *TENSORFLOW)
    run = start_run(runs_dir, config("mine", faces), tmp_path / "models")
    assert wait_until(run) == FAILED
    assert str(run.progress().error) == f"Training {REMEDY}"
    assert "Traceback" not in run.log_tail(100)

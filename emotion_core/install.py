"""Install a user's own Keras file as a model of this project."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emotion_core.card import ModelCard, ModelInput
from emotion_core.emotions import EMOTIONS, canonical_order
from emotion_core.errors import LabelError, ModelError
from emotion_core.optional import conversion_fault, require
from emotion_core.registry import DEEPFACE, DETECTORS_FOLDER, ModelEntry, ModelRegistry

CONVERT_TIMEOUT_S = 300
SUFFIXES = (".keras", ".h5", ".hdf5")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def install_keras_model(
    path: Path,
    name: str,
    models_dir: Path,
    *,
    labels: Sequence[str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> ModelEntry:
    """Convert ``path`` to ONNX in a process of its own, check it, and put it into ``models_dir/name``.

    Args:
        path: ``.keras``, ``.h5`` or ``.hdf5``, saved whole; its input is gray or RGB faces in 0–1.
        name: lower-case letters, digits, ``-`` and ``_``.
        labels: the order of its outputs; alphabetical, as Keras' directory readers give it, when left out.
        progress: called with a sentence at each step.

    Raises:
        ModelError: the name is taken or not allowed, or the file cannot be used. Nothing is left behind.
        MissingPackageError: what the conversion needs is not installed.
    """
    tell = progress or (lambda text: None)
    order = _check_labels(labels)
    target = check_name(name, models_dir)
    if path.suffix.lower() not in SUFFIXES:
        raise ModelError(f"Expected a file that ends in {', '.join(SUFFIXES)}. Received: {path.name}")
    if not path.is_file():
        raise ModelError("There is no such file. Check the name.")
    require(conversion_fault())
    with staged_model(target) as staged:
        tell("Converting to ONNX, in a process of its own")
        # Keras looks at the ending to tell its formats apart, so the copy keeps it.
        copy = staged / f"model{path.suffix.lower()}"
        shutil.copyfile(path, copy)
        facts = convert_apart(copy, staged / "model.onnx")
        tell("Checking the converted network")
        (staged / "card.json").write_text(_card(name, path.name, order, facts).to_json(), encoding="utf-8")
    tell("Installed")
    return ModelRegistry(models_dir).entry(name)


@contextmanager
def staged_model(target: Path) -> Iterator[Path]:
    """A folder for a new model's files. When the block ends and the model loads, the folder becomes ``target``.

    Raises:
        ModelError: the model does not load. Nothing is left behind then, nor after an error in the block.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".install-", dir=target.parent) as folder:
        staged = Path(folder) / target.name
        staged.mkdir()
        yield staged
        ModelRegistry(staged.parent).load(target.name)
        staged.rename(target)


def _check_labels(labels: Sequence[str] | None) -> tuple[str, ...]:
    order = tuple(labels) if labels else tuple(emotion.value for emotion in EMOTIONS)
    try:
        canonical_order(order)
    except LabelError as error:
        raise ModelError(str(error)) from error
    return order


def check_name(name: str, models_dir: Path) -> Path:
    """The folder that a new model of this name gets.

    Raises:
        ModelError: the name is taken or not allowed.
    """
    if not NAME.fullmatch(name) or name in (DEEPFACE, DETECTORS_FOLDER):
        raise ModelError(
            "Expected a name of lower-case letters, digits, - and _, "
            f"other than {DEEPFACE} and {DETECTORS_FOLDER}. Received: {name!r}"
        )
    target = models_dir / name
    if target.exists():
        raise ModelError(f"There is a model {name!r} already. Choose another name.")
    return target


def convert_apart(source: Path, destination: Path) -> dict[str, Any]:
    """`emotion_core.convert.convert` in a process of its own, on TensorFlow whatever backend this one uses.

    Raises:
        ModelError: the file cannot be converted.
        MissingPackageError: what the conversion needs is not installed.
    """
    require(conversion_fault())
    command = [sys.executable, "-m", "emotion_core.convert", str(source.resolve()), str(destination.resolve())]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=CONVERT_TIMEOUT_S,
            check=False,
            cwd=Path(__file__).resolve().parent.parent,
            env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"The conversion took longer than {CONVERT_TIMEOUT_S} s and was stopped.") from error
    lines = done.stdout.strip().splitlines()
    try:
        answer = json.loads(lines[-1]) if lines else {}
    except json.JSONDecodeError:
        answer = {}
    if "error" in answer:
        raise ModelError(answer["error"])
    if done.returncode or "outputs" not in answer:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ModelError(f"The network cannot be converted to ONNX: {last[:300]}")
    return dict(answer)


def _card(name: str, file_name: str, labels: tuple[str, ...], facts: dict[str, Any]) -> ModelCard:
    height, width, channels = facts["input_shape"]
    if facts["outputs"] != len(EMOTIONS):
        raise ModelError(
            f"Expected a model with {len(EMOTIONS)} outputs, one for each expression. Received: {facts['outputs']}"
        )
    if channels not in (1, 3):
        raise ModelError(f"Expected an input of 1 (gray) or 3 (RGB) channels. Received: {channels}")
    return ModelCard(
        name=name,
        title=name,
        architecture="from a Keras file",
        labels=labels,
        input=ModelInput(size_wh=(width, height), color="gray" if channels == 1 else "rgb"),
        output="logits" if facts["lowest_output"] < 0 else "probabilities",
        training={"file": file_name, "parameters": facts["parameters"], "onnx_difference": facts["largest_difference"]},
        source=f"Installed from {file_name}; how it was trained is not known here.",
    )

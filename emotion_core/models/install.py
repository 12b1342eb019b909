"""Install a user's own Keras file as a model of this project."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from emotion_core.classify.card import ModelCard, ModelInput
from emotion_core.emotions import EMOTIONS, canonical_order
from emotion_core.errors import LabelError, ModelError
from emotion_core.language import Message, gettext
from emotion_core.models.folder import KERAS_NAMES, NAME, new_model
from emotion_core.models.registry import RESERVED_NAMES, ModelEntry, ModelRegistry
from emotion_core.optional import conversion_fault, require
from emotion_core.processes.run import Limits, ProcessError, run_module, untrusted_memory

SUFFIXES = tuple(Path(name).suffix for name in KERAS_NAMES)
# The flagship takes 15 s of processor time and 1.8 GB; what takes forty times as long is no network for faces.
CONVERSION = Limits(timeout_s=300, memory_bytes=untrusted_memory(), cpu_s=600)


def install_keras_model(
    path: Path,
    name: str,
    models_dir: Path,
    *,
    labels: Sequence[str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> ModelEntry:
    """Convert a Keras file to ONNX in a process of its own, check it, and put it into ``models_dir/name``.

    Args:
        path: ``.keras``, ``.h5`` or ``.hdf5``, with the architecture and not weights alone; its input is gray or RGB
            faces with values of 0–1.
        name: lower-case letters, digits, ``-`` and ``_``.
        labels: the order of its outputs. Left out, it is alphabetical, as Keras' directory readers give it.
        progress: called with a sentence at each step.

    Raises:
        ModelError: the name is taken or not allowed, or the file cannot be used. Nothing is left behind.
        MissingPackageError: what the conversion needs is not installed.
    """
    report = progress or (lambda text: None)
    order = _check_labels(labels)
    target = check_name(name, models_dir)
    if path.suffix.lower() not in SUFFIXES:
        raise ModelError(
            "Expected a file that ends in {suffixes}. Received: {name}", suffixes=", ".join(SUFFIXES), name=path.name
        )
    if not path.is_file():
        raise ModelError("There is no such file. Check the name.")
    require(conversion_fault())
    with new_model(target) as folder:
        report(gettext("Converting to ONNX in a separate process"))
        # Keras looks at the ending to tell its formats apart, so the copy keeps it.
        copy = folder.keras.with_suffix(path.suffix.lower())
        shutil.copyfile(path, copy)
        facts = convert_in_subprocess(copy, folder.network)
        report(gettext("Checking the converted network"))
        folder.write_card(_card(name, path.name, order, facts))
    report(gettext("Installed"))
    return ModelRegistry(models_dir).entry(name)


def _check_labels(labels: Sequence[str] | None) -> tuple[str, ...]:
    order = tuple(labels) if labels else tuple(emotion.value for emotion in EMOTIONS)
    try:
        canonical_order(order)
    except LabelError as error:
        raise ModelError(error.message) from error
    return order


def check_name(name: str, models_dir: Path) -> Path:
    """The folder that a new model of this name will have.

    Raises:
        ModelError: the name is taken or not allowed.
    """
    if not NAME.fullmatch(name) or name in RESERVED_NAMES:
        raise ModelError(
            "Expected a name of up to 40 lowercase letters, digits, - and _, other than {reserved_names}. "
            "Received: {name!r}",
            reserved_names=" and ".join(RESERVED_NAMES),
            name=name,
        )
    target = models_dir / name
    if target.exists():
        raise ModelError("There is a model {name!r} already. Choose another name.", name=name)
    return target


def convert_in_subprocess(source: Path, destination: Path, limits: Limits = CONVERSION) -> dict[str, Any]:
    """Call `emotion_core.models.convert.convert` in a process of its own, which runs Keras on TensorFlow.

    Args:
        limits: of the process; the default ones are for a file that nobody vouches for.

    Raises:
        ModelError: the file cannot be converted, or takes more time or memory than ``limits`` allow.
        MissingPackageError: what the conversion needs is not installed.
    """
    require(conversion_fault())
    arguments = [str(source.resolve()), str(destination.resolve())]
    try:
        answer = run_module("emotion_core.models.convert", arguments, limits, {"KERAS_BACKEND": "tensorflow"})
    except ProcessError as error:
        raise ModelError("The network cannot be converted to ONNX: {error}", error=error) from error
    if "error" in answer:
        raise ModelError(Message.from_dict(answer["error"]))
    return answer


def _card(name: str, file_name: str, labels: tuple[str, ...], facts: dict[str, Any]) -> ModelCard:
    height, width, channels = facts["input_shape"]
    if facts["outputs"] != len(EMOTIONS):
        raise ModelError(
            "Expected a model with {count} outputs, one for each expression. Received: {outputs}",
            count=len(EMOTIONS),
            outputs=facts["outputs"],
        )
    if channels not in (1, 3):
        raise ModelError("Expected an input of 1 (gray) or 3 (RGB) channels. Received: {channels}", channels=channels)
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

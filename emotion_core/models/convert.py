"""Convert a Keras file to ONNX in a process of its own.

Command: ``python -m emotion_core.models.convert SOURCE DESTINATION.onnx``.

It prints one line of JSON: what `convert` returns, or ``{"error": …}``. Only the description of the layers and their
weights are read. A file that carries code (a ``Lambda`` layer, or a layer that is neither Keras' nor this project's)
is refused before Keras opens it, and Keras' safe mode stays on.
"""

from __future__ import annotations

import json
import sys
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion_core.errors import EmotionError, ModelError
from emotion_core.networks.layers import REGISTERED_NAMES, register_layers
from emotion_core.optional import conversion_fault, require
from emotion_core.processes.switches import keras_on_tensorflow

if TYPE_CHECKING:
    import keras

TOLERANCE = 1e-4  # largest difference between a probability from Keras and the same one from ONNX
MAX_BYTES = 2_000_000_000  # of all files in a .keras archive, unpacked
MAX_CONFIG_BYTES = 20_000_000  # of its description of the layers
CODE_LAYERS = frozenset({"Lambda", "TFOpLambda", "SlicingOpLambda"})


def convert(source: Path, destination: Path) -> dict[str, Any]:
    """Write a Keras file (``.keras`` or ``.h5``) as ONNX and compare both networks on random faces.

    Returns:
        ``input_shape`` (h, w, c), ``outputs``, ``lowest_output``, ``largest_difference``, ``parameters``.

    Raises:
        ModelError: the file is not a Keras model, carries code, or has a layer that does not convert.
        MissingPackageError: TensorFlow, Keras or tf2onnx is not installed.
    """
    refuse_code(source)
    require(conversion_fault())
    keras_on_tensorflow()
    model = load_keras(source)
    shape = model.input_shape
    if not isinstance(shape, tuple) or len(shape) != 4 or None in shape[1:] or len(model.outputs) != 1:
        raise ModelError(
            "Expected a network from one picture to seven probabilities. Its input shape is {shape}.", shape=shape
        )
    faces = np.random.default_rng(0).random((4, *shape[1:]), dtype=np.float32)
    expected = np.asarray(model.predict_on_batch(faces))
    model.export(str(destination), format="onnx", verbose=False)
    difference = float(np.abs(expected - _run_onnx(destination, faces)).max())
    if not difference <= TOLERANCE:
        raise ModelError(
            "The converted network differs from the original by {difference:.2g}; it is not installed.",
            difference=difference,
        )
    return {
        "input_shape": list(shape[1:]),
        "outputs": int(expected.shape[-1]),
        "lowest_output": float(expected.min()),
        "largest_difference": difference,
        "parameters": int(model.count_params()),
    }


def refuse_code(source: Path) -> None:
    """Refuse a file that needs Python code to load.

    Raises:
        ModelError: a layer carries code or needs code of its own, or the file is not a Keras model.
    """
    config = _config(source)
    found = sorted(CODE_LAYERS & set(_class_names(config)))
    if found:
        raise ModelError(
            "The file has a {found} layer, which carries code. For safety it is not loaded.", found=found[0]
        )
    foreign = sorted(set(_foreign_names(config)))
    if foreign:
        raise ModelError(
            "The file needs code of its own for {foreign}. For safety it is not loaded.", foreign=foreign[0]
        )


def _config(source: Path) -> Any:
    if not source.is_file() or source.stat().st_size == 0:
        raise ModelError("The file is empty or missing. Save the model again with model.save('model.keras').")
    try:
        if zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as archive:
                _check_size(archive)
                return json.loads(archive.read("config.json"))
        import h5py

        with h5py.File(source, "r") as file:
            return json.loads(file.attrs["model_config"])
    except (KeyError, OSError, ValueError, RecursionError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelError(
            "The file is not a whole Keras model. Expected .keras or .h5 as model.save() writes it, not weights alone."
        ) from error


def _check_size(archive: zipfile.ZipFile) -> None:
    """Refuse an archive that would fill the memory or the disk when unpacked."""
    sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    if sizes.get("config.json", 0) > MAX_CONFIG_BYTES or sum(sizes.values()) > MAX_BYTES:
        raise ModelError("The file is too large once unpacked. Expected a network for faces, of at most 2 GB.")


def _class_names(config: Any) -> list[str]:
    if isinstance(config, dict):
        own = [config["class_name"]] if isinstance(config.get("class_name"), str) else []
        return own + [name for value in config.values() for name in _class_names(value)]
    if isinstance(config, list):
        return [name for value in config for name in _class_names(value)]
    return []


def _foreign_names(config: Any) -> list[str]:
    """Names of objects in the file whose Python code is neither Keras' nor this project's."""
    if isinstance(config, list):
        return [name for value in config for name in _foreign_names(value)]
    if not isinstance(config, dict):
        return []
    nested = [name for value in config.values() for name in _foreign_names(value)]
    # Keras writes two forms. The older one has no registered name: the class name stands for it.
    name = config.get("registered_name") or config.get("class_name")
    if not isinstance(name, str) or name in REGISTERED_NAMES:
        return nested
    # For an object of the module "builtins", Keras looks among its own functions, never among Python's.
    package = str(config.get("module") or "builtins").split(".", 1)[0]
    return nested if package in ("keras", "builtins") and ">" not in name else [name, *nested]


def load_keras(source: Path) -> keras.Model:
    """Load a Keras file for prediction. Call `refuse_code` first.

    Raises:
        ModelError: Keras cannot load the file.
    """
    import keras

    register_layers()
    try:
        return keras.models.load_model(source, compile=False, safe_mode=True)
    except (TypeError, ValueError, KeyError, AttributeError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError("Keras cannot load the file: {reason}", reason=reason[:200]) from error


def _run_onnx(path: Path, faces: np.ndarray) -> np.ndarray:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {session.get_inputs()[0].name: faces})[0])


def main(arguments: list[str]) -> int:
    """Convert, print one line of JSON, return the exit status."""
    source, destination = (Path(argument) for argument in arguments)
    try:
        answer: dict[str, Any] = convert(source, destination)
    except EmotionError as error:
        answer = {"error": error.message.to_dict()}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 1 if "error" in answer else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What an installation may lack: TensorFlow above all, which has no build for every Python that serves the app.

Reading faces needs none of it. For what does, each ``…_fault`` function returns None, or the sentence that says what is
missing and what to do. A page shows the sentence; whatever would start the work raises it with `require`. No package
is imported to find out whether it is there.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from emotion_core.errors import MissingPackageError

# The Pythons that the TensorFlow in requirements.txt has wheels for; a test compares this with its marker there.
TENSORFLOW_PYTHONS = ((3, 11), (3, 12), (3, 13))
TRAINING_BACKENDS = ("tensorflow", "jax", "torch")
TITLES = {"tensorflow": "TensorFlow", "keras": "Keras", "torch": "PyTorch", "jax": "JAX"}
INSTALL = "`pip install -r requirements.txt`"
# What requirements.txt does not name.
INSTALL_OTHERS = {"torch": "`pip install torch`", "jax": "`pip install jax`"}


def installed(package: str) -> bool:
    """Whether ``import package`` would find code. Uninstalling may leave an empty folder of that name, which does
    not count."""
    spec = find_spec(package)
    return spec is not None and spec.origin is not None


def require(fault: str | None) -> None:
    """Raise MissingPackageError with ``fault``, if there is one."""
    if fault:
        raise MissingPackageError(fault)


def training_fault() -> str | None:
    """Why no fit can run here: Keras or its backend is missing."""
    backend = keras_backend()
    if backend not in TRAINING_BACKENDS:
        return f"Keras cannot train on its backend {backend!r}. Set KERAS_BACKEND to tensorflow, jax or torch."
    return _fault("Training", backend, "keras")


def conversion_fault() -> str | None:
    """Why no Keras file can be converted to ONNX here. That takes TensorFlow, whatever backend a fit runs on."""
    return _fault("Converting a Keras file to ONNX", "tensorflow", "keras", "tf2onnx")


def export_warning() -> str | None:
    """What becomes of a fit that can run here but cannot be exported; None where it can be, or where none can run."""
    fault = None if training_fault() else conversion_fault()
    if fault is None:
        return None
    return (
        f"The fit can run, but its network stays in the run's folder until the run is resumed for its export. {fault}"
    )


def gradcam_fault() -> str | None:
    """Why Grad-CAM, which takes gradients from TensorFlow, cannot be computed here."""
    return _fault("Grad-CAM", "tensorflow", "keras")


def deepface_fault() -> str | None:
    """Why the model of the DeepFace library cannot be used here."""
    if installed("deepface"):
        return None
    return f"DeepFace's library is not installed here. Choose another model, or install it with {INSTALL}."


def keras_backend() -> str:
    """The backend that Keras will take in a new process: of ``KERAS_BACKEND``, of its own file, or TensorFlow."""
    named = os.environ.get("KERAS_BACKEND")
    if named:
        return named
    home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
    try:
        backend = json.loads((home / "keras.json").read_text(encoding="utf-8"))["backend"]
    except (OSError, ValueError, KeyError, TypeError):
        return "tensorflow"
    return str(backend)


def _fault(what: str, *packages: str) -> str | None:
    missing = next((package for package in packages if not installed(package)), None)
    if missing is None:
        return None
    needs = f"{what} needs {TITLES.get(missing, missing)}, which"
    running = sys.version_info[:2]
    if missing != "tensorflow" or running in TENSORFLOW_PYTHONS:
        return f"{needs} is not installed here. Install it with {INSTALL_OTHERS.get(missing, INSTALL)}."
    first, last = ("{}.{}".format(*version) for version in (TENSORFLOW_PYTHONS[0], TENSORFLOW_PYTHONS[-1]))
    return (
        f"{needs} has no build for Python {running[0]}.{running[1]}. "
        f"Set the app up again with Python {first} to {last}: `make clean`, then `make PYTHON=python{last} run`."
    )

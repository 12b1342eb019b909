"""Packages that an installation may lack: above all TensorFlow, which is not built for every Python that runs the app.

Reading faces needs none of them. For whatever does, a ``…_fault`` function returns None, or a message that says what
is missing and what to do. A page shows the message; whatever would start the work raises it with `require`. No package
is imported to find out whether it is there.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from emotion_core.errors import MissingPackageError
from emotion_core.language import Message

# The versions of Python for which TensorFlow has wheels; a test compares them with its marker in requirements.txt.
TENSORFLOW_PYTHONS = ((3, 11), (3, 12), (3, 13))
TRAINING_BACKENDS = ("tensorflow", "jax", "torch")
TITLES = {"tensorflow": "TensorFlow", "keras": "Keras", "torch": "PyTorch", "jax": "JAX"}
INSTALL = "`pip install -r requirements.txt`"
INSTALL_OTHERS = {"torch": "`pip install torch`", "jax": "`pip install jax`"}  # not in requirements.txt


def installed(package: str) -> bool:
    """Return whether ``import package`` would find code.

    An empty folder of that name, which uninstalling may leave behind, does not count: its spec has no origin.
    """
    spec = find_spec(package)
    return spec is not None and spec.origin is not None


def require(fault: Message | None) -> None:
    """Raise `MissingPackageError` with ``fault``, if there is one."""
    if fault:
        raise MissingPackageError(fault)


def training_fault() -> Message | None:
    """Return why no training can run here: Keras or its backend is missing."""
    backend = keras_backend()
    if backend not in TRAINING_BACKENDS:
        return Message(
            "Keras cannot train on its backend {backend!r}. Set KERAS_BACKEND to tensorflow, jax or torch.",
            backend=backend,
        )
    return _fault(Message("Training"), backend, "keras")


def conversion_fault() -> Message | None:
    """Return why no Keras file can be converted to ONNX here: that takes TensorFlow, whatever backend trains."""
    return _fault(Message("Converting a Keras file to ONNX"), "tensorflow", "keras", "tf2onnx")


def export_warning() -> Message | None:
    """Return what becomes of a training that can run here but not be exported; None if it can, or if none can run."""
    fault = None if training_fault() else conversion_fault()
    if fault is None:
        return None
    return Message(
        "The network can be trained, but stays in the run's folder until the run is resumed for its export. {fault}",
        fault=fault,
    )


def gradcam_fault() -> Message | None:
    """Return why Grad-CAM, which takes gradients from TensorFlow, cannot be computed here."""
    return _fault(Message("Grad-CAM"), "tensorflow", "keras")


def deepface_fault() -> Message | None:
    """Return why the model of the DeepFace library cannot be used here."""
    if installed("deepface"):
        return None
    return Message(
        "DeepFace's library is not installed here. Choose another model, or install it with {install}.", install=INSTALL
    )


def keras_backend() -> str:
    """Return Keras's backend in a new process: that of ``KERAS_BACKEND``, that of its own file, or TensorFlow."""
    named = os.environ.get("KERAS_BACKEND")
    if named:
        return named
    home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
    try:
        backend = json.loads((home / "keras.json").read_text(encoding="utf-8"))["backend"]
    except (OSError, ValueError, KeyError, TypeError):
        return "tensorflow"
    return str(backend)


def _fault(what: Message, *packages: str) -> Message | None:
    missing = next((package for package in packages if not installed(package)), None)
    if missing is None:
        return None
    package = TITLES.get(missing, missing)
    running = sys.version_info[:2]
    if missing != "tensorflow" or running in TENSORFLOW_PYTHONS:
        return Message(
            "{what} needs {package}, which is not installed here. Install it with {install}.",
            what=what,
            package=package,
            install=INSTALL_OTHERS.get(missing, INSTALL),
        )
    first, last = ("{}.{}".format(*version) for version in (TENSORFLOW_PYTHONS[0], TENSORFLOW_PYTHONS[-1]))
    return Message(
        "{what} needs {package}, which has no build for Python {running}. Set the app up again with Python {first} to "
        "{last}: `make clean`, then `make PYTHON=python{last} run`.",
        what=what,
        package=package,
        running="{}.{}".format(*running),
        first=first,
        last=last,
    )

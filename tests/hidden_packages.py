"""Hide installed packages from a test, as if they were not installed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.hiding.sitecustomize import without

HIDING = Path(__file__).with_name("hiding")
# What is missing on a Python for which TensorFlow has no build. Keras itself can be installed there.
TENSORFLOW = ("tensorflow",)


def environment(*names: str) -> dict[str, str]:
    """Return the environment variables that hide packages from a process and from every process that it starts."""
    path = os.pathsep.join(filter(None, [str(HIDING), os.environ.get("PYTHONPATH")]))
    return {"HIDDEN_PACKAGES": ",".join(names), "PYTHONPATH": path, "KERAS_BACKEND": ""}


def hide(patch: pytest.MonkeyPatch, *names: str) -> None:
    """Hide packages from this process and from every process that it starts, until the test ends."""
    hide_from_children(patch, *names)
    patch.setattr(sys, "meta_path", without(names))
    for module in [module for module in sys.modules if module.partition(".")[0] in names]:
        patch.delitem(sys.modules, module)


def hide_from_children(patch: pytest.MonkeyPatch, *names: str) -> None:
    """Hide packages from the processes that this one starts, but not from itself."""
    for name, value in environment(*names).items():
        patch.setenv(name, value)

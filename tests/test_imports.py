"""What the process that serves the pages must not have imported, and what must really be installed."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = ("tensorflow", "keras", "deepface", "onnxruntime", "streamlit", "torch")


def run_python(code: str) -> str:
    """Return the standard output of ``code`` in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_whole_package_imports_nothing_heavy() -> None:
    code = f"""
import importlib, json, pkgutil, sys
import emotion_core
for module in pkgutil.walk_packages(emotion_core.__path__, "emotion_core."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
"""
    assert json.loads(run_python(code).splitlines()[-1]) == []


def test_public_names_exist_and_are_imported_only_when_used() -> None:
    code = """
import sys
import emotion_core
early = "cv2" in sys.modules
print(early, all(getattr(emotion_core, name).__name__ == name for name in emotion_core.__all__ if name != "EMOTIONS"))
"""
    assert run_python(code).strip() == "False True"


def test_the_haar_cascade_really_loads() -> None:
    code = """
import cv2
cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
print(cascade.empty(), cascade.getOriginalWindowSize())
"""
    assert run_python(code).strip() == "False (24, 24)"


def test_deepface_imports_on_its_onnx_engine_without_tensorflow() -> None:
    code = """
import sys
from emotion_core.classify.deepface import _import_deepface
print(callable(_import_deepface().analyze), "tensorflow" in sys.modules)
"""
    assert run_python(code).splitlines()[-1] == "True False"

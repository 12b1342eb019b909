"""Every switch of this project that changes a whole process, or another library's object, in one place.

Whoever flips one says so by calling it; each that can be undone is a context manager that undoes it.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


def one_core_for_opencv() -> None:
    """Keep OpenCV from spreading a search over all cores: a live video needs them, and small pictures gain little."""
    import cv2

    cv2.setNumThreads(1)


def keras_on_tensorflow() -> None:
    """Let Keras, once imported, run on TensorFlow without a word about the processor, unless the caller chose else."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@contextmanager
def deepface_on_onnx() -> Iterator[None]:
    """Import DeepFace in this block: it then runs on its ONNX engine and never imports TensorFlow.

    Its import sets ``TF_USE_LEGACY_KERAS``, with which ``tf.keras`` fails where tf-keras is not installed, and silences
    all warnings. Both are as before when the block ends.
    """
    os.environ["DEEPFACE_BACKEND_ENGINE"] = "onnx"
    legacy = os.environ.get("TF_USE_LEGACY_KERAS")
    try:
        with warnings.catch_warnings():
            yield
    finally:
        if legacy is None:
            os.environ.pop("TF_USE_LEGACY_KERAS", None)
        else:
            os.environ["TF_USE_LEGACY_KERAS"] = legacy


@contextmanager
def without_log_lines(words: str) -> Iterator[None]:
    """Drop what libraries write straight to the root logger in this block, where it contains ``words``.

    >>> with without_log_lines("pre-processing"):
    ...     logging.getLogger().warning("Please consider pre-processing")
    """

    def keep(record: logging.LogRecord) -> bool:
        return words not in record.getMessage()

    logger = logging.getLogger()
    logger.addFilter(keep)
    try:
        yield
    finally:
        logger.removeFilter(keep)


@contextmanager
def recorded_calls(layer: keras.Layer) -> Iterator[list[Any]]:
    """Put whatever the layer's ``call`` returns in this block into a list, without changing it."""
    results: list[Any] = []
    original = layer.call

    def recording(*arguments: Any, **options: Any) -> Any:
        results.append(original(*arguments, **options))
        return results[-1]

    layer.call = recording
    try:
        yield results
    finally:
        layer.call = original

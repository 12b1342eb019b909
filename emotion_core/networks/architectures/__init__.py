"""Network architectures, one file each, by name.

An architecture is a function that returns an uncompiled ``keras.Model`` from ``(n, size, size, 1)`` float32 in 0–1
to ``(n, 7)`` probabilities in `Emotion` order, and the side length ``INPUT_SIZE`` that it takes.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from emotion_core.errors import ModelError

ARCHITECTURES = (
    "article_cnn",
    "compact_se_resnet",
    "deep_emotion",
    "deepface_cnn",
    "fine_se_resnet",
    "mini_xception",
    "slim_se_resnet",
    "wide_se_resnet",
)


def architecture(name: str) -> ModuleType:
    """The module that defines the architecture ``name``: its ``build()`` and ``INPUT_SIZE``.

    Raises:
        ModelError: no architecture has this name.
    """
    if name not in ARCHITECTURES:
        raise ModelError(f"Unknown architecture. Expected one of {', '.join(ARCHITECTURES)}. Received: {name!r}")
    return import_module(f"{__name__}.{name}")

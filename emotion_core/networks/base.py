"""What is known of a network without building it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Architecture:
    """A network that can be trained here.

    name: how the command line, run folders and model cards refer to it; also the name of the Keras model.
    title: what people call it.
    summary: one or two sentences for whoever chooses a network.
    source: where the design comes from.
    build: return an uncompiled model from ``(n, input_size, input_size, 1)`` float32 in 0–1 to ``(n, 7)``
        probabilities in `Emotion` order. Keras is imported when this is called.
    input_size: side of the square gray face that it takes, pixels.
    grows_from: a smaller architecture whose trained weights it can start from, see `networks.grow`.
    added_prefix: name prefix of the layers that are absent from ``grows_from``; empty where there are none.
    """

    name: str
    title: str
    summary: str
    source: str
    build: Callable[[], keras.Model]
    input_size: int = 48
    grows_from: str | None = None
    added_prefix: str = ""

"""The layers of each architecture, read from ``architectures/outlines.json`` so that pages need no Keras.

``python -m emotion_core.networks.outline`` builds every architecture and writes that file; a test checks that it is up
to date.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

PATH = Path(__file__).with_name("architectures") / "outlines.json"
# The layers that a drawing of a network shows, because they change its shape or hold most of its weights.
DRAWN = {
    "Conv2D": "convolution",
    "SeparableConv2D": "separable convolution",
    "MaxPooling2D": "pooling",
    "AveragePooling2D": "pooling",
    "GlobalAveragePooling2D": "pooling",
    "Dense": "dense",
    "AffineSampler": "spatial transformer",
}


@dataclass(frozen=True)
class Layer:
    """One layer of a network.

    kind: name of its Keras class.
    shape: of its output without the batch, ``(height, width, channels)`` or ``(units,)``.
    parameters: how many numbers it holds, trained or not.
    """

    kind: str
    shape: tuple[int, ...]
    parameters: int


def outline(arch: str) -> list[Layer]:
    """Return the layers of an architecture in the order in which Keras computes them.

    >>> outline("article_cnn")[0]
    Layer(kind='Conv2D', shape=(46, 46, 32), parameters=320)
    """
    return _outlines()[arch]


@cache
def _outlines() -> dict[str, list[Layer]]:
    found = json.loads(PATH.read_text(encoding="utf-8"))
    return {
        arch: [Layer(kind, tuple(shape), parameters) for kind, shape, parameters in rows]
        for arch, rows in found.items()
    }


def parameters(arch: str) -> int:
    """Return how many numbers an architecture holds, trained or not.

    >>> parameters("article_cnn")
    2489095
    """
    return sum(layer.parameters for layer in outline(arch))


def layers_of(model: keras.Model) -> list[Layer]:
    """Return the outline of a built network."""
    return [
        Layer(type(layer).__name__, tuple(layer.output.shape[1:]), int(layer.count_params())) for layer in model.layers
    ]


def as_json(outlines: dict[str, list[Layer]]) -> str:
    """Return the text of ``outlines.json``, one line for each layer."""
    blocks = [
        f' "{arch}": [\n' + ",\n".join("  " + json.dumps(list(asdict(layer).values())) for layer in layers) + "\n ]"
        for arch, layers in outlines.items()
    ]
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def main() -> None:
    """Build every architecture and write ``outlines.json``."""
    from emotion_core.networks.architectures import REGISTRY

    outlines = {name: layers_of(architecture.build()) for name, architecture in REGISTRY.items()}
    PATH.write_text(as_json(outlines), encoding="utf-8")


if __name__ == "__main__":
    main()

"""What each architecture is made of, layer by layer, without Keras: read from ``architectures/outlines.json``.

``python -m emotion_core.networks.outline`` builds every architecture and writes that file again; a test compares
the two.
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
# What a drawing shows of a network: the layers that change its shape or hold most of its weights.
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
    """One layer. shape: of its output, without the batch: ``(height, width, channels)`` or ``(units,)``."""

    kind: str
    shape: tuple[int, ...]
    parameters: int


def outline(arch: str) -> list[Layer]:
    """The layers of an architecture in the order in which Keras computes them."""
    return _outlines()[arch]


@cache
def _outlines() -> dict[str, list[Layer]]:
    found = json.loads(PATH.read_text(encoding="utf-8"))
    return {
        arch: [Layer(kind, tuple(shape), parameters) for kind, shape, parameters in rows]
        for arch, rows in found.items()
    }


def parameters(arch: str) -> int:
    """How many numbers an architecture holds, trained or not."""
    return sum(layer.parameters for layer in outline(arch))


def layers_of(model: keras.Model) -> list[Layer]:
    """The outline of a built network."""
    return [
        Layer(type(layer).__name__, tuple(layer.output.shape[1:]), int(layer.count_params())) for layer in model.layers
    ]


def as_json(outlines: dict[str, list[Layer]]) -> str:
    """The text of the file, a line for each layer."""
    blocks = [
        f' "{arch}": [\n' + ",\n".join("  " + json.dumps(list(asdict(layer).values())) for layer in layers) + "\n ]"
        for arch, layers in outlines.items()
    ]
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def main() -> None:
    """Build every architecture and write the file."""
    from emotion_core.networks.architectures import ARCHITECTURES, architecture

    PATH.write_text(as_json({arch: layers_of(architecture(arch).build()) for arch in ARCHITECTURES}), encoding="utf-8")


if __name__ == "__main__":
    main()

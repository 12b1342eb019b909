"""`wide_se_resnet` with a second stem, which filters the face at full resolution before halving it.

The second stem has two convolutions of 32 filters at 48 pixels and a third with stride 2, whose output is added to that
of the stride-2 stem. The third starts with zero weights, so a network that was grown from `wide_se_resnet` first
answers exactly as that one does. 2.71 million parameters.
Sources: as `compact_se_resnet`; T. He et al., "Bag of Tricks for Image Classification", 2019 (stem of three layers).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emotion_core.language import mark
from emotion_core.networks.architectures import compact_se_resnet, wide_se_resnet
from emotion_core.networks.base import Architecture

if TYPE_CHECKING:
    import keras

INPUT_SIZE = compact_se_resnet.INPUT_SIZE
PREFIX = "fine_"  # of the names of the layers that `wide_se_resnet` does not have
FILTERS = 32


def build() -> keras.Model:
    """Build the uncompiled model, ``(n, 48, 48, 1)`` float32 in 0–1 → ``(n, 7)`` probabilities."""
    return compact_se_resnet.se_resnet(
        ARCHITECTURE.name, wide_se_resnet.WIDTHS, compact_se_resnet.BLOCKS, join_stem=_with_fine_stem
    )


def _with_fine_stem(faces: Any, stem: Any, width: int) -> Any:
    from keras import layers

    x = faces
    for place in ("first", "second"):
        x = compact_se_resnet.convolution(FILTERS, name=f"{PREFIX}{place}")(x)
        x = layers.BatchNormalization(name=f"{PREFIX}{place}_norm")(x)
        x = layers.ReLU(name=f"{PREFIX}{place}_relu")(x)
    x = compact_se_resnet.convolution(width, strides=2, initializer="zeros", name=f"{PREFIX}third")(x)
    return layers.Add(name=f"{PREFIX}sum")([stem, x])


ARCHITECTURE = Architecture(
    name="fine_se_resnet",
    title="Fine SE-ResNet",
    summary=mark("The wide SE-ResNet with a second stem, which filters the face at full resolution before halving it."),
    source=f"{compact_se_resnet.ARCHITECTURE.source}; T. He et al., Bag of Tricks for Image Classification, 2019",
    build=build,
    input_size=INPUT_SIZE,
    grows_from=wide_se_resnet.ARCHITECTURE.name,
    added_prefix=PREFIX,
)

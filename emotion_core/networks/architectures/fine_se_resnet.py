"""`wide_se_resnet` with a second way into it, which sees the face at full resolution before it is halved.

Beside the stride-2 stem, two layers of 32 filters at 48 pixels and a third with stride 2, whose answer is added to the
stem's. The third begins at zero, so the network begins as the one that it grows from. 2.71 million parameters.
Sources: as `compact_se_resnet`; T. He et al., "Bag of Tricks for Image Classification", 2019 (stem of three layers).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emotion_core.networks.architectures import compact_se_resnet, wide_se_resnet

if TYPE_CHECKING:
    import keras

INPUT_SIZE = compact_se_resnet.INPUT_SIZE
GROWS_FROM = "wide_se_resnet"
ADDED = "fine_"  # the names of the layers that the network it grows from has not begin so
FILTERS = 32


def build() -> keras.Model:
    """An uncompiled model, ``(n, 48, 48, 1)`` float32 in 0–1 → ``(n, 7)`` probabilities."""
    return compact_se_resnet.se_resnet(
        "fine_se_resnet", wide_se_resnet.WIDTHS, compact_se_resnet.BLOCKS, beside_stem=_fine
    )


def _fine(faces: Any, halved: Any, width: int) -> Any:
    from keras import layers

    x = faces
    for place in ("first", "second"):
        x = compact_se_resnet.convolution(FILTERS, name=f"{ADDED}{place}")(x)
        x = layers.BatchNormalization(name=f"{ADDED}{place}_norm")(x)
        x = layers.ReLU(name=f"{ADDED}{place}_relu")(x)
    x = compact_se_resnet.convolution(width, strides=2, initializer="zeros", name=f"{ADDED}third")(x)
    return layers.Add(name=f"{ADDED}sum")([halved, x])

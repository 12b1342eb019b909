"""A compact residual network with squeeze-and-excitation, made for one face at a time on one CPU core.

A stride-2 stem, then stages of pre-activation residual blocks at 24, 12, 6 and 3 pixels; each block ends with
squeeze-and-excitation; global average pooling, dropout, dense 7. 1.15 million parameters.
Sources: K. He et al., "Identity Mappings in Deep Residual Networks", 2016; J. Hu et al., "Squeeze-and-Excitation
Networks", 2018. Widths and depths are our own, chosen by size (under 5 MB) and time (8 faces in 12 ms).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

INPUT_SIZE = 48
WIDTHS = (32, 64, 128, 160)
BLOCKS = (2, 2, 2, 1)
SQUEEZE = 8  # the excitation's hidden width is the block's width divided by this
DROPOUT = 0.3
INITIALIZER = "he_normal"


def build() -> keras.Model:
    """An uncompiled model, ``(n, 48, 48, 1)`` float32 in 0–1 → ``(n, 7)`` probabilities."""
    return se_resnet("compact_se_resnet", WIDTHS, BLOCKS)


def se_resnet(
    name: str,
    widths: Sequence[int],
    blocks_per_stage: Sequence[int],
    beside_stem: Callable[[Any, Any, int], Any] = lambda faces, halved, width: halved,
) -> keras.Model:
    """The network with so many filters and blocks in each stage.

    Args:
        beside_stem: what becomes of the stem's answer, given the faces, that answer and its filters.
    """
    import keras
    from keras import layers

    inputs = keras.Input((INPUT_SIZE, INPUT_SIZE, 1))
    x = layers.Rescaling(4.0, offset=-2.0)(inputs)  # gray faces have a mean near .5 and a deviation near .25
    x = beside_stem(x, convolution(widths[0], strides=2)(x), widths[0])
    for stage, (width, blocks) in enumerate(zip(widths, blocks_per_stage, strict=True)):
        for block in range(blocks):
            x = _residual(x, width, strides=2 if stage and not block else 1)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(DROPOUT)(x)
    # float32 also under mixed precision, so that the probabilities keep their sum.
    outputs = layers.Dense(7, activation="softmax", dtype="float32")(x)
    return keras.Model(inputs, outputs, name=name)


def convolution(
    width: int, *, kernel: int = 3, strides: int = 1, initializer: str = INITIALIZER, name: str | None = None
) -> Any:
    """A layer without bias that keeps the borders: normalisation follows it."""
    from keras import layers

    return layers.Conv2D(
        width, kernel, strides=strides, padding="same", use_bias=False, kernel_initializer=initializer, name=name
    )


def _residual(x: Any, width: int, *, strides: int) -> Any:
    from keras import layers

    active = layers.ReLU()(layers.BatchNormalization()(x))
    short = x
    if strides > 1 or x.shape[-1] != width:
        pooled = layers.AveragePooling2D(strides)(active) if strides > 1 else active
        short = convolution(width, kernel=1)(pooled)
    y = convolution(width, strides=strides)(active)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    y = convolution(width)(y)
    return layers.Add()([short, _excite(y, width)])


def _excite(x: Any, width: int) -> Any:
    from keras import layers

    weights = layers.GlobalAveragePooling2D(keepdims=True)(x)
    weights = layers.Conv2D(width // SQUEEZE, 1, activation="relu", kernel_initializer=INITIALIZER)(weights)
    weights = layers.Conv2D(width, 1, activation="sigmoid")(weights)
    return layers.Multiply()([x, weights])

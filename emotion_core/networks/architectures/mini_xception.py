"""mini-Xception: depthwise separable convolutions and residual blocks for real-time use.

Two 3×3 convolutions of 8 filters without padding, four residual blocks of 16, 32, 64 and 128 filters, a 3×3 convolution
to 7 channels and global average pooling in place of dense layers; batch normalization after every convolution but the
last. 58,423 parameters, of which 56,951 are trained.

Source: O. Arriaga, M. Valdenegro-Toro, P. Plöger, "Real-time Convolutional Neural Networks for Emotion and Gender
Classification", 2017, and the authors' repository face_classification. Their network takes −1 to 1, so the first layer
rescales. The L2 penalty of .01 on the first two convolutions is the repository's. It also passes ``kernel_regularizer``
to the separable convolutions, where Keras ignored it; so they have no penalty here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emotion_core.language import mark
from emotion_core.networks.base import Architecture

if TYPE_CHECKING:
    import keras

INPUT_SIZE = 64
WIDTHS = (16, 32, 64, 128)
L2 = 0.01


def build() -> keras.Model:
    """Build the uncompiled model, ``(n, 64, 64, 1)`` float32 in 0–1 → ``(n, 7)`` probabilities."""
    import keras
    from keras import layers

    inputs = keras.Input((INPUT_SIZE, INPUT_SIZE, 1))
    x = layers.Rescaling(2.0, offset=-1.0)(inputs)
    for _ in range(2):
        x = layers.Conv2D(8, 3, use_bias=False, kernel_regularizer=keras.regularizers.L2(L2))(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    for width in WIDTHS:
        x = _residual(x, width)
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(7, 3, padding="same")(x))
    # float32 under mixed precision, too: rounded to bfloat16, the probabilities would not sum to 1.
    outputs = layers.Softmax(dtype="float32")(x)
    return keras.Model(inputs, outputs, name=ARCHITECTURE.name)


def _residual(x: Any, width: int) -> Any:
    from keras import layers

    # A 1×1 convolution with stride 2, written as two layers. As one layer, its gradient (8 channels to 16) crashes
    # TensorFlow 2.21 with a segmentation fault where oneDNN is on and the CPU has AVX-512.
    short = layers.AveragePooling2D(1, strides=2)(x)
    short = layers.BatchNormalization()(layers.Conv2D(width, 1, use_bias=False)(short))
    y = layers.ReLU()(_separable(x, width))
    y = _separable(y, width)
    y = layers.MaxPooling2D(3, strides=2, padding="same")(y)
    return layers.Add()([y, short])


def _separable(x: Any, width: int) -> Any:
    from keras import layers

    return layers.BatchNormalization()(layers.SeparableConv2D(width, 3, padding="same", use_bias=False)(x))


ARCHITECTURE = Architecture(
    name="mini_xception",
    title="mini-Xception",
    summary=mark("mini-Xception: depthwise separable convolutions and residual blocks for real-time use."),
    source="O. Arriaga, M. Valdenegro-Toro, P. Plöger, Real-time Convolutional Neural Networks for Emotion and Gender "
    "Classification, 2017",
    build=build,
    input_size=INPUT_SIZE,
)

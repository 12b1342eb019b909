"""mini-Xception: depthwise separable convolutions and residual blocks for real-time use.

Two 3×3 valid convolutions of 8 filters, four residual blocks of 16, 32, 64 and 128, a 3×3 convolution to 7 and global
average pooling in place of dense layers; batch normalisation after every convolution but the last. 58 423 parameters,
of which 56 951 are trained.

Source: O. Arriaga, M. Valdenegro-Toro, P. Plöger, "Real-time Convolutional Neural Networks for Emotion and Gender
Classification", 2017, and the authors' repository face_classification, whose network takes −1 to 1: so the first layer
rescales. The L2 penalty of .01 is the repository's, on the first two convolutions: the separable ones of Keras have no
``kernel_regularizer``, and the argument that the repository gives them did nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

INPUT_SIZE = 64
WIDTHS = (16, 32, 64, 128)
L2 = 0.01


def build() -> keras.Model:
    """An uncompiled model, ``(n, 64, 64, 1)`` float32 in 0–1 → ``(n, 7)`` probabilities."""
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
    # float32 also under mixed precision, so that the probabilities keep their sum.
    outputs = layers.Softmax(dtype="float32")(x)
    return keras.Model(inputs, outputs, name="mini_xception")


def _residual(x: Any, width: int) -> Any:
    from keras import layers

    # A 1×1 convolution in steps of 2, written as two layers: as one, its gradient (8 channels to 16) ends TensorFlow
    # 2.21 with a segmentation fault where oneDNN is on and the CPU has AVX-512.
    short = layers.AveragePooling2D(1, strides=2)(x)
    short = layers.BatchNormalization()(layers.Conv2D(width, 1, use_bias=False)(short))
    y = layers.ReLU()(_separable(x, width))
    y = _separable(y, width)
    y = layers.MaxPooling2D(3, strides=2, padding="same")(y)
    return layers.Add()([y, short])


def _separable(x: Any, width: int) -> Any:
    from keras import layers

    return layers.BatchNormalization()(layers.SeparableConv2D(width, 3, padding="same", use_bias=False)(x))

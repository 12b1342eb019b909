"""Deep-Emotion: a small convolutional network behind a spatial transformer.

Four 3×3 convolutions of 10 filters without padding, in two pairs, each pair followed by max pooling and ReLU; dropout
.5; dense 50, dense 7. The transformer's localization network, two convolutions with pooling and ReLU and two dense
layers, predicts the affine map by which the input is sampled; it starts as the identity. 66,857 parameters.

Source: S. Minaee, M. Minaei, A. Abdolrashidi, "Deep-Emotion: Facial Expression Recognition Using Attentional
Convolutional Network", Sensors 21(9), 2021. The widths of the localization network, 8 filters of 7×7, 10 of 5×5
and 32 dense units, are those of PyTorch's tutorial on spatial transformers, which the public reimplementations share.
The weight of the L2 penalty is this project's choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emotion_core.language import mark
from emotion_core.networks.base import Architecture

if TYPE_CHECKING:
    import keras

INPUT_SIZE = 48
DROPOUT = 0.5
L2 = 1e-3  # penalty on the kernels of the two dense layers of the classifier
IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)  # the affine map, row by row


def build() -> keras.Model:
    """Build the uncompiled model, ``(n, 48, 48, 1)`` float32 in 0–1 → ``(n, 7)`` probabilities.

    The output of the layer ``sampler`` is the image that the transformer looks at, that of ``theta`` the affine map,
    ``(n, 6)``.
    """
    import keras
    from keras import layers

    inputs = keras.Input((INPUT_SIZE, INPUT_SIZE, 1))
    x = _transformed(inputs)
    for _ in range(2):
        x = layers.Conv2D(10, 3)(layers.Conv2D(10, 3)(x))
        x = layers.ReLU()(layers.MaxPooling2D()(x))
    x = layers.Flatten()(layers.Dropout(DROPOUT)(x))
    x = layers.Dense(50, activation="relu", kernel_regularizer=keras.regularizers.L2(L2))(x)
    # float32 under mixed precision, too: rounded to bfloat16, the probabilities would not sum to 1.
    regularizer = keras.regularizers.L2(L2)
    outputs = layers.Dense(7, activation="softmax", kernel_regularizer=regularizer, dtype="float32")(x)
    return keras.Model(inputs, outputs, name=ARCHITECTURE.name)


def _transformed(images: Any) -> Any:
    import keras
    from keras import layers

    from emotion_core.networks.layers import affine_sampler

    x = images
    for filters, kernel in ((8, 7), (10, 5)):
        x = layers.ReLU()(layers.MaxPooling2D()(layers.Conv2D(filters, kernel)(x)))
    x = layers.Dense(32, activation="relu")(layers.Flatten()(x))
    start = keras.initializers.Constant(IDENTITY)
    # float32: half precision would place a sample only to within a tenth of a pixel.
    theta = layers.Dense(6, kernel_initializer="zeros", bias_initializer=start, dtype="float32", name="theta")(x)
    return affine_sampler()(dtype="float32", name="sampler")([images, theta])


ARCHITECTURE = Architecture(
    name="deep_emotion",
    title="Deep-Emotion",
    summary=mark("Deep-Emotion: a small convolutional network behind a spatial transformer."),
    source="S. Minaee, M. Minaei, A. Abdolrashidi, Deep-Emotion: Facial Expression Recognition Using Attentional "
    "Convolutional Network, Sensors 21(9), 2021",
    build=build,
    input_size=INPUT_SIZE,
)

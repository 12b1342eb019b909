"""The convolutional network of the widely copied "FER-2013 with Keras" recipe.

Conv 32–64, pool, dropout .1; conv 128, pool, dropout .1; conv 256, pool, dropout .1; dense 512, dropout .2; dense 7.
3×3 convolutions without padding, with ReLU; 2.5 million parameters; 87 million multiply-adds for one face.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion_core.language import mark
from emotion_core.networks.base import Architecture

if TYPE_CHECKING:
    import keras

INPUT_SIZE = 48


def build() -> keras.Model:
    """Build the uncompiled model, ``(n, 48, 48, 1)`` float32 in 0–1 → ``(n, 7)`` probabilities."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((INPUT_SIZE, INPUT_SIZE, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.1),
            layers.Conv2D(128, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.1),
            layers.Conv2D(256, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.1),
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(7, activation="softmax"),
        ],
        name=ARCHITECTURE.name,
    )


ARCHITECTURE = Architecture(
    name="article_cnn",
    title="Article CNN",
    summary=mark('The convolutional network of the widely copied "FER-2013 with Keras" recipe.'),
    source="Articles and notebooks on FER-2013 with Keras",
    build=build,
    input_size=INPUT_SIZE,
)

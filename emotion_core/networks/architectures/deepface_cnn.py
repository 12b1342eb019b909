"""The network of the DeepFace library, in Keras 3.

Conv 64 (5×5), max pool 5/2; two conv 64, average pool 3/2; two conv 128, average pool 3/2; dense 1024, dropout .2,
twice; dense 7. 1.5 million parameters. The input is gray in 0–1, as DeepFace's ``extract_faces`` normalizes it.
Source: S. I. Serengil, deepface, ``models/demography``.
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
            layers.Conv2D(64, 5, activation="relu"),
            layers.MaxPooling2D(5, strides=2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.AveragePooling2D(3, strides=2),
            layers.Conv2D(128, 3, activation="relu"),
            layers.Conv2D(128, 3, activation="relu"),
            layers.AveragePooling2D(3, strides=2),
            layers.Flatten(),
            layers.Dense(1024, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(1024, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(7, activation="softmax"),
        ],
        name=ARCHITECTURE.name,
    )


ARCHITECTURE = Architecture(
    name="deepface_cnn",
    title="DeepFace",
    summary=mark("The architecture of DeepFace's expression network, in Keras 3."),
    source="S. I. Serengil, deepface, models/demography",
    build=build,
    input_size=INPUT_SIZE,
)

"""Small networks with weights that look trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras


def small(widths: tuple[int, ...] = (8, 16), blocks: tuple[int, ...] = (1, 1)) -> keras.Model:
    """Build a residual network whose batch normalization has other statistics and scales than a fresh one."""
    import keras

    from emotion_core.networks.architectures.compact_se_resnet import se_resnet

    keras.utils.set_random_seed(len(widths) + widths[0])
    model = se_resnet("small", widths, blocks)
    random = np.random.default_rng(widths[0])
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([random.uniform(0.5, 1.5, value.shape) for value in layer.get_weights()])
    return model

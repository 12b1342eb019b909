"""Batches of varied training faces, made while the network computes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from emotion_core.train.augment import AUGMENTATIONS, augment, mix
from emotion_core.train.config import FitConfig

if TYPE_CHECKING:
    import keras


def training_batches(images: np.ndarray, targets: np.ndarray, config: FitConfig) -> keras.utils.PyDataset:
    """A shuffled, varied pass over the images for each epoch; call its ``start(epoch)`` when one begins.

    Order and variations depend on the seed, the epoch and the batch alone, so a fit that goes on sees what it would
    have seen. Give ``shuffle=False`` to ``model.fit``: Keras would mix the batches once more, another way each time.

    Args:
        images: ``(n, size, size)`` uint8.
        targets: ``(n, 7)`` float32, of sum 1 each.
    """
    import keras

    class Batches(keras.utils.PyDataset):
        def __init__(self) -> None:
            super().__init__(workers=1, use_multiprocessing=False, max_queue_size=8)
            self.start(0)

        def start(self, epoch: int) -> None:
            """Begin an epoch, counted from 0. Keras' own hooks miscount: it draws batches before the first one."""
            self._epoch = epoch
            self._order = np.random.default_rng((config.seed, epoch)).permutation(len(images))

        def __len__(self) -> int:
            return math.ceil(len(images) / config.batch_size)

        def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
            chosen = self._order[index * config.batch_size : (index + 1) * config.batch_size]
            rng = np.random.default_rng((config.seed, self._epoch, index))
            varied = augment(images[chosen], AUGMENTATIONS[config.augmentation], rng)[..., None]
            return mix(varied, targets[chosen], config.mixup, rng)

    return Batches()

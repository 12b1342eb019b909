"""Batches of varied training faces, made on another thread while the network computes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from emotion_core.train.augment import AUGMENTATIONS, augment, mix
from emotion_core.train.config import FitConfig

if TYPE_CHECKING:
    import keras


def training_batches(images: np.ndarray, targets: np.ndarray, config: FitConfig) -> keras.utils.PyDataset:
    """Return batches for ``model.fit``: in each epoch every image once, in random order and varied.

    Call ``start(epoch)`` at the beginning of each epoch, and pass ``shuffle=False`` to ``model.fit``.

    The order and the variations depend only on the seed, the epoch and the number of the batch, so a resumed run sees
    the same images as one that was never interrupted. Keras' own shuffling would break that.

    Args:
        images: ``(n, size, size)`` uint8.
        targets: ``(n, 7)`` float32; a row's sum is the image's weight in the loss.
    """
    import keras

    class Batches(keras.utils.PyDataset):
        def __init__(self) -> None:
            super().__init__(workers=1, use_multiprocessing=False, max_queue_size=8)
            self.start(0)

        def start(self, epoch: int) -> None:
            """Begin an epoch, counted from 0.

            ``on_epoch_begin`` of PyDataset cannot do it: Keras draws batches before it is first called.
            """
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

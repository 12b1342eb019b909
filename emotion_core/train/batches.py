"""Batches of varied training faces, made while the network computes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from emotion_core.data.fer2013 import LabelledFaces
from emotion_core.train.augment import AUGMENTATIONS, augment, mix
from emotion_core.train.config import FitConfig

if TYPE_CHECKING:
    import keras


def training_batches(data: LabelledFaces, config: FitConfig, first_epoch: int = 0) -> keras.utils.PyDataset:
    """A shuffled, varied pass over ``data`` per epoch.

    Order and variations depend on the seed, the epoch and the batch alone, so a fit that goes on from
    ``first_epoch`` sees what it would have seen.
    """
    import keras

    class Batches(keras.utils.PyDataset):
        def __init__(self) -> None:
            super().__init__(workers=1, use_multiprocessing=False, max_queue_size=8)
            self._epoch = first_epoch
            self._shuffle()

        def __len__(self) -> int:
            return math.ceil(len(data) / config.batch_size)

        def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
            chosen = self._order[index * config.batch_size : (index + 1) * config.batch_size]
            rng = np.random.default_rng((config.seed, self._epoch, index))
            images = augment(data.images[chosen], AUGMENTATIONS[config.augmentation], rng)[..., None]
            return mix(images, np.eye(7, dtype=np.float32)[data.labels[chosen]], config.mixup, rng)

        def on_epoch_end(self) -> None:
            self._epoch += 1
            self._shuffle()

        def _shuffle(self) -> None:
            self._order = np.random.default_rng((config.seed, self._epoch)).permutation(len(data))

    return Batches()

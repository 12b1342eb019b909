"""Fit an architecture to FER-2013: ``python -m emotion_core.train.fit --data DIR --arch article_cnn --run DIR``.

The schedule is fixed in advance (cosine from ``learning_rate`` to zero) and the last epoch is kept, so no test
image takes part in any choice. A run folder holds the configuration, the history and a checkpoint after each epoch;
starting again with the same folder goes on from there.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emotion_core.data.fer2013 import LabelledFaces, read_fer_folder
from emotion_core.train.architectures import architecture
from emotion_core.train.augment import Augmentation, augment

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class FitConfig:
    """What a fit depends on besides the data."""

    arch: str = "article_cnn"
    epochs: int = 8
    batch_size: int = 64
    learning_rate: float = 1e-3  # Adam's peak, cosine to zero
    label_smoothing: float = 0.05
    seed: int = 2013


def fit(data: LabelledFaces, validation: LabelledFaces, config: FitConfig, run: Path) -> keras.Model:
    """Train from scratch, or go on from the checkpoint in ``run``, and return the model of the last epoch.

    ``validation`` is only reported, never used to choose. Writes ``config.json``, ``history.csv``,
    ``backup/`` and, at the end, ``model.keras`` into ``run``.
    """
    import keras

    run.mkdir(parents=True, exist_ok=True)
    (run / "config.json").write_text(json.dumps(asdict(config), indent=2) + "\n")
    keras.utils.set_random_seed(config.seed)
    steps = math.ceil(len(data) / config.batch_size)
    model = architecture(config.arch).build()
    model.compile(
        optimizer=keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(config.learning_rate, steps * config.epochs)
        ),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=config.label_smoothing),
        metrics=["accuracy"],
    )
    model.fit(
        _batches(data, config),
        validation_data=(validation.images[..., None] / np.float32(255), np.eye(7)[validation.labels]),
        epochs=config.epochs,
        verbose=2,
        callbacks=[
            keras.callbacks.BackupAndRestore(str(run / "backup"), delete_checkpoint=False),
            keras.callbacks.CSVLogger(str(run / "history.csv"), append=True),
        ],
    )
    model.save(run / "model.keras", include_optimizer=False)
    return model


def _batches(data: LabelledFaces, config: FitConfig) -> keras.utils.PyDataset:
    import keras

    class Batches(keras.utils.PyDataset):
        def __init__(self) -> None:
            super().__init__(workers=1, use_multiprocessing=False, max_queue_size=8)
            self._epoch = 0
            self._shuffle()

        def __len__(self) -> int:
            return math.ceil(len(data) / config.batch_size)

        def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
            chosen = self._order[index * config.batch_size : (index + 1) * config.batch_size]
            rng = np.random.default_rng((config.seed, self._epoch, index))
            images = augment(data.images[chosen], Augmentation(), rng)
            return images[..., None], np.eye(7, dtype=np.float32)[data.labels[chosen]]

        def on_epoch_end(self) -> None:
            self._epoch += 1
            self._shuffle()

        def _shuffle(self) -> None:
            self._order = np.random.default_rng((config.seed, self._epoch)).permutation(len(data))

    return Batches()


def main(arguments: list[str] | None = None) -> int:
    """Run one fit from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m emotion_core.train.fit", description=(__doc__ or "").split(":")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with train/<emotion>/ and test/<emotion>/")
    parser.add_argument("--run", type=Path, required=True, help="folder for checkpoints and the fitted model")
    parser.add_argument("--arch", default=FitConfig.arch)
    parser.add_argument("--epochs", type=int, default=FitConfig.epochs)
    options = parser.parse_args(arguments)
    # Set before TensorFlow loads: oneDNN doubles this network's speed on a CPU.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    size = architecture(options.arch).INPUT_SIZE
    test = read_fer_folder(options.data, "test", size=size)
    # An image that also stands in the test split teaches the test, so it is left out of training.
    train = read_fer_folder(options.data, "train", size=size).without(frozenset(test.hashes))
    sys.stderr.write(f"{len(train)} training faces, {len(test)} PublicTest faces (reported, not used to choose)\n")
    fit(train, test, FitConfig(arch=options.arch, epochs=options.epochs), options.run)
    return 0


if __name__ == "__main__":
    sys.exit(main())

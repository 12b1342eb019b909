"""Fit an architecture to FER-2013: ``python -m emotion_core.train.fit --data DIR --run DIR [--preset flagship]``.

The schedule is fixed in advance and the last epoch is kept, so no test image takes part in any choice. A run folder
holds the configuration, the history and a checkpoint after each epoch; starting again with the same folder goes on
from there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emotion_core.data.fer2013 import LabelledFaces, read_fer_folder
from emotion_core.train.architectures import ARCHITECTURES, architecture
from emotion_core.train.batches import training_batches
from emotion_core.train.config import PRESETS, FitConfig

if TYPE_CHECKING:
    import keras

CHECKPOINT = "backup"


def fit(data: LabelledFaces, validation: LabelledFaces, config: FitConfig, run: Path) -> keras.Model:
    """Train from scratch, or go on from the checkpoint in ``run``, and return the model of the last epoch.

    ``validation`` is only reported, never used to choose. Writes ``config.json``, ``history.csv``,
    ``backup/`` and, at the end, ``model.keras`` into ``run``.
    """
    import keras

    run.mkdir(parents=True, exist_ok=True)
    (run / "config.json").write_text(json.dumps(asdict(config), indent=2) + "\n")
    keras.utils.set_random_seed(config.seed)
    keras.mixed_precision.set_global_policy(config.precision)
    model = architecture(config.arch).build()
    model.compile(
        optimizer=_optimizer(config),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=config.label_smoothing),
        metrics=["accuracy"],
        jit_compile=False,  # XLA is three times slower on a CPU
    )
    callbacks = [
        keras.callbacks.BackupAndRestore(str(run / CHECKPOINT), delete_checkpoint=False),
        keras.callbacks.LearningRateScheduler(lambda epoch, _: config.learning_rate_at(epoch)),
        keras.callbacks.CSVLogger(str(run / "history.csv"), append=True),
    ]
    if config.weight_average:
        callbacks.append(keras.callbacks.SwapEMAWeights())
    model.fit(
        training_batches(data, config, epochs_done(run)),
        validation_data=(validation.images[..., None] / np.float32(255), np.eye(7)[validation.labels]),
        validation_batch_size=256,
        epochs=config.epochs,
        verbose=2,
        callbacks=callbacks,
    )
    model.save(run / "model.keras", include_optimizer=False)
    return model


def epochs_done(run: Path) -> int:
    """How many epochs the checkpoint in ``run`` has behind it; 0 without one."""
    metadata = run / CHECKPOINT / "training_metadata.json"
    return int(json.loads(metadata.read_text())["epoch"]) if metadata.is_file() else 0


def _optimizer(config: FitConfig) -> keras.optimizers.Optimizer:
    import keras

    shared = {
        "learning_rate": config.learning_rate,
        "weight_decay": config.weight_decay or None,
        "use_ema": config.weight_average > 0,
        "ema_momentum": config.weight_average or 0.99,
    }
    if config.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(momentum=0.9, nesterov=True, **shared)
    else:
        optimizer = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW}[config.optimizer](**shared)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def read_splits(folder: Path, config: FitConfig) -> tuple[LabelledFaces, LabelledFaces]:
    """Training without PublicTest's images, and PublicTest, at the size that the architecture takes."""
    size = architecture(config.arch).INPUT_SIZE
    test = read_fer_folder(folder, "test", size=size)
    # An image that also stands in the test split teaches the test, so it is left out of training.
    train = read_fer_folder(folder, "train", size=size).without(frozenset(test.hashes))
    return (train.deduplicated() if config.deduplicate else train), test


def main(arguments: list[str] | None = None) -> int:
    """Run one fit from the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    # Set before TensorFlow loads: oneDNN doubles the speed of a convolutional network on a CPU.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    given = {f.name: getattr(options, f.name) for f in fields(FitConfig) if getattr(options, f.name, None) is not None}
    config = replace(PRESETS[options.preset], **given)
    train, test = read_splits(options.data, config)
    sys.stderr.write(f"{len(train)} training faces, {len(test)} PublicTest faces (reported, not used to choose)\n")
    fit(train, test, config, options.run)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m emotion_core.train.fit", description=(__doc__ or "").split(":")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with train/<emotion>/ and test/<emotion>/")
    parser.add_argument("--run", type=Path, required=True, help="folder for checkpoints and the fitted model")
    parser.add_argument("--preset", choices=list(PRESETS), default="quick")
    parser.add_argument("--arch", choices=ARCHITECTURES)
    for name, kind in (("epochs", int), ("hold_epochs", int), ("batch_size", int), ("learning_rate", float)):
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind)
    return parser


if __name__ == "__main__":
    sys.exit(main())

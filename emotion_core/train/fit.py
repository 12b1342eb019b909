"""One fit: an architecture, the images, and a run folder that it goes on from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion_core.data.audit import audit
from emotion_core.data.dataset import Dataset, LabelledFaces
from emotion_core.data.load import load_dataset
from emotion_core.errors import RunError
from emotion_core.networks.architectures import architecture
from emotion_core.train.batches import training_batches
from emotion_core.train.callbacks import run_callbacks
from emotion_core.train.config import FitConfig
from emotion_core.train.normalise import with_fused_normalisation
from emotion_core.train.runs import Run, RunConfig
from emotion_core.train.sharpness import sharpness_aware
from emotion_core.train.split import training_and_validation
from emotion_core.train.teacher import start_from, targets

if TYPE_CHECKING:
    import keras


def read_data(config: RunConfig) -> tuple[Dataset, LabelledFaces, LabelledFaces]:
    """The data set, the images to train on and those to validate on, at the size that the architecture takes.

    Raises:
        DataError: it cannot be read, or a split is missing.
    """
    votes = Path(config.fer_plus) if config.fer_plus else None
    dataset = load_dataset(Path(config.data), size=architecture(config.fit.arch).input_size, fer_plus=votes)
    used = dataset
    if config.without_flagged:  # from train alone: a model is measured on the whole test split
        used = audit(dataset).without_flagged(dataset, splits=("train",))
    train, validation = training_and_validation(used, config.validation, config.fit.seed)
    return dataset, (train.deduplicated() if config.fit.deduplicate else train), validation


def fit(train: LabelledFaces, validation: LabelledFaces, run: Run) -> None:
    """Train from scratch, from another model's weights or from the run's checkpoint.

    Leaves ``model.keras`` in the run's folder.
    Asked to stop, it keeps the best epoch so far; without one there is no model.

    Raises:
        RunError: a checkpoint cannot be read or written.
    """
    import keras

    config = run.config.fit
    keras.utils.set_random_seed(config.seed)
    keras.mixed_precision.set_global_policy(config.precision)
    model = compiled(config)
    done = _go_on(model, run)
    if done < config.epochs:
        batches = training_batches(train.images, targets(train, run), config)
        begin = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: batches.start(epoch))
        model.fit(
            batches,
            shuffle=False,
            validation_data=(validation.images[..., None] / np.float32(255), np.eye(7)[validation.labels]),
            validation_batch_size=256,
            initial_epoch=done,
            epochs=config.epochs,
            class_weight=_class_weights(train) if config.class_weights else None,
            callbacks=[begin, *run_callbacks(run, len(train), done)],
            verbose=2,
        )
    _keep(model, run)


def compiled(config: FitConfig) -> keras.Model:
    """The architecture with its optimiser, loss and metric."""
    import keras

    model = with_fused_normalisation(architecture(config.arch).build())
    if config.sharpness:
        model = sharpness_aware(model, config.sharpness, max(1, config.batch_size // 4))
    model.compile(
        optimizer=_optimizer(config),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=config.label_smoothing),
        metrics=["accuracy"],
        jit_compile=False,  # XLA is three times slower on a CPU
    )
    model.optimizer.build(model.trainable_variables)
    return model


def _optimizer(config: FitConfig) -> keras.optimizers.Optimizer:
    import keras

    shared: dict[str, Any] = {
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


def _go_on(model: keras.Model, run: Run) -> int:
    """Load the newest checkpoint, or what the fit starts from; returns the epochs that are done."""
    found = run.checkpoint()
    if found is None:
        run.path("best.json").unlink(missing_ok=True)
        if run.config.fit.start_from:
            start_from(model, run.config.fit.start_from)
        return 0
    epochs, path = found
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        raise RunError(f"The checkpoint {path.name} cannot be read. Start the fit again under another name.") from error
    best = run.best()
    if best and best["epoch"] > epochs:  # its epoch is computed again
        run.path("best.json").unlink()
    return epochs


def _keep(model: keras.Model, run: Run) -> None:
    if run.best() is None:
        return
    if run.config.keep == "best" or run.stop_asked():
        model.load_weights(run.path("best.weights.h5"))
    plain(model, run.config.fit.arch).save(run.path("model.keras"), include_optimizer=False)


def plain(model: keras.Model, arch: str) -> keras.Model:
    """The same network computing in float32 throughout: few run times know bfloat16."""
    import keras

    keras.mixed_precision.set_global_policy("float32")
    copy = architecture(arch).build()
    copy.set_weights(model.get_weights())
    return copy


def _class_weights(train: LabelledFaces) -> dict[int, float]:
    """Inverse to the square root of the class counts, 1 on average over the images; absent classes count 1."""
    counts = np.bincount(train.labels, minlength=7)
    weights = np.where(counts, 1 / np.sqrt(np.maximum(counts, 1)), 0.0)
    scale = counts.sum() / (weights * counts).sum()
    return {label: float(weights[label] * scale) if counts[label] else 1.0 for label in range(7)}

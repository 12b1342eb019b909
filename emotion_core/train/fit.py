"""Fit a network to images, from the start or from where its run was interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion_core.data.audit import audit
from emotion_core.data.dataset import Dataset, LabeledFaces
from emotion_core.data.load import load_dataset
from emotion_core.emotions import VOTES
from emotion_core.errors import RunError
from emotion_core.models.folder import KERAS
from emotion_core.networks.architectures import architecture
from emotion_core.train.batch_norm import with_fused_normalization
from emotion_core.train.batches import training_batches
from emotion_core.train.callbacks import run_callbacks
from emotion_core.train.config import FitConfig
from emotion_core.train.runs import Run, RunConfig
from emotion_core.train.sharpness import sharpness_aware
from emotion_core.train.split import training_and_validation
from emotion_core.train.teacher import own_targets, start_from, targets
from emotion_core.train.votes import judged, learnable

if TYPE_CHECKING:
    import keras


def read_data(config: RunConfig) -> tuple[Dataset, LabeledFaces, LabeledFaces]:
    """Return the data set, the images to train on and those to validate on, in the size that the architecture takes.

    Raises:
        DataError: it cannot be read, a split is missing, or it lacks the votes to learn from.
    """
    votes = Path(config.fer_plus) if config.fer_plus else None
    dataset = load_dataset(Path(config.data), size=architecture(config.fit.arch).input_size, fer_plus=votes)
    used = dataset
    if config.without_flagged:  # from train alone: a model is measured on the whole test split
        used = audit(dataset).without_flagged(dataset, splits=("train",))
    train, validation = training_and_validation(used, config.validation, config.fit.seed)
    from_votes = config.fit.learn_from == VOTES
    if config.fit.deduplicate:
        train = train.deduplicated(whatever_label=from_votes)
    return dataset, (learnable(train) if from_votes else train), validation


def fit(train: LabeledFaces, validation: LabeledFaces, run: Run, models_dir: Path) -> None:
    """Train from the run's checkpoint if there is one, else from another model's weights or from scratch.

    A run that learns from votes is validated on the images on which a majority agrees.

    Leaves ``model.keras`` in the run's folder. If the run is asked to stop, that is the best epoch so far; in the first
    epoch it is what there is, unless that is to be discarded.

    Args:
        models_dir: folder of the installed models, among which are the run's teachers and the model it starts from.

    Raises:
        RunError: a checkpoint cannot be read or written, or the run cannot start from the model.
        ModelError: a teacher, or the model to start from, is missing or broken.
    """
    import keras

    config = run.config.fit
    if config.learn_from == VOTES:
        validation = judged(validation)
    keras.utils.set_random_seed(config.seed)
    keras.mixed_precision.set_global_policy(config.precision)
    model = compiled(config)
    done = _restore(model, run, models_dir)
    if done < config.epochs:
        batches = training_batches(train.images, targets(train, run, models_dir), config)
        begin = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: batches.start(epoch))
        model.fit(
            batches,
            shuffle=False,
            validation_data=(
                validation.images[..., None] / np.float32(255),
                own_targets(validation, config.learn_from),
            ),
            validation_batch_size=256,
            initial_epoch=done,
            epochs=config.epochs,
            class_weight=_class_weights(train) if config.class_weights else None,
            callbacks=[begin, *run_callbacks(run, len(train), done)],
            verbose=2,
        )
    if run.best() is not None:
        _save(model, run)


def compiled(config: FitConfig) -> keras.Model:
    """Build the architecture and compile it with its optimizer, loss and metric."""
    import keras

    model = with_fused_normalization(architecture(config.arch).build())
    if config.sharpness:
        model = sharpness_aware(model, config.sharpness, max(1, config.batch_size // 4))
    model.compile(
        optimizer=_optimizer(config),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=_smoothing(config)),
        metrics=["accuracy"],
        jit_compile=False,  # with XLA, article_cnn trains on 22 to 50 images/s on 2 cores, without it on 80 to 155
    )
    model.optimizer.build(model.trainable_variables)
    return model


def _smoothing(config: FitConfig) -> float:
    return 0.0 if config.learn_from == VOTES else config.label_smoothing


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


def _restore(model: keras.Model, run: Run, models_dir: Path) -> int:
    """Load the newest checkpoint, or the weights that the run starts from; return how many epochs are done."""
    found = run.checkpoint()
    if found is None:
        run.path("best.json").unlink(missing_ok=True)
        if run.config.fit.start_from:
            start_from(model, run.config.fit.start_from, models_dir)
        return 0
    epochs, path = found
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        raise RunError(
            "The checkpoint {name} cannot be read. Start the run again under another name.", name=path.name
        ) from error
    best = run.best()
    if best and best["epoch"] > epochs:  # that epoch is trained again
        run.path("best.json").unlink()
    return epochs


def _save(model: keras.Model, run: Run) -> None:
    if run.config.keep == "best" or run.stop_asked():
        model.load_weights(run.path("best.weights.h5"))
    in_float32(model, run.config.fit.arch).save(run.path(KERAS), include_optimizer=False)


def in_float32(model: keras.Model, arch: str) -> keras.Model:
    """Return the same network as plain Keras builds it, in float32: few inference engines support bfloat16."""
    import keras

    keras.mixed_precision.set_global_policy("float32")
    copy = architecture(arch).build()
    copy.set_weights(model.get_weights())
    return copy


def _class_weights(train: LabeledFaces) -> dict[int, float]:
    """Weigh classes by the inverse square root of their counts, 1 on average over the images; absent ones have 1."""
    counts = np.bincount(train.labels, minlength=7)
    weights = np.where(counts, 1 / np.sqrt(np.maximum(counts, 1)), 0.0)
    scale = counts.sum() / (weights * counts).sum()
    return {label: float(weights[label] * scale) if counts[label] else 1.0 for label in range(7)}

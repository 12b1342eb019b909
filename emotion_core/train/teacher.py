"""What a run takes from installed models: weights to start from, or readings that soften its labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emotion_core.data.dataset import LabelledFaces
from emotion_core.errors import RunError
from emotion_core.measure.accuracy import read_faces
from emotion_core.models.folder import KERAS, ModelFolder
from emotion_core.models.registry import ModelRegistry
from emotion_core.networks.architectures import architecture
from emotion_core.networks.grow import grow
from emotion_core.train.runs import Run

if TYPE_CHECKING:
    import keras

TARGETS = "targets.npy"


def targets(train: LabelledFaces, run: Run, models_dir: Path) -> np.ndarray:
    """Return the probabilities that the network should learn for each image, ``(n, 7)`` float32, each row of sum 1.

    Without teachers, a target is 1 at the label. With teachers, that is blended with their mean reading of the image
    and its mirror image (G. Hinton et al., "Distilling the Knowledge in a Neural Network", 2015).

    Targets from teachers are computed once and kept in the run's folder, so that a resumed run has the same ones
    whatever has become of the teachers.

    Args:
        models_dir: folder of the installed models, which the teachers are among.

    Raises:
        ModelError: a teacher is missing or broken.
    """
    hard = np.asarray(np.eye(7, dtype=np.float32)[train.labels])
    config = run.config.fit
    if not config.teachers:
        return hard
    kept = run.path(TARGETS)
    if kept.is_file():
        return np.asarray(np.load(kept), np.float32)
    registry = ModelRegistry(models_dir)
    read = np.mean([read_faces(registry.load(name), train, flip=True) for name in config.teachers], axis=0)
    soft = np.asarray((1 - config.teacher_share) * hard + config.teacher_share * read, np.float32)
    np.save(kept, soft)
    return soft


def start_from(model: keras.Model, name: str, models_dir: Path) -> None:
    """Give ``model`` the weights of the installed model ``name``.

    That one must be of the same architecture, or of a smaller one that ``model`` can grow from; at first, both then
    answer alike.

    Args:
        models_dir: folder of the installed models.

    Raises:
        RunError: it has no Keras file, or other layers.
        ModelNotFoundError: there is no model of this name.
    """
    import keras

    folder = ModelRegistry(models_dir).entry(name).folder
    path = ModelFolder(folder).keras if folder else None
    if path is None or not path.is_file():
        raise RunError(f"The model {name!r} has no {KERAS} to start from. Choose another, or start from scratch.")
    added_prefix = architecture(model.name).added_prefix
    if not grow(model, keras.saving.load_model(path, compile=False), added_prefix):
        raise RunError(f"The model {name!r} is of another architecture than {model.name}. Choose one of the same.")

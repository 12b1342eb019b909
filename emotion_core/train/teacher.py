"""What a network learns for each image, and what it takes from installed models: readings, or weights to start from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from emotion_core.data.dataset import LabeledFaces
from emotion_core.emotions import VOTES
from emotion_core.errors import RunError
from emotion_core.measure.accuracy import read_faces
from emotion_core.models.folder import KERAS, ModelFolder
from emotion_core.models.registry import ModelRegistry
from emotion_core.networks.architectures import architecture
from emotion_core.networks.grow import grow
from emotion_core.train.runs import Run
from emotion_core.train.votes import vote_targets, votes_of

if TYPE_CHECKING:
    import keras

TARGETS = "targets.npy"


def own_targets(faces: LabeledFaces, learn_from: str) -> np.ndarray:
    """Return 1 at each image's label, or with ``votes`` their shares of all votes (see `vote_targets`).

    Returns:
        ``(n, 7)`` float32.

    Raises:
        DataError: there are no votes.
    """
    if learn_from == VOTES:
        return vote_targets(votes_of(faces))
    return np.asarray(np.eye(7, dtype=np.float32)[faces.labels])


def targets(train: LabeledFaces, run: Run, models_dir: Path) -> np.ndarray:
    """Return the probabilities that the network should learn for each image, times the image's weight in the loss.

    Without teachers, these are the `own_targets`. With teachers, they are blended with the teachers' mean reading of
    the image and its mirror image (G. Hinton et al., "Distilling the Knowledge in a Neural Network", 2015).

    Targets from teachers are computed once and kept in the run's folder, so that a resumed run has the same ones
    whatever has become of the teachers.

    Args:
        models_dir: folder of the installed models, which the teachers are among.

    Returns:
        ``(n, 7)`` float32. A row's sum is the image's weight: 1 for labels, the share of the seven for votes.

    Raises:
        ModelError: a teacher is missing or broken.
    """
    config = run.config.fit
    own = own_targets(train, config.learn_from)
    if not config.teachers:
        return own
    kept = run.path(TARGETS)
    if kept.is_file():
        return np.asarray(np.load(kept), np.float32)
    registry = ModelRegistry(models_dir)
    read = np.mean([read_faces(registry.load(name), train, flip=True) for name in config.teachers], axis=0)
    weighted = own.sum(axis=1, keepdims=True) * read
    soft = np.asarray((1 - config.teacher_share) * own + config.teacher_share * weighted, np.float32)
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
        raise RunError(
            "The model {name!r} has no {keras} to start from. Choose another, or start from scratch.",
            name=name,
            keras=KERAS,
        )
    added_prefix = architecture(model.name).added_prefix
    if not grow(model, keras.saving.load_model(path, compile=False), added_prefix):
        raise RunError(
            "The model {name!r} is of another architecture than {name_2}. Choose one of the same.",
            name=name,
            name_2=model.name,
        )

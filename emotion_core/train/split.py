"""Choose the images to train on and those to validate on."""

from __future__ import annotations

import numpy as np

from emotion_core.data.dataset import Dataset, LabeledFaces
from emotion_core.errors import DataError

HOLDOUT_SHARE = 0.1


def training_and_validation(dataset: Dataset, validation: str, seed: int) -> tuple[LabeledFaces, LabeledFaces]:
    """Return the images to train on and those to validate on. No image of one, pixel by pixel, is also in the other.

    Args:
        validation: ``test`` (the test split), ``validation`` (the split of that name, where a data set has one) or
            ``holdout`` (a tenth of each class of train). Images of the test split are never trained on.

    Raises:
        DataError: a split is missing, or no image is left to train on.
    """
    train = dataset.splits.get("train")
    if train is None or not len(train):
        raise DataError("The data set has no split train. Expected train/<emotion>/*.jpg.")
    for split in {"test", validation} & set(dataset.splits):
        train = train.without(dataset.splits[split].hashes)
    if validation == "holdout":
        kept, held = _held_out(train, seed)
        return _not_empty(kept), held
    if validation not in dataset.splits:
        raise DataError(
            "The data set has no split {validation}. Validate on a part of train instead (holdout).",
            validation=validation,
        )
    return _not_empty(train), dataset.splits[validation]


def _held_out(train: LabeledFaces, seed: int) -> tuple[LabeledFaces, LabeledFaces]:
    """Split off a tenth of the different images of each class, with all of their copies."""
    rng = np.random.default_rng(seed)
    held: set[str] = set()
    for label in np.unique(train.labels):
        hashes = sorted({h for h, own in zip(train.hashes, train.labels, strict=True) if own == label})
        count = max(1, round(len(hashes) * HOLDOUT_SHARE)) if len(hashes) > 1 else 0
        held |= {hashes[i] for i in rng.permutation(len(hashes))[:count]}
    rows = np.array([h in held for h in train.hashes], dtype=bool)
    return train.select(~rows), train.select(rows)


def _not_empty(train: LabeledFaces) -> LabeledFaces:
    if not len(train):
        raise DataError("No image is left to train on: every image of train is also in a split that it is measured on.")
    return train

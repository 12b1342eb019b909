"""Which images train and which validate."""

from __future__ import annotations

import numpy as np

from emotion_core.data.dataset import Dataset, LabelledFaces
from emotion_core.errors import DataError

HOLDOUT_SHARE = 0.1


def training_and_validation(dataset: Dataset, validation: str, seed: int) -> tuple[LabelledFaces, LabelledFaces]:
    """The images to train on and those to validate on; no image, pixel for pixel, is among both.

    Args:
        validation: ``test`` (the test split), ``validation`` (the split of that name, where a data set has one) or
            ``holdout`` (a tenth of train, each class its share). The test split is kept out of training either way.

    Raises:
        DataError: a split is missing or nothing is left.
    """
    train = dataset.splits.get("train")
    if train is None or not len(train):
        raise DataError("The data set has no split train. Expected train/<emotion>/*.jpg.")
    for split in {"test", validation} & set(dataset.splits):
        train = train.without(dataset.splits[split].hashes)
    if validation == "holdout":
        kept, held = _stratified(train, seed)
        return _checked(kept), held
    if validation not in dataset.splits:
        raise DataError(f"The data set has no split {validation}. Validate on a part of train instead (holdout).")
    return _checked(train), dataset.splits[validation]


def _stratified(train: LabelledFaces, seed: int) -> tuple[LabelledFaces, LabelledFaces]:
    """A tenth of the different images of every class, with all of their copies, apart from the others."""
    rng = np.random.default_rng(seed)
    held: set[str] = set()
    for label in np.unique(train.labels):
        hashes = sorted({h for h, own in zip(train.hashes, train.labels, strict=True) if own == label})
        count = max(1, round(len(hashes) * HOLDOUT_SHARE)) if len(hashes) > 1 else 0
        held |= {hashes[i] for i in rng.permutation(len(hashes))[:count]}
    rows = np.array([h in held for h in train.hashes], dtype=bool)
    return train.select(~rows), train.select(rows)


def _checked(train: LabelledFaces) -> LabelledFaces:
    if not len(train):
        raise DataError("No image is left to train on: every one of train also stands in a split that measures.")
    return train

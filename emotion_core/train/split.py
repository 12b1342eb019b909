"""Which images train and which validate."""

from __future__ import annotations

import numpy as np

from emotion_core.data.dataset import Dataset, LabelledFaces
from emotion_core.errors import DataError

HOLDOUT_SHARE = 0.1


def training_and_validation(dataset: Dataset, validation: str, seed: int) -> tuple[LabelledFaces, LabelledFaces]:
    """The images to train on and those to validate on; no image, pixel for pixel, is among both.

    Args:
        validation: ``test`` (the test split) or ``holdout`` (a tenth of train, each class its share). The test split is
            kept out of training either way.

    Raises:
        DataError: a split is missing or nothing is left.
    """
    train = dataset.splits.get("train")
    if train is None or not len(train):
        raise DataError("The data set has no split train. Expected train/<emotion>/*.jpg.")
    test = dataset.splits.get("test")
    if test is not None:
        train = train.without(frozenset(test.hashes))
    if validation == "test":
        if test is None or not len(test):
            raise DataError("The data set has no split test. Validate on a part of train instead (holdout).")
        return _checked(train), test
    kept, held = _stratified(train, seed)
    return _checked(kept), held


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
        raise DataError("No image is left to train on: every one of train also stands in test.")
    return train

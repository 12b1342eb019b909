"""What a run reads before it trains."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion_core.data.dataset import Dataset, LabeledFaces
from emotion_core.train.fit import read_data
from emotion_core.train.runs import RunConfig
from tests.data.sets import face

CONFIG = RunConfig("mine", "/data", without_flagged=True)


def labeled(*rows: tuple[int, int]) -> LabeledFaces:
    """A face for each seed and label, without names, as data that never were files have it."""
    seeds, labels = zip(*rows, strict=True)
    return LabeledFaces(np.stack([face(seed) for seed in seeds]), np.array(labels), tuple(map(str, seeds)))


# Of train, seed 1 is a copy of itself, seed 2 has two labels, and seed 4 also stands in the test split.
TRAIN = labeled((1, 0), (1, 0), (2, 1), (2, 3), (3, 5), (4, 6))
TEST = labeled((4, 6), (5, 0), (5, 0))


def read(monkeypatch: pytest.MonkeyPatch, config: RunConfig) -> tuple[Dataset, LabeledFaces, LabeledFaces]:
    dataset = Dataset("memory", {"train": TRAIN, "test": TEST})

    def in_memory(path: Path, **options: object) -> Dataset:
        return dataset

    monkeypatch.setattr("emotion_core.train.fit.load_dataset", in_memory)
    return read_data(config)


def test_flagged_images_without_names_leave_training_and_no_others_do(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset, train, _ = read(monkeypatch, CONFIG)
    assert train.hashes == ("1", "3")
    assert len(dataset.splits["train"]) == len(TRAIN), "the data set itself stays as it was read"


def test_flagged_images_of_the_test_split_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, validation = read(monkeypatch, CONFIG)
    assert validation.hashes == TEST.hashes


def test_flagged_images_are_trained_on_unless_the_run_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    _, train, _ = read(monkeypatch, replace(CONFIG, without_flagged=False))
    assert train.hashes == ("1", "1", "2", "2", "3")

"""No image is both trained on and validated on."""

from __future__ import annotations

import numpy as np
import pytest

from emotion_core.data.dataset import Dataset, LabeledFaces
from emotion_core.errors import DataError
from emotion_core.train.split import training_and_validation


def faces(hashes: list[str], labels: list[int]) -> LabeledFaces:
    return LabeledFaces(np.zeros((len(labels), 4, 4), np.uint8), np.array(labels), tuple(hashes))


TRAIN = faces([f"t{i // 2}" for i in range(80)], [0] * 40 + [3] * 40)  # every image twice
TEST = faces(["t0", "x"], [0, 3])


def test_images_of_the_test_split_leave_training() -> None:
    train, validation = training_and_validation(Dataset("d", {"train": TRAIN, "test": TEST}), "test", 1)
    assert set(train.hashes).isdisjoint(validation.hashes)
    assert (len(train), len(validation)) == (78, 2)


def test_a_tenth_of_each_class_is_held_out_with_all_its_copies() -> None:
    train, held = training_and_validation(Dataset("d", {"train": TRAIN}), "holdout", 1)
    assert set(train.hashes).isdisjoint(held.hashes)
    assert np.bincount(held.labels, minlength=4).tolist() == [4, 0, 0, 4]
    assert len(train) + len(held) == 80
    again = training_and_validation(Dataset("d", {"train": TRAIN}), "holdout", 1)[1]
    assert again.hashes == held.hashes


def test_a_validation_folder_is_validated_on_and_both_others_stay_out_of_training() -> None:
    dataset = Dataset("d", {"train": TRAIN, "validation": faces(["t1", "v"], [0, 3]), "test": TEST})
    train, validation = training_and_validation(dataset, "validation", 1)
    assert validation.hashes == ("t1", "v")
    assert {"t0", "t1"}.isdisjoint(train.hashes)
    assert len(train) == 76
    assert len(training_and_validation(dataset, "test", 1)[0]) == 78


@pytest.mark.parametrize(
    ("splits", "validation"),
    [
        ({"test": TEST}, "test"),
        ({"train": TRAIN}, "test"),
        ({"train": TEST, "test": TEST}, "test"),
        ({"train": TRAIN}, "validation"),
    ],
    ids=["no train", "no test", "nothing left", "no validation"],
)
def test_a_missing_split_is_reported(splits: dict, validation: str) -> None:
    with pytest.raises(DataError):
        training_and_validation(Dataset("d", splits), validation, 1)

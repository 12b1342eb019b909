"""Reading FER-2013's folders."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion_core.data.dataset import LabeledFaces
from emotion_core.data.fer2013 import read_fer_folder
from emotion_core.emotions import Emotion
from emotion_core.errors import DataError


def put(path: Path, value: int, size: int = 48) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((size, size), value, np.uint8))


def test_folders_of_any_case_become_labels(tmp_path: Path) -> None:
    put(tmp_path / "train" / "Happy" / "a.png", 10)
    put(tmp_path / "train" / "sad" / "b.png", 20, size=96)
    data = read_fer_folder(tmp_path, "train")
    assert data.images.shape == (2, 48, 48)
    assert data.labels.tolist() == [Emotion.HAPPY.column, Emotion.SAD.column]


@pytest.mark.parametrize("case", ["no split", "no image", "unknown class", "broken image"])
def test_a_folder_that_does_not_fit_is_explained(case: str, tmp_path: Path) -> None:
    if case != "no split":
        (tmp_path / "train" / ("hungry" if case == "unknown class" else "sad")).mkdir(parents=True)
    if case == "broken image":
        (tmp_path / "train" / "sad" / "x.png").write_text("no image")
    with pytest.raises(DataError):
        read_fer_folder(tmp_path, "train")


def test_copies_are_dropped_and_conflicts_leave_altogether() -> None:
    images = np.arange(5, dtype=np.uint8).repeat(4).reshape(5, 2, 2)
    data = LabeledFaces(images, np.array([0, 0, 1, 2, 3]), ("a", "a", "b", "b", "c"))
    kept = data.deduplicated()
    assert (kept.hashes, kept.labels.tolist(), kept.images[:, 0, 0].tolist()) == (("a", "c"), [0, 3], [0, 4])


def test_what_stands_elsewhere_is_left_out_and_the_fingerprint_ignores_order() -> None:
    images = np.arange(3, dtype=np.uint8).repeat(4).reshape(3, 2, 2)
    data = LabeledFaces(images, np.array([0, 1, 2]), ("a", "b", "c"))
    assert data.without(frozenset({"b"})).labels.tolist() == [0, 2]
    turned = LabeledFaces(images[::-1], data.labels[::-1], data.hashes[::-1])
    assert turned.fingerprint == data.fingerprint
    assert LabeledFaces(images, np.array([0, 1, 3]), data.hashes).fingerprint != data.fingerprint

"""The demo set: seven kinds of drawings that can be told apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_core.data.audit import FLAGS, audit
from emotion_core.data.demo import make_demo_set
from emotion_core.data.load import load_dataset
from emotion_core.errors import DataError


def test_it_is_a_clean_balanced_data_set_and_repeatable(tmp_path: Path) -> None:
    seen: list[float] = []
    make_demo_set(tmp_path / "a", per_class=8, progress=seen.append)
    make_demo_set(tmp_path / "b", per_class=8)
    make_demo_set(tmp_path / "c", per_class=8, seed=1)
    first, again, other = (load_dataset(tmp_path / name) for name in "abc")
    assert np.bincount(first.splits["train"].labels).tolist() == [8] * 7
    assert np.bincount(first.splits["test"].labels).tolist() == [2] * 7
    assert first.problems == ()
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert audit(first).flagged("train", set(FLAGS) - {"near copy"}) == ()
    assert seen[-1] == 1.0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]


def test_the_expressions_can_be_told_apart(tmp_path: Path) -> None:
    make_demo_set(tmp_path / "demo", per_class=40)
    splits = load_dataset(tmp_path / "demo", size=24).splits
    train, test = (_standardized(splits[name].images) for name in ("train", "test"))
    nearest = (test @ train.T).argmax(axis=1)
    right = splits["train"].labels[nearest] == splits["test"].labels
    assert right.mean() > 0.4  # the nearest neighbor in pixels alone; chance is 0.14


def _standardized(images: np.ndarray) -> np.ndarray:
    flat = images.reshape(len(images), -1).astype(float)
    flat -= flat.mean(axis=1, keepdims=True)
    return flat / np.linalg.norm(flat, axis=1, keepdims=True)


@pytest.mark.parametrize("case", ["not empty", "a file", "below a file"])
def test_nothing_is_overwritten(case: str, tmp_path: Path) -> None:
    target = tmp_path / "demo"
    if case == "not empty":
        (target / "mine").mkdir(parents=True)
    else:
        target.write_text("mine")
        target = target / "inner" if case == "below a file" else target
    with pytest.raises(DataError):
        make_demo_set(target, per_class=1)


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    make_demo_set(tmp_path, per_class=1)
    assert len(load_dataset(tmp_path)) == 14


def test_there_is_at_least_one_face(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        make_demo_set(tmp_path, per_class=0)

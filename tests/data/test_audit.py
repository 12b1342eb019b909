"""The audit finds the flaws that were planted, and no others."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion_core.data.audit import FLAGS, VOTE_FLAGS, audit
from emotion_core.data.dataset import VOTE_COLUMNS, Dataset, LabeledFaces
from emotion_core.data.load import load_dataset
from emotion_core.data.near import near_pairs, perceptual_hashes
from emotion_core.emotions import Emotion
from emotion_core.errors import DataError
from emotion_core.language import speaking
from tests.data.sets import face, folders, put, votes_of


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A data set of good faces with one flaw of every kind."""
    root = folders(tmp_path / "fer", *(f"train/happy/{i}.png" for i in range(5)), "test/sad/t0.png", "test/sad/t1.png")
    train, test = root / "train", root / "test"
    put(train / "sad" / "own.png", face(50))
    shutil.copy(train / "happy" / "0.png", train / "happy" / "copy.png")
    (train / "angry").mkdir()
    shutil.copy(train / "happy" / "1.png", train / "angry" / "conflict.png")
    shutil.copy(test / "sad" / "t0.png", train / "sad" / "leak.png")
    put(train / "happy" / "zblank.png", np.full((48, 48), 77, np.uint8))
    put(train / "happy" / "zwide.png", face(60, size=64))
    put(train / "happy" / "brighter.png", cv2.convertScaleAbs(face(2), alpha=0.8, beta=10))
    put(train / "sad" / "nearleak.png", cv2.GaussianBlur(face(6), (3, 3), 0))
    (train / "happy" / "notes.txt").write_text("text")
    (train / "happy" / "broken.png").write_text("text")
    return root


def test_every_planted_flaw_is_flagged_once(planted: Path) -> None:
    before = sorted((path, path.stat().st_mtime_ns) for path in planted.rglob("*"))
    seen: list[float] = []
    report = audit(load_dataset(planted), seen.append)
    flagged = {Path(str(row["name"])).name: row["flags"] for _, row in report.images.iterrows() if row["flags"]}
    assert flagged == {
        "copy.png": ("copy",),
        "conflict.png": ("conflict",),
        "1.png": ("copy", "conflict"),
        "leak.png": ("leak",),
        "zblank.png": ("blank",),
        "zwide.png": ("other size",),
        "brighter.png": ("near copy",),
        "nearleak.png": ("near leak",),
    }
    assert {Path(str(name)).name for name in report.problems["name"]} == {"notes.txt", "broken.png"}
    assert report.figures() == {
        "images": 15, "unreadable": 2, "copy_groups": 3, "extra_copies": 3, "groups_across_splits": 1,
        "conflicting_groups": 1, "near_pairs": 2, "near_pairs_across_splits": 1,
    }  # fmt: skip
    assert seen[-1] == 1.0
    assert sorted((path, path.stat().st_mtime_ns) for path in planted.rglob("*")) == before


def test_flagged_images_are_left_out_and_the_others_stay(planted: Path) -> None:
    dataset = load_dataset(planted)
    report = audit(dataset)
    kept = report.without_flagged(dataset)
    assert set(report.flagged("train")).isdisjoint(kept.splits["train"].names)
    assert len(kept.splits["train"]) + len(report.flagged("train")) == len(dataset.splits["train"])
    assert len(kept.splits["test"]) == 2
    assert "train/happy/zwide.png" in kept.splits["train"].names
    assert len(report.without_flagged(dataset, FLAGS).splits["train"]) < len(kept.splits["train"])
    assert set(audit(kept).figures().items()) >= {("extra_copies", 0), ("conflicting_groups", 0)}
    with pytest.raises(ValueError, match="audited"):
        report.without_flagged(kept)


def test_the_manifest_names_every_image(planted: Path, tmp_path: Path) -> None:
    dataset = load_dataset(planted)
    report = audit(dataset)
    report.write_manifest(tmp_path / "manifest.json")
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["fingerprint"] == dataset.fingerprint
    assert len(manifest["images"]) == len(dataset)
    (leak,) = (image for image in manifest["images"] if image["name"].endswith("leak.png") and "leak" in image["flags"])
    assert (leak["split"], leak["emotion"], len(leak["hash"])) == ("train", "sad", 64)
    assert json.loads(report.to_json())["counts"]["test"]["sad"] == 2
    with pytest.raises(DataError, match="cannot be written"):
        report.write_manifest(tmp_path / "nowhere" / "manifest.json")


def test_balance_and_missing_classes(planted: Path) -> None:
    balance = audit(load_dataset(planted)).imbalance()
    assert balance.loc["train", "largest"] == "happy"
    assert balance.loc["test", "ratio"] == 1.0
    assert "fear" in balance.loc["test", "missing"]


def test_a_clean_set_has_empty_tables(tmp_path: Path) -> None:
    report = audit(load_dataset(folders(tmp_path, "train/happy/a.png")))
    assert (len(report.copies), len(report.near), len(report.problems), report.flagged("train", FLAGS)) == (0, 0, 0, ())
    assert json.loads(report.to_json())["figures"]["images"] == 1


def test_data_without_names_can_be_audited() -> None:
    images = np.stack([face(1), face(1), face(2)])
    dataset = Dataset("memory", {"train": LabeledFaces(images, np.array([0, 0, 1]), ("a", "a", "b"))})
    assert audit(dataset).flagged("train") == ("train 2",)


def test_the_bands_find_every_pair_that_a_full_comparison_finds() -> None:
    rng = np.random.default_rng(0)
    base = np.stack([face(i) for i in range(300)])
    noisy = np.clip(base[:60] + rng.normal(0, 12, (60, 48, 48)), 0, 255).astype(np.uint8)
    images = np.concatenate([base, noisy])
    bits = perceptual_hashes(images)
    distances = (bits[:, None, :] != bits[None, :, :]).sum(axis=2)
    flat = images.reshape(len(images), -1)
    expected = np.argwhere(np.triu((distances <= 6) & (np.corrcoef(flat) >= 0.95), 1))
    pairs, correlations = near_pairs(images, bits)
    assert len(expected) > 30
    assert np.array_equal(pairs, expected)
    assert correlations.min() >= 0.95


def test_only_the_chosen_splits_lose_their_flagged_images() -> None:
    faces = LabeledFaces(np.stack([face(1), face(1)]), np.array([0, 0]), ("a", "a"))
    dataset = Dataset("memory", {"train": faces, "test": faces})
    kept = audit(dataset).without_flagged(dataset, flags=("copy",), splits=("test",))
    assert {split: len(images) for split, images in kept.splits.items()} == {"train": 2, "test": 1}


HAPPY, SAD, NO_FACE = Emotion.HAPPY.column, Emotion.SAD.column, VOTE_COLUMNS.index("no face")


@pytest.fixture
def voted() -> Dataset:
    """Two splits with votes and one without: a good label, a disputed one, no face, and an image without votes."""
    votes = votes_of({HAPPY: 8, SAD: 2}, {SAD: 10}, {NO_FACE: 6, HAPPY: 4}, {})
    train = LabeledFaces(
        np.stack([face(i) for i in range(4)]), np.full(4, HAPPY), tuple("abcd"), tuple("abcd"), votes=votes
    )
    test = LabeledFaces(face(5)[None], np.array([SAD]), ("e",), ("e",), votes=votes_of({SAD: 5, HAPPY: 5}))
    private = LabeledFaces(face(6)[None], np.array([SAD]), ("f",), ("f",))
    return Dataset("memory", {"train": train, "test": test, "private": private})


def test_votes_are_counted_and_flag_what_they_contradict(voted: Dataset) -> None:
    report = audit(voted)
    flagged = {row["name"]: row["flags"] for _, row in report.images.iterrows() if row["flags"]}
    assert flagged == {"b": ("disputed",), "c": ("no face",), "d": ("no votes",)}
    assert report.images["majority"].tolist() == ["happy", "sad", "", "", "", ""]
    assert report.images["votes"].tolist() == [10, 10, 10, 0, 10, 0]
    assert report.figures().items() >= {
        ("images_with_votes", 4), ("majority_images", 2), ("majority_is_label", 1), ("mostly_no_face", 1),
    }  # fmt: skip
    assert report.findings().set_index("flag").loc["disputed", ["train", "test", "total"]].tolist() == [1, 0, 1]
    manifest, facts = json.loads(report.manifest()), json.loads(report.to_json())
    assert (manifest["images"][1]["majority"], manifest["images"][1]["flags"]) == ("sad", ["disputed"])
    assert "no face" in manifest["left_out"] and set(VOTE_FLAGS) <= set(manifest["flags"])
    assert facts["figures"]["majority_images"] == 2
    assert report.fingerprint == voted.fingerprint


def test_a_run_without_flagged_images_loses_no_face_and_keeps_what_is_disputed(voted: Dataset) -> None:
    assert audit(voted).without_flagged(voted).splits["train"].names == ("a", "b", "d")


def test_without_votes_nothing_is_said_of_them(voted: Dataset) -> None:
    bare = Dataset("memory", {split: replace(faces, votes=None) for split, faces in voted.splits.items()})
    report = audit(bare)
    assert not report.has_votes
    assert set(VOTE_FLAGS).isdisjoint([*report.findings()["flag"], *report.flags, *report.left_out])
    assert not any("majority" in text or "no face" in text for text in (report.manifest(), report.to_json()))
    assert report.fingerprint == voted.fingerprint


def test_downloads_are_the_same_in_every_language(planted: Path) -> None:
    report = audit(load_dataset(planted))
    assert len(report.problems)
    english = report.to_json(), report.manifest(), report.findings().to_csv()
    with speaking("ko"):
        assert (report.to_json(), report.manifest(), report.findings().to_csv()) == english

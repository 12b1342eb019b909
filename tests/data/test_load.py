"""Reading data sets as people have them: folders, tables, archives, and all that goes wrong with them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from emotion_core.classify.card import ModelInput
from emotion_core.classify.onnx import prepare_crop
from emotion_core.data.dataset import Dataset
from emotion_core.data.fer2013 import read_fer_folder
from emotion_core.data.folder import fit_size
from emotion_core.data.load import load_dataset
from emotion_core.emotions import EMOTIONS
from emotion_core.errors import DataError
from tests.data.sets import face, folders, pixels, put, table, votes, zipped


def labels(dataset: Dataset, split: str) -> list[str]:
    return [EMOTIONS[label].value for label in dataset.splits[split].labels]


def test_the_kaggle_layout_with_names_of_any_case_and_other_words(tmp_path: Path) -> None:
    root = folders(tmp_path / "fer", "Train/ANGER/a.png", "train/happiness/b.jpg", "test/Sad/c.png", "VAL/fear/d.png")
    put(root / "train" / "surprised" / "large.png", face(9, size=96))
    seen: list[float] = []
    dataset = load_dataset(root, progress=seen.append)
    assert (dataset.name, list(dataset.splits)) == ("fer", ["train", "validation", "test"])
    assert sorted(labels(dataset, "train")) == ["angry", "happy", "surprise"]
    assert dataset.splits["test"].names == ("test/Sad/c.png",)
    assert dataset.splits["train"].images.shape == (3, 48, 48)
    assert sorted(dataset.splits["train"].sizes_wh) == [(48, 48), (48, 48), (96, 96)]
    assert dataset.problems == ()
    assert seen[-1] == 1.0
    assert seen == sorted(seen)


@pytest.mark.parametrize("above", ["", "archive/", "archive/fer2013/"], ids=["root", "one folder", "two folders"])
def test_class_folders_alone_are_the_training_split(above: str, tmp_path: Path) -> None:
    dataset = load_dataset(folders(tmp_path, f"{above}happy/a.png", f"{above}sad/b.png"))
    assert list(dataset.splits) == ["train"]
    assert labels(dataset, "train") == ["happy", "sad"]


def test_the_strict_reader_and_this_one_agree(tmp_path: Path) -> None:
    folders(tmp_path, "train/happy/a.jpg", "train/sad/b.png", "train/sad/c.png")
    strict, tolerant = read_fer_folder(tmp_path, "train"), load_dataset(tmp_path).splits["train"]
    assert strict.fingerprint == tolerant.fingerprint
    assert np.array_equal(strict.images, tolerant.images)
    assert strict.names == tolerant.names


def test_what_cannot_be_used_in_a_folder_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    root = folders(tmp_path / "fer", "train/happy/a.png", "train/hungry/b.png")
    (root / "train" / "happy" / "notes.txt").write_text("remember to label these")
    (root / "train" / "happy" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    whole = put(root / "train" / "happy" / "cut.jpg", face(3)).read_bytes()
    (root / "train" / "happy" / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (root / "train" / "happy" / ".DS_Store").write_bytes(b"")
    (root / "train" / "README.md").write_text("about")
    dataset = load_dataset(root)
    assert len(dataset) == 1
    assert {Path(problem.name).name for problem in dataset.problems} == {
        "notes.txt", "broken.jpg", "cut.jpg", "hungry", "README.md"
    }  # fmt: skip
    assert {problem.split for problem in dataset.problems} == {"train"}


def test_a_missing_class_is_reported(tmp_path: Path) -> None:
    dataset = load_dataset(folders(tmp_path, *(f"train/{emotion}/a.png" for emotion in EMOTIONS if emotion != "fear")))
    assert dataset.missing_classes("train") == ("fear",)
    assert dataset.missing_classes("test") == EMOTIONS


def test_the_size_is_chosen_and_does_not_change_the_fingerprint(tmp_path: Path) -> None:
    root = folders(tmp_path, "train/happy/a.png", "test/sad/b.png")
    small, large = load_dataset(root), load_dataset(root, size=64)
    assert large.splits["train"].images.shape == (1, 64, 64)
    assert small.fingerprint == large.fingerprint
    shutil.move(root / "test" / "sad", root / "train" / "sad")
    assert load_dataset(root).fingerprint != small.fingerprint
    with pytest.raises(ValueError, match="size"):
        load_dataset(root, size=0)


@pytest.mark.parametrize("columns", [("emotion", "pixels", "Usage"), ("emotion", " pixels", " Usage ")])
def test_the_table_of_the_contest(columns: tuple[str, ...], tmp_path: Path) -> None:
    usages = ["Training"] * 5 + ["PublicTest", "PrivateTest"]
    path = table(tmp_path / "icml_face_data.csv", [[str(i), pixels(i), usages[i]] for i in range(7)], columns)
    dataset = load_dataset(path)
    assert labels(dataset, "train") == ["angry", "disgust", "fear", "happy", "sad"]
    assert (labels(dataset, "test"), labels(dataset, "private")) == (["surprise"], ["neutral"])
    assert np.array_equal(dataset.splits["test"].images[0], face(5))
    assert dataset.splits["private"].names == ("row 7",)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["9", pixels(0), "Training"], "emotion of 0 to 6"),
        (["", pixels(0), "Training"], "emotion of 0 to 6"),
        (["happy", pixels(0), "Training"], "emotion of 0 to 6"),
        (["3", pixels(0)[:-40], "Training"], "square"),
        (["3", "", "Training"], "square"),
        (["3", "1 2 three 4", "Training"], "whole numbers"),
        (["3", "1 2 3 256", "Training"], "whole numbers"),
        (["3", "1 2 3 -1", "Training"], "whole numbers"),
        (["3", pixels(0), "Holidays"], "Usage"),
        (["3"], "Usage"),
        (["3", "1 " * 100_000, "Training"], "cannot be read"),
    ],
    ids=["9", "no emotion", "word", "cut off", "empty", "letters", "256", "negative", "usage", "short row", "huge"],
)
def test_a_bad_row_is_a_problem_and_the_others_are_read(row: list[str], reason: str, tmp_path: Path) -> None:
    good = ["3", pixels(1), "Training"]
    dataset = load_dataset(table(tmp_path / "fer2013.csv", [good, row, ["4", pixels(2), "PublicTest"]]))
    assert [len(faces) for faces in dataset.splits.values()] == [1, 1]
    (problem,) = dataset.problems
    assert problem.name == "row 2"
    assert reason in str(problem.reason)
    assert dataset.splits["test"].names == ("row 3",)


def test_votes_that_lie_beside_the_data_are_found_unless_they_belong_to_other_data(tmp_path: Path) -> None:
    path = table(tmp_path / "fer2013.csv", [["0", pixels(1), "Training"]])
    plus = votes(tmp_path / "fer2013new.csv", [("Training", {"fear": 10})])
    assert load_dataset(path).has_votes
    votes(plus, [("Training", {"fear": 10})] * 2)
    assert not load_dataset(path).has_votes


@pytest.mark.parametrize("case", ["too few", "other usage", "not votes", "bad count", "for a folder", "missing"])
def test_votes_that_do_not_belong_are_refused(case: str, tmp_path: Path) -> None:
    path = table(tmp_path / "fer2013.csv", [["0", pixels(i), "Training"] for i in range(2)])
    plus = votes(tmp_path / "fer2013new.csv", [("Training", {"fear": 10})] * (1 if case == "too few" else 2))
    if case == "other usage":
        votes(plus, [("Training", {"fear": 10}), ("PublicTest", {"fear": 10})])
    elif case == "not votes":
        plus = path
    elif case == "bad count":
        plus.write_text(plus.read_text().replace("10", "ten"))
    elif case == "for a folder":
        path = folders(tmp_path / "folder", "train/happy/a.png")
    elif case == "missing":
        plus.unlink()
    with pytest.raises(DataError):
        load_dataset(path, fer_plus=plus)


@pytest.mark.parametrize("inside", ["train/happy/a.png", "fer/train/happy/a.png", "happy/a.png"])
def test_a_zip_of_folders(inside: str, tmp_path: Path) -> None:
    seen: list[float] = []
    path = zipped(folders(tmp_path / "fer", inside), tmp_path / "faces.zip")
    dataset = load_dataset(path, progress=seen.append)
    assert (dataset.name, labels(dataset, "train")) == ("faces", ["happy"])
    assert seen == sorted(seen) and seen[-1] == 1.0


@pytest.mark.parametrize("place", ["", "fer2013"], ids=["direct", "in a folder"])
def test_a_zip_and_a_folder_of_a_table(place: str, tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    (folder / place).mkdir(parents=True)
    table(folder / place / "fer2013.csv", [["3", pixels(0), "Training"]])
    assert labels(load_dataset(folder), "train") == ["happy"]
    assert labels(load_dataset(zipped(folder, tmp_path / "fer.zip")), "train") == ["happy"]


@pytest.mark.parametrize(
    "case",
    [
        "nothing there", "empty folder", "empty split", "only text", "only broken images", "empty file", "empty table",
        "other table", "all rows bad", "binary table", "picture", "text as zip", "null in the name", "long name",
    ],
)  # fmt: skip
def test_what_is_no_data_set_is_explained(case: str, tmp_path: Path) -> None:
    path = tmp_path / {"picture": "a.png", "text as zip": "a.zip"}.get(case, "fer2013.csv")
    if case in ("empty folder", "empty split", "only text", "only broken images"):
        path = tmp_path / "folder"
        (path / ("train/happy" if case != "empty folder" else "")).mkdir(parents=True)
    if case.startswith("only"):
        (path / "train" / "happy" / ("a.txt" if case == "only text" else "a.jpg")).write_text("no image")
    contents = {
        "empty file": "", "empty table": "emotion,pixels,Usage\n", "other table": "name,age\nAda,36\n",
        "all rows bad": "emotion,pixels,Usage\n9,,\n", "binary table": "\x00\x01\x02" * 90_000,
        "picture": "no picture", "text as zip": "no zip",
    }  # fmt: skip
    if case in contents:
        path.write_text(contents[case])
    path = {"null in the name": Path("a\0b"), "long name": Path("x" * 5000)}.get(case, path)
    with pytest.raises(DataError) as error:
        load_dataset(path)
    assert "\n" not in str(error.value)
    assert str(tmp_path) not in str(error.value)


def test_folders_that_lead_to_themselves_end(tmp_path: Path) -> None:
    (tmp_path / "loop").mkdir()
    (tmp_path / "loop" / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(DataError, match="No data set"):
        load_dataset(tmp_path / "loop")


def test_a_folder_that_vanishes_while_it_is_read(tmp_path: Path) -> None:
    root = folders(tmp_path / "fer", "train/happy/a.png", "train/sad/b.png")
    with pytest.raises(DataError, match="No usable image"):
        load_dataset(root, progress=lambda _: shutil.rmtree(root, ignore_errors=True))


@pytest.mark.parametrize("size", [32, 64])
def test_images_are_resized_as_the_classifier_resizes_a_crop(size: int) -> None:
    gray = face(3)
    crop = np.repeat(gray[..., None], 3, axis=2)
    wanted = prepare_crop(crop, ModelInput(size_wh=(size, size)))[..., 0] * 255
    assert fit_size(gray, size) == pytest.approx(wanted, abs=1e-3)

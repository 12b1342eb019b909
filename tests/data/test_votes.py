"""The votes of FER+ beside the labels of a data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_core.data.dataset import VOTE_COLUMNS, LabeledFaces
from emotion_core.data.fer_plus import find_votes, with_votes
from emotion_core.data.load import load_dataset
from emotion_core.emotions import Emotion
from emotion_core.errors import DataError
from tests.data.sets import FER_COUNTS, folders, pixels, table, votes

HAPPY, SAD = Emotion.HAPPY.column, Emotion.SAD.column


def path_votes(path: Path, rows: dict[str, dict[str, int]]) -> Path:
    """Write a table of votes with the column ``path``."""
    cells = [[name, *(str(counts.get(c, 0)) for c in FER_COUNTS)] for name, counts in rows.items()]
    return table(path, cells, ("path", *FER_COUNTS))


def test_a_folder_gets_its_votes_by_path_and_keeps_its_labels(tmp_path: Path) -> None:
    root = folders(tmp_path / "fer" / "inner", "train/happy/a.png", "train/sad/b.png", "test/sad/c.png")
    rows = {"train/happy/a.png": {"happiness": 3, "sadness": 7}, "test/sad/c.png": {"sadness": 9, "NF": 1}}
    dataset = with_votes(load_dataset(root.parent), path_votes(tmp_path / "votes.csv", rows))
    train, test = dataset.splits["train"], dataset.splits["test"]
    assert train.votes is not None and test.votes is not None
    assert train.labels.tolist() == [HAPPY, SAD]
    assert train.votes[0, [HAPPY, SAD]].tolist() == [3, 7]
    assert not train.votes[1].any(), "an image that the table does not name"
    assert test.votes[0, [SAD, VOTE_COLUMNS.index("no face")]].tolist() == [9, 1]


def test_the_table_of_the_contest_gets_its_votes_by_row(tmp_path: Path) -> None:
    rows = [["0", pixels(1), "Training"], ["9", pixels(2), "Training"], ["3", pixels(3), "PublicTest"]]
    data = table(tmp_path / "fer2013.csv", rows)
    counts = [{"anger": 10}, {"fear": 10}, {"contempt": 6, "sadness": 4}]
    plus = votes(tmp_path / "fer2013new.csv", [(row[2], count) for row, count in zip(rows, counts, strict=True)])
    assert find_votes(data) == plus
    dataset = with_votes(load_dataset(data), plus)
    test = dataset.splits["test"].votes
    assert test is not None
    assert test[0, [SAD, VOTE_COLUMNS.index("contempt")]].tolist() == [4, 6], "the unusable row 2 shifts nothing"


def test_equal_images_of_the_table_have_the_votes_of_all_their_rows(tmp_path: Path) -> None:
    rows = [["0", pixels(1), "Training"], ["3", pixels(2), "Training"], ["5", pixels(1), "PublicTest"]]
    data = table(tmp_path / "fer2013.csv", rows)
    counts = [{"happiness": 10}, {"happiness": 9, "NF": 1}, {"sadness": 8, "happiness": 2}]
    plus = votes(tmp_path / "fer2013new.csv", [(row[2], count) for row, count in zip(rows, counts, strict=True)])
    splits = with_votes(load_dataset(data), plus).splits
    train, test = splits["train"].votes, splits["test"].votes
    assert train is not None and test is not None
    assert train[:, [HAPPY, SAD]].tolist() == [[12, 8], [9, 0]]
    assert test[0].tolist() == train[0].tolist()


def test_votes_go_with_their_images() -> None:
    counts = np.arange(30).reshape(3, 10)
    faces = LabeledFaces(np.zeros((3, 48, 48), np.uint8), np.array([0, 1, 2]), ("a", "b", "c"), votes=counts)
    kept = faces.without({"b"}).votes
    assert kept is not None
    assert kept.tolist() == counts[[0, 2]].tolist()


def test_votes_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"votes of the shape \(1, 10\)"):
        LabeledFaces(np.zeros((1, 48, 48), np.uint8), np.array([0]), ("a",), votes=np.zeros((1, 7), int))


def test_votes_of_another_data_set_are_one_message(tmp_path: Path) -> None:
    root = folders(tmp_path / "fer", "train/happy/a.png")
    with pytest.raises(DataError, match="name no image of this data set"):
        with_votes(load_dataset(root), path_votes(tmp_path / "votes.csv", {"train/sad/z.png": {"sadness": 10}}))


@pytest.mark.parametrize("count", ["", "many", "-1"])
def test_a_row_that_cannot_be_read_is_named(tmp_path: Path, count: str) -> None:
    root = folders(tmp_path / "fer", "train/happy/a.png")
    cells = ["train/happy/a.png", *("0" for _ in FER_COUNTS[1:]), count]
    with pytest.raises(DataError, match="Row 1 of the FER\\+ votes cannot be read"):
        with_votes(load_dataset(root), table(tmp_path / "votes.csv", [cells], ("path", *FER_COUNTS)))


def test_votes_are_found_beside_the_data(tmp_path: Path) -> None:
    root = folders(tmp_path / "fer", "train/happy/a.png")
    assert find_votes(root) is None
    beside = path_votes(tmp_path / "ferplus_votes.csv", {"train/happy/a.png": {"happiness": 10}})
    assert find_votes(root) == beside

"""FER+ votes for FER-2013: what ten people said of each image, beside its label.

``fer2013new.csv``, as FER+ publishes it, has a row for each row of ``fer2013.csv``. A table with the column ``path``,
such as ``ferplus_votes.csv``, has a row for each file of the edition in folders.
Source: Barsoum et al., "Training deep networks for facial expression recognition with crowd-sourced label
distribution", 2016, https://github.com/microsoft/FERPlus
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path, PurePosixPath

import numpy as np

from emotion_core.data.csv_rows import Row, read_rows
from emotion_core.data.dataset import USAGES, VOTE_COLUMNS, Dataset, LabeledFaces
from emotion_core.emotions import Emotion
from emotion_core.errors import DataError

COLUMNS: dict[str, str] = {
    "neutral": Emotion.NEUTRAL,
    "happiness": Emotion.HAPPY,
    "surprise": Emotion.SURPRISE,
    "sadness": Emotion.SAD,
    "anger": Emotion.ANGRY,
    "disgust": Emotion.DISGUST,
    "fear": Emotion.FEAR,
    "contempt": "contempt",
    "unknown": "unknown",
    "nf": "no face",
}
FILE_NAMES = ("ferplus_votes.csv", "fer2013new.csv")
_PATH_PARTS = 3  # split, expression and file: what both names of an image end with
_ROW_NAME = re.compile(r"row (\d+)")


def find_votes(data: Path) -> Path | None:
    """Return the table of votes in the data set's folder or beside it, or None."""
    folders = (data, data.parent) if data.is_dir() else (data.parent,)
    return next((path for folder in folders for name in FILE_NAMES if (path := folder / name).is_file()), None)


def with_votes(dataset: Dataset, path: Path) -> Dataset:
    """Return the data set with the votes of each image beside its label.

    Args:
        path: ``fer2013new.csv`` for a data set read from ``fer2013.csv``, whose equal images get the sum of their
            votes; or a table with the column ``path`` for one in folders. An image that the table does not name has
            no votes.

    Raises:
        DataError: the table cannot be read, belongs to another data set, or names no image of this one.
    """
    rows = list(read_rows(path, tuple(COLUMNS)))
    if rows and "path" not in rows[0].values:
        _check_same_rows(dataset, rows)
    votes = {row.values.get("path") or f"row {row.number}": _counts(row) for row in rows}
    splits = {split: replace(faces, votes=_votes_of(faces, votes)) for split, faces in dataset.splits.items()}
    voted = Dataset(dataset.name, splits, dataset.problems)
    if not voted.has_votes:
        raise DataError(
            "The FER+ votes name no image of this data set. fer2013new.csv belongs to fer2013.csv, and a table with "
            "the column path to a data set in folders."
        )
    return voted if rows[0].values.get("path") else _with_sums(voted)


def _check_same_rows(dataset: Dataset, rows: list[Row]) -> None:
    """Check that a table without paths belongs to the data set: as many rows, and the same split in each.

    Raises:
        DataError: it belongs to another table.
    """
    names = {split: faces.names for split, faces in dataset.splits.items()}
    numbers = {split: [_row_number(name) for name in names[split]] for split in names}
    left_out = [_row_number(problem.name) for problem in dataset.problems]
    count = max(chain(left_out, *numbers.values()), default=0)
    if count and count != len(rows):
        raise DataError(
            "The FER+ votes have {count} rows and the table has {count_2}. They belong to the whole fer2013.csv "
            "or icml_face_data.csv.",
            count=len(rows),
            count_2=count,
        )
    for split, mine in numbers.items():
        for number in filter(None, mine):
            if USAGES.get(rows[number - 1].values.get("usage", "").lower()) != split:
                raise DataError(
                    "Row {number} has another Usage in the FER+ votes than in the table. Use matching files.",
                    number=number,
                )


def _row_number(name: str) -> int:
    """Return the number in the name of a table's row; 0 for a file's name."""
    found = _ROW_NAME.fullmatch(name)
    return int(found[1]) if found else 0


def _votes_of(faces: LabeledFaces, by_name: Mapping[str, np.ndarray]) -> np.ndarray:
    none = np.zeros(len(VOTE_COLUMNS), np.int64)
    names = faces.names or ("",) * len(faces)
    return np.stack([by_name.get("/".join(PurePosixPath(name).parts[-_PATH_PARTS:]), none) for name in names])


def _with_sums(dataset: Dataset) -> Dataset:
    """Give equal images, which people saw several times, the sum of their votes."""
    sums: dict[str, np.ndarray] = {}
    for faces in dataset.splits.values():
        assert faces.votes is not None
        for value, votes in zip(faces.hashes, faces.votes, strict=True):
            sums[value] = sums.get(value, 0) + votes
    splits = {
        split: replace(faces, votes=np.stack([sums[value] for value in faces.hashes]))
        for split, faces in dataset.splits.items()
    }
    return Dataset(dataset.name, splits, dataset.problems)


def _counts(row: Row) -> np.ndarray:
    """Return one row's votes, ``(10,)`` int64 in `VOTE_COLUMNS` order."""
    votes = np.zeros(len(VOTE_COLUMNS), np.int64)
    try:
        for name, column in COLUMNS.items():
            votes[VOTE_COLUMNS.index(column)] = int(row.values[name])
    except (KeyError, ValueError, OverflowError):
        votes[:] = -1
    if votes.min() < 0:
        raise DataError("Row {number} of the FER+ votes cannot be read. Download the table again.", number=row.number)
    return votes

"""FER+ votes for FER-2013: what ten people said of each image.

``fer2013new.csv``, as FER+ publishes it, has a row for each row of ``fer2013.csv``. A table with the column ``path``,
such as ``ferplus_votes.csv``, has a row for each file of the edition in folders.

`read_fer_plus` gives the outcome: the expression with the most votes becomes the label. A row has none of the seven
labels if its votes are tied, or if most of them are for contempt, unknown or no face (NF). `with_votes` keeps the
labels and gives each image its votes.
Source: Barsoum et al., "Training deep networks for facial expression recognition with crowd-sourced label
distribution", 2016, https://github.com/microsoft/FERPlus
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np

from emotion_core.data.csv_rows import read_rows
from emotion_core.data.dataset import VOTE_COLUMNS, Dataset, LabelledFaces
from emotion_core.emotions import Emotion
from emotion_core.errors import DataError

VOTES: dict[str, Emotion | None] = {
    "neutral": Emotion.NEUTRAL,
    "happiness": Emotion.HAPPY,
    "surprise": Emotion.SURPRISE,
    "sadness": Emotion.SAD,
    "anger": Emotion.ANGRY,
    "disgust": Emotion.DISGUST,
    "fear": Emotion.FEAR,
    "contempt": None,
    "unknown": None,
    "nf": None,
}
WORDS = {"nf": "no face"}
FILE_NAMES = ("ferplus_votes.csv", "fer2013new.csv")
_PATH_PARTS = 3  # split, expression and file: what both names of an image end with
_COLUMN_OF = {name: VOTE_COLUMNS.index(emotion or WORDS.get(name, name)) for name, emotion in VOTES.items()}


@dataclass(frozen=True)
class VoteRow:
    """The outcome of the votes on one image: an expression, or the reason why it has none."""

    usage: str
    emotion: Emotion | None
    reason: str = ""


def read_fer_plus(path: Path) -> list[VoteRow]:
    """Read the votes: one entry for each row of ``fer2013.csv``, in its order.

    Raises:
        DataError: it is not ``fer2013new.csv``, or a row of it cannot be read.
    """
    return [_vote(row.number, row.values) for row in read_rows(path, ("usage", *VOTES))]


def check_same_rows(votes: Sequence[VoteRow], vote_splits: Sequence[str], splits: Sequence[str]) -> None:
    """Check that the votes belong to the table, by comparing the split of each row.

    Raises:
        DataError: they belong to another table.
    """
    if len(votes) != len(splits):
        raise DataError(
            f"The FER+ votes have {len(votes)} rows and the table has {len(splits)}. "
            "They belong to the whole fer2013.csv or icml_face_data.csv."
        )
    for number, (mine, theirs) in enumerate(zip(vote_splits, splits, strict=True), 1):
        if theirs and mine != theirs:
            raise DataError(f"Row {number} has another Usage in the FER+ votes than in the table. Use matching files.")


def find_votes(data: Path) -> Path | None:
    """Return the table of votes in the data set's folder or beside it, or None."""
    folders = (data, data.parent) if data.is_dir() else (data.parent,)
    return next((path for folder in folders for name in FILE_NAMES if (path := folder / name).is_file()), None)


def with_votes(dataset: Dataset, path: Path) -> Dataset:
    """Return the data set with the votes of each image beside its label.

    Args:
        path: ``fer2013new.csv`` for a data set read from ``fer2013.csv``, or a table with the column ``path`` for one
            in folders. An image that the table does not name has no votes.

    Raises:
        DataError: the table cannot be read, or names no image of the data set.
    """
    by_name = _votes_by_name(path)
    splits = {split: replace(faces, votes=_votes_of(faces, by_name)) for split, faces in dataset.splits.items()}
    if not any(faces.votes is not None and faces.votes.any() for faces in splits.values()):
        raise DataError(
            "The FER+ votes name no image of this data set. fer2013new.csv belongs to fer2013.csv, and a table with "
            "the column path to a data set in folders."
        )
    return Dataset(dataset.name, splits, dataset.problems)


def _votes_by_name(path: Path) -> dict[str, np.ndarray]:
    """Return the votes by what `LabelledFaces.names` ends with: split/expression/file, or "row" and its number."""
    found = {}
    for row in read_rows(path, tuple(VOTES)):
        votes = np.zeros(len(VOTE_COLUMNS), np.int64)
        for name, count in _counts(row.number, row.values).items():
            votes[_COLUMN_OF[name]] = count
        found[row.values.get("path") or f"row {row.number}"] = votes
    return found


def _votes_of(faces: LabelledFaces, by_name: Mapping[str, np.ndarray]) -> np.ndarray:
    none = np.zeros(len(VOTE_COLUMNS), np.int64)
    names = faces.names or ("",) * len(faces)
    return np.stack([by_name.get("/".join(PurePosixPath(name).parts[-_PATH_PARTS:]), none) for name in names])


def _counts(number: int, values: dict[str, str]) -> dict[str, int]:
    try:
        counts = {name: int(values[name]) for name in VOTES}
    except (KeyError, ValueError):
        counts = {}
    if not counts or min(counts.values()) < 0:
        raise DataError(f"Row {number} of the FER+ votes cannot be read. Download the table again.")
    return counts


def _vote(number: int, values: dict[str, str]) -> VoteRow:
    counts = _counts(number, values)
    most = max(counts.values())
    winners = [name for name, count in counts.items() if count == most]
    usage = values["usage"]
    if len(winners) > 1:
        return VoteRow(usage, None, f"The FER+ taggers are split between {' and '.join(map(_word, winners))}.")
    emotion = VOTES[winners[0]]
    reason = "" if emotion else f"Most FER+ taggers call it {_word(winners[0])}."
    return VoteRow(usage, emotion, reason)


def _word(name: str) -> str:
    return WORDS.get(name, name)

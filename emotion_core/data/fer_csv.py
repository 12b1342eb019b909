"""FER-2013 as the table that the contest published: ``fer2013.csv``, ``icml_face_data.csv``.

Each row is an image: ``emotion`` is 0–6 in `CSV_ORDER`, ``pixels`` are numbers 0–255 separated by spaces, ``Usage``
names the official split. Column names may have spaces around them.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from emotion_core.data.csv_rows import Row, read_rows
from emotion_core.data.dataset import USAGES, Dataset, Problem
from emotion_core.data.folder import Progress, SplitRows
from emotion_core.emotions import DEEPFACE_ORDER
from emotion_core.errors import DataError

CSV_ORDER = DEEPFACE_ORDER  # angry, disgust, fear, happy, sad, surprise, neutral: both tools number them alike
_GRAY = {str(value): value for value in range(256)}  # a lookup takes half the time of int() and checks the range


class _RowError(DataError):
    """Why a row cannot be used."""


def read_fer_csv(path: Path, *, size: int = 48, progress: Progress | None = None) -> Dataset:
    """Read the table; a row that cannot be used becomes a `Problem`.

    Args:
        size: side of the images in the result, pixels.
        progress: called with the share that is done, 0–1.

    Raises:
        DataError: it is not such a table, or no row could be used.
    """
    splits: dict[str, SplitRows] = {}
    problems: list[Problem] = []
    for row in read_rows(path, ("emotion", "pixels"), progress):
        split = "" if row.error else USAGES.get(row.values.get("usage", "training").lower(), "")
        try:
            label, gray = _parse(row, split)
        except _RowError as error:
            problems.append(Problem(f"row {row.number}", split, error.message))
            continue
        splits.setdefault(split, SplitRows(size)).add(f"row {row.number}", label, gray)
    dataset = Dataset(path.stem, {split: rows.faces() for split, rows in splits.items()}, tuple(problems))
    if progress:
        progress(1.0)
    return dataset


def _parse(row: Row, split: str) -> tuple[int, np.ndarray]:
    """Return the label in `Emotion` order and the pixels, ``(h, h)`` uint8."""
    if row.error:
        raise _RowError(row.error)
    if not split:
        expected = "Training, PublicTest or PrivateTest"
        received = row.values.get("usage", "")[:40]
        raise _RowError("Expected the Usage {expected}. Received: {received!r}", expected=expected, received=received)
    return _label(row.values.get("emotion", "")), _pixels(row.values.get("pixels", ""))


def _label(text: str) -> int:
    if text not in set("0123456"):
        raise _RowError("Expected an emotion of 0 to 6. Received: {text!r}", text=text[:40])
    return CSV_ORDER[int(text)].column


def _pixels(text: str) -> np.ndarray:
    try:
        values = np.frombuffer(bytes(map(_GRAY.__getitem__, text.split())), np.uint8)
    except KeyError:
        raise _RowError("Expected pixels as whole numbers of 0 to 255 with spaces between them.") from None
    side = math.isqrt(len(values))
    if not len(values) or side * side != len(values):
        raise _RowError("Expected the pixels of a square image, 2304 in FER-2013. Received: {count}", count=len(values))
    return values.reshape(side, side)

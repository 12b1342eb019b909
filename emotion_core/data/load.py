"""Read labeled faces in every form that people have them in: a folder, a table, or a zip of either."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from emotion_core.data.dataset import Dataset
from emotion_core.data.fer_csv import read_fer_csv
from emotion_core.data.fer_plus import find_votes, with_votes
from emotion_core.data.folder import find_splits, read_folder
from emotion_core.errors import DataError
from emotion_core.files.archive import unpacked

CSV_NAMES = ("fer2013.csv", "icml_face_data.csv")
MAX_SIZE = 512  # pixels
_UNPACKING = 0.3  # share of the progress bar; the rest is reading

Progress = Callable[[float], object]


def load_dataset(
    path: Path, *, size: int = 48, fer_plus: Path | None = None, progress: Progress | None = None
) -> Dataset:
    """Read a data set of labeled faces in any known form.

    Args:
        path: a folder that has train/, test/ and perhaps validation/, or class folders; fer2013.csv or
            icml_face_data.csv; or a zip archive of one of these.
        size: side of the images in the result, pixels, 1–512.
        fer_plus: FER+ votes, see `with_votes`. If left out, a table of votes in the folder or beside the data is used,
            provided that it belongs to the data.
        progress: called with the share that is done, 0–1.

    Raises:
        DataError: there is no such data set, its form is unknown, no image in it could be used, or ``fer_plus`` does
            not belong to it.
        ValueError: ``size`` is out of range.
    """
    if not 1 <= size <= MAX_SIZE:
        raise ValueError(f"Expected a size of 1 to {MAX_SIZE} pixels. Received: {size}")
    dataset = _read(Path(path), size, progress)
    if fer_plus is not None:
        return with_votes(dataset, Path(fer_plus))
    found = find_votes(Path(path))
    with suppress(DataError):  # it may belong to another data set that lies there
        return with_votes(dataset, found) if found else dataset
    return dataset


def _read(path: Path, size: int, progress: Progress | None) -> Dataset:
    if _exists(path, path.is_dir):
        return _read_folder(path, size, progress)
    if not _exists(path, path.is_file):
        raise DataError("There is no such file or folder. Check the name.")
    if path.suffix.lower() == ".csv":
        return read_fer_csv(path, size=size, progress=progress)
    if path.suffix.lower() == ".zip":
        return _read_zip(path, size, progress)
    raise DataError("This file is not a data set. Choose a folder, fer2013.csv, or a zip of either.")


def _exists(path: Path, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (OSError, ValueError) as error:
        # The name is too long or contains a null character.
        raise DataError("This is not the name of a file or folder. Check it.") from error


def find_csv(folder: Path) -> Path | None:
    """Return the table of FER-2013 in ``folder`` or one level below it, or None."""
    found = [path for name in CSV_NAMES for path in (*folder.glob(name), *folder.glob(f"*/{name}"))]
    return next((path for path in found if path.is_file()), None)


def _read_folder(folder: Path, size: int, progress: Progress | None) -> Dataset:
    table = find_csv(folder)
    if table and not _has_class_folders(folder):
        return replace(read_fer_csv(table, size=size, progress=progress), name=folder.name)
    return read_folder(folder, size=size, progress=progress)


def _has_class_folders(folder: Path) -> bool:
    try:
        return bool(find_splits(folder))
    except DataError:
        return False


def _read_zip(path: Path, size: int, progress: Progress | None) -> Dataset:
    def unpacking(share: float) -> None:
        if progress:
            progress(share * _UNPACKING)

    def reading(share: float) -> None:
        if progress:
            progress(_UNPACKING + share * (1 - _UNPACKING))

    with unpacked(path, progress=unpacking) as folder:
        return replace(_read_folder(folder, size, reading), name=path.stem)

"""Labeled faces in class folders: ``train/<emotion>/*``, ``test/<emotion>/*``, or the class folders alone.

Folder names may have any case and the usual synonyms; images may have any size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from emotion_core.data.dataset import Dataset, LabeledFaces, Problem
from emotion_core.emotions import Emotion, parse_emotion
from emotion_core.errors import DataError, LabelError, MediaError
from emotion_core.language import Message
from emotion_core.media.images import IMAGE_SUFFIXES, read_image

SPLIT_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("validation", "val", "valid", "dev"), "validation"),
    **dict.fromkeys(("test", "testing", "publictest"), "test"),
    **dict.fromkeys(("private", "privatetest"), "private"),
}
IGNORED = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
PROGRESS_STEP = 100  # images between two reports
MAX_DEPTH = 4  # how many nested folders, each the only one in its parent, are entered
_UNKNOWN_FOLDER = Message("This folder is not named after an expression. Rename or remove it.")
_UNKNOWN_FILE = Message("This file is not named after an expression. Rename or remove it.")
_NO_IMAGE = Message("This is not an image. Remove it from the class folder.")

Progress = Callable[[float], object]


@dataclass
class SplitRows:
    """Collect the images of one split."""

    size: int
    images: list[np.ndarray] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    sizes_wh: list[tuple[int, int]] = field(default_factory=list)

    def add(self, name: str, label: int, gray: np.ndarray) -> None:
        """Add an image of any size, ``(h, w)`` uint8."""
        self.images.append(fit_size(gray, self.size))
        self.labels.append(label)
        self.hashes.append(pixel_hash(gray))
        self.names.append(name)
        self.sizes_wh.append((gray.shape[1], gray.shape[0]))

    def faces(self) -> LabeledFaces:
        """Return all images that were added."""
        images = np.stack(self.images) if self.images else np.empty((0, self.size, self.size), np.uint8)
        labels = np.array(self.labels, np.int64)
        return LabeledFaces(images, labels, tuple(self.hashes), tuple(self.names), tuple(self.sizes_wh))


def pixel_hash(gray: np.ndarray) -> str:
    """Return the SHA-256 of the pixels of ``gray``, ``(h, w)`` uint8."""
    return hashlib.sha256(gray.tobytes()).hexdigest()


def fit_size(gray: np.ndarray, size: int) -> np.ndarray:
    """Resize ``gray``, ``(h, w)`` uint8, to ``(size, size)``, in the same way as `OnnxClassifier` resizes a crop."""
    if gray.shape == (size, size):
        return gray
    shrinking = gray.shape[0] > size
    return cv2.resize(gray, (size, size), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR)


def read_gray(path: Path) -> np.ndarray:
    """Read an image as ``(h, w)`` uint8, gray.

    Raises:
        MediaError: it is damaged, too large, or not an image.
    """
    return cv2.cvtColor(read_image(path), cv2.COLOR_BGR2GRAY)


def find_splits(root: Path, depth: int = MAX_DEPTH) -> dict[str, list[Path]]:
    """Return the folders of each split in ``root``, or ``{"train": [root]}`` where it has class folders directly.

    If ``root`` holds nothing but one other folder, as unpacked archives often do, that one is searched.

    Raises:
        DataError: there are neither splits nor class folders.
    """
    folders = sorted(entry for entry in _entries(root) if _holds(entry.is_dir))
    splits: dict[str, list[Path]] = {}
    for folder in folders:
        if split := SPLIT_NAMES.get(folder.name.strip().lower()):
            splits.setdefault(split, []).append(folder)
    if splits:
        return splits
    if any(_emotion(folder) for folder in folders):
        return {"train": [root]}
    if len(folders) == 1 and depth:
        return find_splits(folders[0], depth - 1)
    raise DataError(
        "No data set was found in this folder. Expected train/<emotion>/*.jpg and test/<emotion>/*.jpg, "
        "class folders alone, or fer2013.csv."
    )


def read_folder(root: Path, *, size: int = 48, progress: Progress | None = None) -> Dataset:
    """Read every split of ``root``; what cannot be used becomes a `Problem`.

    Args:
        size: side of the images in the result, pixels.
        progress: called with the share that is done, 0–1.

    Raises:
        DataError: the layout is not known, or no image could be read.
    """
    problems: list[Problem] = []
    files = [
        (split, label, path)
        for split, folders in find_splits(root).items()
        for folder in folders
        for label, path in _class_files(folder, split, root, problems)
    ]
    rows: dict[str, SplitRows] = {}
    for number, (split, label, path) in enumerate(files):
        if progress and number % PROGRESS_STEP == 0:
            progress(number / len(files))
        name = path.relative_to(root).as_posix()
        try:
            rows.setdefault(split, SplitRows(size)).add(name, label, read_gray(path))
        except MediaError as error:
            problems.append(Problem(name, split, error.message))
    dataset = Dataset(root.name, {split: found.faces() for split, found in rows.items()}, tuple(problems))
    if progress:
        progress(1.0)
    return dataset


def _class_files(folder: Path, split: str, root: Path, problems: list[Problem]) -> Iterator[tuple[int, Path]]:
    """Yield label and path of every image in the class folders of ``folder``; add all else to ``problems``."""
    for class_folder in _entries(folder):
        emotion = _emotion(class_folder)
        name = class_folder.relative_to(root).as_posix()
        if emotion is None:
            is_folder = _holds(class_folder.is_dir)
            problems.append(Problem(name, split, _UNKNOWN_FOLDER if is_folder else _UNKNOWN_FILE))
            continue
        for path in _entries(class_folder):
            if path.suffix.lower() in IMAGE_SUFFIXES and _holds(path.is_file):
                yield emotion.column, path
            else:
                problems.append(Problem(path.relative_to(root).as_posix(), split, _NO_IMAGE))


def _entries(folder: Path) -> list[Path]:
    """List ``folder``, sorted, without hidden files.

    Raises:
        DataError: it cannot be listed.
    """
    try:
        return sorted(p for p in folder.iterdir() if not p.name.startswith(".") and p.name.lower() not in IGNORED)
    except OSError as error:
        raise DataError(
            "The folder {name!r} cannot be read: {reason}.", name=folder.name, reason=error.strerror
        ) from error


def _emotion(folder: Path) -> Emotion | None:
    """Return the expression that a class folder is named after, or None."""
    if not _holds(folder.is_dir):
        return None
    try:
        return parse_emotion(folder.name)
    except LabelError:
        return None


def _holds(check: Callable[[], bool]) -> bool:
    """Return ``check()``, or False where permissions or the file system prevent the check."""
    try:
        return check()
    except OSError:
        return False

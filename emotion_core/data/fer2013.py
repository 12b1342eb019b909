"""FER-2013 in the folder layout of its Kaggle edition, read strictly, one split at a time.

``train/<emotion>/*`` is the official Training split, ``test/<emotion>/*`` PublicTest. `load_dataset` reads more
layouts, and reports what it cannot read instead of raising.
Source: Goodfellow et al., "Challenges in Representation Learning: A report on three machine learning contests", 2013.
"""

from __future__ import annotations

from pathlib import Path

from emotion_core.data.dataset import LabeledFaces
from emotion_core.data.folder import SplitRows, read_gray
from emotion_core.emotions import parse_emotion
from emotion_core.errors import DataError, LabelError, MediaError
from emotion_core.media.images import IMAGE_SUFFIXES


def read_fer_folder(root: Path, split: str, *, size: int = 48) -> LabeledFaces:
    """Read ``root/split/<emotion>/*`` as gray images of ``size`` × ``size`` pixels.

    Raises:
        DataError: the split is missing or empty, a class folder has an unknown name, or an image is unreadable.
    """
    folder = root / split
    if not folder.is_dir():
        raise DataError(
            "No folder {split!r} in {root}. Expected the Kaggle layout: {split}/<emotion>/*.jpg", split=split, root=root
        )
    rows = SplitRows(size)
    for class_folder in sorted(path for path in folder.iterdir() if path.is_dir()):
        label = _label(class_folder)
        for path in sorted(class_folder.iterdir()):
            if path.suffix.lower() in IMAGE_SUFFIXES:
                _add(rows, path, label, root)
    if not rows.images:
        raise DataError("No images in {folder}. Expected {split}/<emotion>/*.jpg", folder=folder, split=split)
    return rows.faces()


def _label(class_folder: Path) -> int:
    try:
        return parse_emotion(class_folder.name).column
    except LabelError as error:
        raise DataError(
            "Class folder {name!r} is not an expression: {error}", name=class_folder.name, error=error
        ) from error


def _add(rows: SplitRows, path: Path, label: int, root: Path) -> None:
    try:
        rows.add(path.relative_to(root).as_posix(), label, read_gray(path))
    except MediaError as error:
        raise DataError("Cannot read the image {path}: {error}", path=path, error=error) from error

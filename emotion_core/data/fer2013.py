"""FER-2013 in the folder layout of its Kaggle edition.

``train/<emotion>/*`` is the official Training split, ``test/<emotion>/*`` PublicTest.
Source: Goodfellow et al., "Challenges in Representation Learning: A report on three machine learning contests", 2013.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from emotion_core.emotions import parse_emotion
from emotion_core.errors import DataError, LabelError

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})


@dataclass(frozen=True)
class LabelledFaces:
    """One split of a data set.

    images: ``(n, size, size)`` uint8, gray.
    labels: ``(n,)`` int64, columns of `Emotion` order.
    hashes: ``(n,)`` SHA-256 of each image's decoded pixels, to find exact copies.
    """

    images: np.ndarray
    labels: np.ndarray
    hashes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def without(self, hashes: frozenset[str]) -> LabelledFaces:
        """The images whose pixels are not among ``hashes``."""
        keep = np.array([value not in hashes for value in self.hashes], dtype=bool)
        return LabelledFaces(
            self.images[keep], self.labels[keep], tuple(h for h, kept in zip(self.hashes, keep, strict=True) if kept)
        )

    def deduplicated(self) -> LabelledFaces:
        """One copy of equal images; none where equal images stand under different labels."""
        labels_of: dict[str, set[int]] = {}
        for value, label in zip(self.hashes, self.labels, strict=True):
            labels_of.setdefault(value, set()).add(int(label))
        first = {value: i for i, value in reversed(list(enumerate(self.hashes)))}
        rows = sorted(i for value, i in first.items() if len(labels_of[value]) == 1)
        return LabelledFaces(self.images[rows], self.labels[rows], tuple(self.hashes[i] for i in rows))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all pixels and labels, independent of file names and their order."""
        lines = sorted(f"{h} {label}" for h, label in zip(self.hashes, self.labels, strict=True))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read_fer_folder(root: Path, split: str, *, size: int = 48) -> LabelledFaces:
    """Read ``root/split/<emotion>/*`` as gray images of ``size`` × ``size`` pixels.

    Raises:
        DataError: the split is missing, a class folder has an unknown name, no image is there, or one is unreadable.
    """
    folder = root / split
    if not folder.is_dir():
        raise DataError(f"No folder {split!r} in {root}. Expected the Kaggle layout: {split}/<emotion>/*.jpg")
    images: list[np.ndarray] = []
    labels: list[int] = []
    for class_folder in sorted(path for path in folder.iterdir() if path.is_dir()):
        try:
            label = parse_emotion(class_folder.name).column
        except LabelError as error:
            raise DataError(f"Class folder {class_folder.name!r} is not an expression: {error}") from error
        for path in sorted(class_folder.iterdir()):
            if path.suffix.lower() in IMAGE_SUFFIXES:
                images.append(_read_gray(path, size))
                labels.append(label)
    if not images:
        raise DataError(f"No images in {folder}. Expected {split}/<emotion>/*.jpg")
    hashes = tuple(hashlib.sha256(image.tobytes()).hexdigest() for image in images)
    return LabelledFaces(np.stack(images), np.array(labels), hashes)


def _read_gray(path: Path, size: int) -> np.ndarray:
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise DataError(f"Cannot read the image {path}")
    if image.shape != (size, size):
        image = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
    return image

"""The faces of FER-2013 with the votes of FER+, and the teacher's readings of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emotion_core.data.dataset import Dataset, LabeledFaces
from emotion_core.data.load import load_dataset
from emotion_core.data.near import MAX_BITS, perceptual_hashes
from emotion_core.errors import DataError
from emotion_core.measure.votes import score_votes
from emotion_core.train.votes import learnable

_CHUNK = 500  # images whose hashes are compared with all others at once


def load(data: Path, votes: Path | None) -> tuple[Dataset, LabeledFaces, LabeledFaces]:
    """Return FER-2013, the images to train on, and those of PublicTest that have votes.

    The images to train on have no copies, and none of them occurs in PublicTest.

    Args:
        data: as in `load_dataset`: the folders, ``fer2013.csv``, or a zip of either.
        votes: the table of votes; None for one beside the data.

    Raises:
        DataError: one of the two cannot be read, or they do not belong together.
    """
    dataset = load_dataset(data, fer_plus=votes)
    if not dataset.has_votes or not {"train", "test"} <= set(dataset.splits):
        raise DataError("Expected FER-2013 with its splits train and test, and the votes of FER+ beside it.")
    train, test = dataset.splits["train"], dataset.splits["test"]
    assert test.votes is not None
    train = learnable(train.without(test.hashes).deduplicated(whatever_label=True))
    return dataset, train, test.select(test.votes.any(axis=1))


@dataclass(frozen=True)
class Readings:
    """What the teacher reads in images that it has not seen, found by how an image looks.

    The folders of FER-2013 hold JPEG files, so their pixels differ a little from those of ``fer2013.csv``. Therefore an
    image has the reading of the one with the nearest perceptual hash. Of 1,500 images that were compressed again
    (quality 60 to 95), all had one within `MAX_BITS`, and 99.6 % their own; the others were near copies.

    keys: ``(m,)`` uint64, perceptual hashes.
    values: ``(m, 7)`` float32 probabilities.
    """

    keys: np.ndarray
    values: np.ndarray

    @classmethod
    def of(cls, images: np.ndarray, values: np.ndarray) -> Readings:
        """Return the readings of ``(m, h, w)`` uint8 images."""
        return cls(keys_of(images), values.astype(np.float32))

    @classmethod
    def from_file(cls, path: Path) -> Readings:
        """Read what `save` wrote."""
        with np.load(path) as kept:
            return cls(kept["keys"], kept["values"].astype(np.float32))

    def save(self, path: Path) -> None:
        """Write them with half precision."""
        np.savez_compressed(path, keys=self.keys, values=self.values.astype(np.float16))

    def find(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the readings of ``(n, h, w)`` uint8 images, ``(n, 7)`` float32, and which were found, ``(n,)`` bool.

        An image that was not found has zeros.
        """
        wanted = keys_of(images)
        nearest, bits = np.empty(len(wanted), np.int64), np.empty(len(wanted), np.int64)
        for start in range(0, len(wanted), _CHUNK):
            part = slice(start, start + _CHUNK)
            distances = np.bitwise_count(wanted[part, None] ^ self.keys[None])
            nearest[part], bits[part] = distances.argmin(axis=1), distances.min(axis=1)
        found = bits <= MAX_BITS
        return self.values[nearest] * found[:, None], found


def keys_of(images: np.ndarray) -> np.ndarray:
    """Return the perceptual hash of each of ``(n, h, w)`` uint8 images, ``(n,)`` uint64."""
    return np.packbits(perceptual_hashes(images), axis=1).view(np.uint64)[:, 0]


def line(name: str, probabilities: np.ndarray, data: LabeledFaces) -> str:
    """Return how well ``(n, 7)`` probabilities agree with the votes, in one line."""
    assert data.votes is not None
    found = score_votes(name, probabilities, data.votes)
    recalls = " ".join(
        f"{emotion[:3]} {row['recall']:.3f}" for emotion, row in (found.majority.per_class or {}).items()
    )
    return (
        f"{name:28s} majority {found.majority.accuracy:.4f} {recalls} cross-entropy {found.cross_entropy:.4f} "
        f"distance {found.distance:.4f} share error {found.share_error:.4f}"
    )

"""The faces of FER-2013 with the votes of FER+, read from the archive and the table of votes."""

from __future__ import annotations

import csv
import hashlib
import tarfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from emotion_core.measure.votes import score_votes

COLUMNS = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")  # in `Emotion` order
ALL_COLUMNS = (*COLUMNS, "contempt", "unknown", "NF")
LEAST_SHARE = 0.4  # share of an image's votes that must be for the seven expressions, or it is not trained on


@dataclass(frozen=True)
class Voted:
    """Images with votes.

    names: ``(n,)`` paths in the archive.
    images: ``(n, 48, 48)`` uint8.
    votes: ``(n, 10)`` int64, columns of `ALL_COLUMNS`.
    hashes: ``(n,)`` SHA-256 of the pixels.
    """

    names: np.ndarray
    images: np.ndarray
    votes: np.ndarray
    hashes: np.ndarray

    def take(self, rows: np.ndarray) -> Voted:
        """Return the images of ``rows``, which are indices or a boolean mask."""
        return Voted(self.names[rows], self.images[rows], self.votes[rows], self.hashes[rows])

    @property
    def share_of_seven(self) -> np.ndarray:
        """The share of each image's votes that is for the seven expressions, ``(n,)``."""
        return self.votes[:, :7].sum(1) / self.votes.sum(1)


def load(archive: Path, table: Path) -> tuple[Voted, Voted]:
    """Return Training and PublicTest, images with votes only.

    Training has no copies and no image that also occurs in PublicTest.
    """
    with table.open(newline="") as file:
        votes = {row["path"]: [int(row[c]) for c in ALL_COLUMNS] for row in csv.DictReader(file)}
    names, images = [], []
    with tarfile.open(archive) as tar:
        for member in tar:
            name = member.name.removeprefix("./")
            if name in votes:
                data = np.frombuffer(tar.extractfile(member).read(), np.uint8)
                images.append(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))
                names.append(name)
    hashes = np.array([hashlib.sha256(image.tobytes()).hexdigest() for image in images])
    order = np.argsort(names)
    everything = Voted(
        np.array(names)[order], np.stack(images)[order], np.array([votes[names[i]] for i in order]), hashes[order]
    )
    test_rows = np.char.startswith(everything.names, "test/")
    test = everything.take(test_rows & (everything.votes.sum(1) > 0))
    train = everything.take(~test_rows & ~np.isin(everything.hashes, everything.hashes[test_rows]))
    train = train.take(np.sort(np.unique(train.hashes, return_index=True)[1]))
    return train.take(train.share_of_seven >= LEAST_SHARE), test


def key_of(pixel_hash: str) -> int:
    """Return the first 64 bits of an image's SHA-256, by which it is found under any file name."""
    return int(pixel_hash[:16], 16)


def line(name: str, probabilities: np.ndarray, data: Voted) -> str:
    """Return how well ``(n, 7)`` probabilities agree with the votes, in one line."""
    found = score_votes(name, probabilities, data.votes)
    recalls = " ".join(
        f"{emotion[:3]} {row['recall']:.3f}" for emotion, row in (found.majority.per_class or {}).items()
    )
    return (
        f"{name:28s} majority {found.majority.accuracy:.4f} {recalls} cross-entropy {found.cross_entropy:.4f} "
        f"distance {found.distance:.4f} share error {found.share_error:.4f}"
    )

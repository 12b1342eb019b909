"""A data set of labeled faces: its splits, and what could not be used."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np

from emotion_core.emotions import EMOTIONS, Emotion
from emotion_core.errors import DataError
from emotion_core.language import Message, mark

SPLITS = ("train", "validation", "test", "private")
USAGES = {"training": "train", "publictest": "test", "privatetest": "private"}  # FER-2013's own names, in lower case
VOTE_COLUMNS = (*EMOTIONS, mark("contempt"), mark("unknown"), mark("no face"))


@dataclass(frozen=True)
class LabeledFaces:
    """One split of a data set.

    images: ``(n, size, size)`` uint8, gray.
    labels: ``(n,)`` int64, columns of `Emotion` order.
    hashes: ``(n,)`` SHA-256 of each image's decoded gray pixels before any resizing, to find exact copies.
    names: ``(n,)`` path relative to the data set's root, or the row of its CSV; empty where unknown.
    sizes_wh: ``(n,)`` width and height before resizing, pixels; empty where unknown.
    votes: ``(n, 10)`` int64, how many people voted for each of `VOTE_COLUMNS`, all 0 for an image without votes; None
        where the data set has none.

    Raises:
        ValueError: the fields differ in length, or ``votes`` has another shape.

    >>> images = np.zeros((3, 48, 48), np.uint8)
    >>> faces = LabeledFaces(images, labels=np.array([3, 3, 5]), hashes=("a", "a", "b"))
    >>> len(faces), len(faces.deduplicated()), len(faces.without({"a"}))
    (3, 2, 1)
    """

    images: np.ndarray
    labels: np.ndarray
    hashes: tuple[str, ...]
    names: tuple[str, ...] = ()
    sizes_wh: tuple[tuple[int, int], ...] = ()
    votes: np.ndarray | None = None

    def __post_init__(self) -> None:
        required = {len(self.images), len(self.labels), len(self.hashes)}
        optional = {len(values) for values in (self.names, self.sizes_wh) if values}
        if len(required | optional) != 1:
            raise ValueError(f"Expected as many images as labels, hashes and names. Received: {required | optional}")
        expected = (len(self.images), len(VOTE_COLUMNS))
        if self.votes is not None and self.votes.shape != expected:
            raise ValueError(f"Expected votes of the shape {expected}. Received: {self.votes.shape}")

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def all_votes(self) -> np.ndarray:
        """``votes``, or zeros ``(n, 10)`` where there are none."""
        return np.zeros((len(self), len(VOTE_COLUMNS)), np.int64) if self.votes is None else self.votes

    def select(self, rows: np.ndarray | Sequence[int]) -> LabeledFaces:
        """Return the images of ``rows``: ``(n,)`` bool, or indices in the order wanted."""
        rows = np.asarray(rows)
        picked = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
        return LabeledFaces(
            self.images[picked],
            self.labels[picked],
            tuple(self.hashes[i] for i in picked),
            tuple(self.names[i] for i in picked) if self.names else (),
            tuple(self.sizes_wh[i] for i in picked) if self.sizes_wh else (),
            None if self.votes is None else self.votes[picked],
        )

    def without(self, hashes: Iterable[str]) -> LabeledFaces:
        """Return the images whose hash is not among ``hashes``."""
        unwanted = frozenset(hashes)
        return self.select(np.array([value not in unwanted for value in self.hashes], dtype=bool))

    def deduplicated(self, *, whatever_label: bool = False) -> LabeledFaces:
        """Return one of each group of equal images, and none where they have different labels.

        Args:
            whatever_label: return one of these, too. Equal images have the same votes.
        """
        labels_of: dict[str, set[int]] = {}
        for value, label in zip(self.hashes, self.labels, strict=True):
            labels_of.setdefault(value, set()).add(int(label))
        first = {value: i for i, value in reversed(list(enumerate(self.hashes)))}
        kept = sorted(i for value, i in first.items() if whatever_label or len(labels_of[value]) == 1)
        return self.select(np.array(kept, np.int64))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all pixels and labels, independent of file names and their order."""
        lines = sorted(f"{h} {label}" for h, label in zip(self.hashes, self.labels, strict=True))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@dataclass(frozen=True)
class Problem:
    """A file, folder or CSV row that was left out.

    name: as in `LabeledFaces.names`.
    split: which split it belongs to; empty where that is unknown.
    reason: why it was left out, for the person who owns the data.
    """

    name: str
    split: str
    reason: Message


@dataclass(frozen=True)
class Dataset:
    """All splits of a data set, and what could not be read.

    splits: by name, in the order of `SPLITS`; none is empty.

    Raises:
        DataError: there is no image.
        ValueError: a split is not named as one of `SPLITS`.

    >>> happy = LabeledFaces(np.zeros((2, 48, 48), np.uint8), labels=np.array([3, 3]), hashes=("a", "b"))
    >>> dataset = Dataset("mine", {"test": happy, "train": happy, "private": happy.select([])})
    >>> list(dataset.splits), len(dataset)
    (['train', 'test'], 4)
    >>> [str(emotion) for emotion in dataset.missing_classes("train")][:2]
    ['angry', 'disgust']
    """

    name: str
    splits: Mapping[str, LabeledFaces]
    problems: tuple[Problem, ...] = ()

    def __post_init__(self) -> None:
        if not set(self.splits) <= set(SPLITS):
            raise ValueError(f"Expected splits among {SPLITS}. Received: {tuple(self.splits)}")
        kept = {split: self.splits[split] for split in SPLITS if len(self.splits.get(split, ()))}
        if not kept:
            raise DataError("No usable image was found. {first_reason}", first_reason=_first_reason(self.problems))
        object.__setattr__(self, "splits", kept)

    def __len__(self) -> int:
        return sum(len(faces) for faces in self.splits.values())

    @property
    def voted_splits(self) -> tuple[str, ...]:
        """The splits in which at least one image has votes beside its label."""
        return tuple(split for split, faces in self.splits.items() if faces.all_votes.any())

    @property
    def has_votes(self) -> bool:
        """Whether an image has votes beside its label."""
        return bool(self.voted_splits)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the pixels, labels and splits, independent of file names and their order."""
        lines = [f"{split} {faces.fingerprint}" for split, faces in self.splits.items()]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def missing_classes(self, split: str) -> tuple[Emotion, ...]:
        """Return the expressions of which ``split`` has no image; all of them where there is no such split."""
        present = set(self.splits[split].labels.tolist()) if split in self.splits else set()
        return tuple(compress(EMOTIONS, (emotion.column not in present for emotion in EMOTIONS)))


def _first_reason(problems: tuple[Problem, ...]) -> Message:
    if not problems:
        return Message("Expected train/<emotion>/*.jpg and test/<emotion>/*.jpg, fer2013.csv, or a zip of either.")
    return Message(
        "{count} entries could not be used; the first, {name}: {reason}",
        count=len(problems),
        name=problems[0].name,
        reason=problems[0].reason,
    )

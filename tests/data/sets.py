"""Small data sets for tests: class folders, tables, archives and votes."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import cv2
import numpy as np

from emotion_core.data.dataset import VOTE_COLUMNS

FER_COUNTS = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF"]


def face(seed: int, size: int = 48) -> np.ndarray:
    """Smooth noise, ``(size, size)`` uint8, different for every seed."""
    noise = np.random.default_rng(seed).uniform(0, 255, (8, 8)).astype(np.float32)
    return np.clip(cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8)


def put(path: Path, gray: np.ndarray) -> Path:
    """Write an image, its folder as well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), gray)
    return path


def folders(root: Path, *places: str, first_seed: int = 0) -> Path:
    """Put a different face at each of ``places`` in ``root``, ``train/happy/a.png`` for example."""
    for number, place in enumerate(places):
        put(root / place, face(first_seed + number))
    return root


def pixels(seed: int) -> str:
    """A face as text, as in the contest's table."""
    return " ".join(map(str, face(seed).ravel()))


def table(path: Path, rows: list[list[str]], columns: tuple[str, ...] = ("emotion", "pixels", "Usage")) -> Path:
    """Write a table."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def votes(path: Path, rows: list[tuple[str, dict[str, int]]]) -> Path:
    """Write FER+ votes: the usage and the counts that are not 0 of each row."""
    cells = [[usage, "name.png", *(str(counts.get(name, 0)) for name in FER_COUNTS)] for usage, counts in rows]
    return table(path, cells, ("Usage", "Image name", *FER_COUNTS))


def zipped(folder: Path, target: Path) -> Path:
    """Pack all files below ``folder`` into an archive."""
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return target


def votes_of(*rows: dict[int, int]) -> np.ndarray:
    """Return votes, ``(n, 10)``: for each image, how many by column of `VOTE_COLUMNS`."""
    votes = np.zeros((len(rows), len(VOTE_COLUMNS)), np.int64)
    for row, counts in zip(votes, rows, strict=True):
        for column, count in counts.items():
            row[column] = count
    return votes

"""Pictures without a face, and where the cascades wrongly see one in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from emotion_core.detect.proposals import SIDEWAYS, TILTED, UPRIGHT, Proposer, along_border
from emotion_core.media.images import IMAGE_SUFFIXES
from scripts.verifier.scenes import CANVAS, Windows, anywhere, proposed

LONGER = 480  # pixels to which larger pictures are shrunk
SMALLEST = 24  # pixels of the smallest proposal
MOST = 250  # proposals of one search of one picture
PEOPLE = Path(__file__).with_name("people.txt")


@dataclass(frozen=True)
class Picture:
    """gray: ``(h, w)`` uint8; squares: ``(n, 4)``, proposals and other squares, none of them around a face."""

    name: str
    gray: np.ndarray
    squares: np.ndarray


def read_pictures(folders: list[Path]) -> list[tuple[str, np.ndarray]]:
    """Return the names and gray pixels of all pictures in folders, without those in which `PEOPLE` appear."""
    people = set(PEOPLE.read_text().split()) if PEOPLE.exists() else set()
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix.lower() in IMAGE_SUFFIXES]
    pictures = []
    for path in paths:
        gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.name not in people else None
        if gray is not None and min(gray.shape) >= SMALLEST:
            scale = min(1.0, LONGER / max(gray.shape))
            pictures.append((path.name, cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)))
    return pictures


def with_proposals(name: str, gray: np.ndarray) -> Picture:
    """Search a picture as the detector does, and add squares anywhere in it."""
    proposer, random = Proposer(), np.random.default_rng(len(name))
    parts = [proposer.propose(gray, search, 1.2, SMALLEST) for search in (*UPRIGHT, *SIDEWAYS, *TILTED)]
    some = [part[random.permutation(len(part))[:MOST]] for part in parts]
    border = along_border(gray.shape[::-1], 1.5 * SMALLEST)
    border = border[random.permutation(len(border))[:50]]
    return Picture(name, gray, np.concatenate([*some, border, anywhere(gray, 60, random)]))


def backgrounds(pictures: list[Picture], count: int, seed: int) -> np.ndarray:
    """Return parts of pictures, ``(count, 176, 176)`` uint8, enlarged where they are smaller."""
    random = np.random.default_rng(seed)
    parts = []
    for _ in range(count):
        gray = pictures[random.integers(len(pictures))].gray
        scale = max(CANVAS / min(gray.shape), random.uniform(0.5, 1.2))
        scaled = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        scaled = cv2.copyMakeBorder(scaled, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
        y, x = (int(random.integers(0, side - CANVAS + 1)) for side in scaled.shape)
        parts.append(scaled[y : y + CANVAS, x : x + CANVAS])
    return np.stack(parts)


def some_proposals(pictures: list[Picture], rows: list[np.ndarray], backgrounds: np.ndarray, seed: int) -> Windows:
    """Return the windows around the squares of ``rows``, one array of numbers for each picture."""
    random = np.random.default_rng(seed)
    return Windows.joined(
        [
            proposed(picture.gray, picture.squares[row], backgrounds, random)
            for picture, row in zip(pictures, rows, strict=True)
        ]
    )

"""Pictures for measuring face detectors: archive faces placed in pictures, pictures without a face, and photographs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from skimage import data

SIZE_WH = (640, 480)
SIDES = (96, 200)  # pixels of a placed face
FACELESS = (
    "brick", "cell", "cat", "clock", "coffee", "coins", "colorwheel", "grass", "gravel", "horse", "hubble_deep_field",
    "immunohistochemistry", "microaneurysms", "moon", "page", "retina", "rocket", "shepp_logan_phantom", "text",
)  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """picture_bgr: ``(h, w, 3)`` uint8. boxes_xyxy: ``(n, 4)``, where faces are, pixels."""

    name: str
    picture_bgr: np.ndarray
    boxes_xyxy: np.ndarray


def samples() -> list[np.ndarray]:
    """Return the samples of scikit-image that show no face, ``(480, 640, 3)`` uint8."""
    pictures = []
    for name in FACELESS:
        picture = np.asarray(getattr(data, name)())
        picture = picture if picture.dtype == np.uint8 else (picture * 255).astype(np.uint8)
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR) if picture.ndim == 2 else picture[..., 2::-1]
        pictures.append(cv2.resize(picture, SIZE_WH, interpolation=cv2.INTER_AREA))
    return pictures


def placed(faces: np.ndarray, tilt: float, seed: int = 16) -> Iterator[Scene]:
    """Place each face ``(48, 48)`` uint8 in a picture of its own, tilted by up to ``tilt`` degrees."""
    random, behind = np.random.default_rng(seed), samples()
    width, height = SIZE_WH
    for number, face in enumerate(faces):
        side, angle = random.uniform(*SIDES), random.uniform(-tilt, tilt)
        margin = 0.72 * side  # so that a tilted face stays inside
        x, y = random.uniform(margin, width - margin), random.uniform(margin, height - margin)
        there = cv2.getRotationMatrix2D((23.5, 23.5), angle, side / 48)
        there[:, 2] += np.array([x - 24, y - 24])
        shown = cv2.warpAffine(face, there, SIZE_WH, flags=cv2.INTER_CUBIC)
        mask = cv2.warpAffine(np.full((48, 48), 1.0, np.float32), there, SIZE_WH)[..., None]
        picture = (behind[number % len(behind)] * (1 - mask) + shown[..., None] * mask).astype(np.uint8)
        yield Scene(f"{number}", picture, np.array([[x - side / 2, y - side / 2, x + side / 2, y + side / 2]]))


def faceless(faces: np.ndarray) -> Iterator[Scene]:
    """Samples of scikit-image as they are, mirrored and in parts; textures; and scrambled samples and faces.

    Args:
        faces: ``(n, 48, 48)`` uint8, at least 40, of which scrambled pictures are made.
    """
    random, none = np.random.default_rng(16), np.empty((0, 4))
    for number, picture in enumerate(samples()):
        variants = [picture, picture[:, ::-1], picture[::-1], _part(picture, random), _part(picture, random)]
        variants += [_scrambled(picture, parts, random) for parts in (4, 8)]
        for variant, pixels in enumerate(variants):
            yield Scene(f"sample {number}.{variant}", np.ascontiguousarray(pixels), none)
    for number in range(40):
        yield Scene(f"texture {number}", _texture(number, random), none)
    for number, face in enumerate(faces[:40]):
        side = int(random.uniform(*SIDES))
        picture = cv2.cvtColor(_texture(number, random), cv2.COLOR_BGR2GRAY)
        pixels = _scrambled(cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC), 3 + number % 3, random)
        picture[100 : 100 + pixels.shape[0], 200 : 200 + pixels.shape[1]] = pixels
        yield Scene(f"scrambled face {number}", cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), none)


def photographs(folder: Path) -> Iterator[Scene]:
    """The photographs of a folder, with the boxes that its ``boxes.json`` states."""
    boxes = json.loads((folder / "boxes.json").read_text())
    for name, own in boxes.items():
        picture = cv2.imread(str(folder / name))
        if picture is None:
            raise SystemExit(f"{folder / name} cannot be read.")
        yield Scene(name, picture, np.array(own, float))


def _part(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    x, y = random.integers(0, SIZE_WH[0] // 2), random.integers(0, SIZE_WH[1] // 2)
    return cv2.resize(picture[y : y + SIZE_WH[1] // 2, x : x + SIZE_WH[0] // 2], SIZE_WH)


def _scrambled(picture: np.ndarray, parts: int, random: np.random.Generator) -> np.ndarray:
    height, width = picture.shape[0] // parts, picture.shape[1] // parts
    blocks = [
        picture[row * height : (row + 1) * height, column * width : (column + 1) * width]
        for row in range(parts)
        for column in range(parts)
    ]
    order = random.permutation(len(blocks))
    return np.vstack([np.hstack([blocks[k] for k in order[row * parts : (row + 1) * parts]]) for row in range(parts)])


def _texture(number: int, random: np.random.Generator) -> np.ndarray:
    """Noise of several coarsenesses added up, or stripes with noise."""
    width, height = SIZE_WH
    total = np.zeros((height, width, 3), np.float32)
    for octave in range(1 + number % 7):
        cells = 2 ** (octave + 2)
        total += cv2.resize(random.normal(0, 1, (cells, cells, 3)).astype(np.float32), SIZE_WH) * 0.7**octave
    if number % 3 == 0:
        y, x = np.mgrid[:height, :width].astype(np.float32)
        total += np.sin(x / random.uniform(4, 40) + y / random.uniform(4, 400))[..., None]
    return np.asarray(cv2.normalize(total, None, 0, 255, cv2.NORM_MINMAX), np.uint8)

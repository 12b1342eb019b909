"""A small set of drawn faces, to try auditing and training before any real data is at hand.

The seven expressions differ in mouth, brows and eyes as in textbook drawings (Ekman & Friesen, "Unmasking the Face",
1975). Position, size, tilt, skin, light and noise vary. A model that was trained on it cannot read real faces.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from emotion_core.emotions import EMOTIONS, Emotion
from emotion_core.errors import DataError
from emotion_core.files.atomic import new_folder, recover_folders

SIZE = 48  # pixels
_DRAWN = 192  # side of the drawing before it is shrunk, pixels
_TEST_SHARE = 0.25


@dataclass(frozen=True)
class Expression:
    """The features of a drawn face. Lengths are fractions of half the face's width; positive is up or outwards."""

    mouth_curve: float  # positive: corners up
    mouth_open: float
    mouth_width: float
    brow_height: float
    brow_slope: float  # positive: inner ends up
    eye_open: float
    nose_wrinkle: float = 0.0


EXPRESSIONS: dict[Emotion, Expression] = {
    Emotion.ANGRY: Expression(-0.12, 0.04, 0.40, -0.10, -0.34, 0.13),
    Emotion.DISGUST: Expression(-0.22, 0.02, 0.34, -0.08, -0.10, 0.06, 1.0),
    Emotion.FEAR: Expression(-0.10, 0.16, 0.50, 0.14, 0.26, 0.25),
    Emotion.HAPPY: Expression(0.30, 0.10, 0.56, 0.04, 0.0, 0.10),
    Emotion.NEUTRAL: Expression(0.0, 0.0, 0.40, 0.0, 0.0, 0.15),
    Emotion.SAD: Expression(-0.26, 0.0, 0.36, 0.02, 0.30, 0.10),
    Emotion.SURPRISE: Expression(0.0, 0.34, 0.24, 0.24, 0.0, 0.26),
}


def make_demo_set(
    folder: Path, *, per_class: int = 60, seed: int = 0, progress: Callable[[float], object] | None = None
) -> None:
    """Draw ``per_class`` faces of each expression into ``folder/train`` and a quarter as many into ``folder/test``.

    The layout is that of the Kaggle edition of FER-2013: ``train/<emotion>/*.png``, 48×48 pixels, gray. The same seed
    draws the same faces.

    Args:
        progress: called with the share that is done, 0–1.

    Raises:
        DataError: ``folder`` exists and is not empty, or cannot be written.
        ValueError: ``per_class`` is less than 1.
    """
    if per_class < 1:
        raise ValueError(f"Expected at least 1 face per class. Received: {per_class}")
    folder = Path(folder)
    recover_folders(folder)  # what a killed process left in it would count as its contents
    try:
        if folder.exists() and any(folder.iterdir()):
            raise DataError("The folder for the demo set is not empty. Choose another one, or empty it first.")
        if folder.exists():
            # An empty folder is filled, not replaced: it may be a mount or somebody's working directory.
            with new_folder(folder / "test") as test, new_folder(folder / "train") as train:
                _draw_all({"train": train, "test": test}, per_class, seed, progress)
        else:
            with new_folder(folder) as draft:
                _draw_all({"train": draft / "train", "test": draft / "test"}, per_class, seed, progress)
    except OSError as error:
        raise DataError("The demo set cannot be written: {reason}.", reason=error.strerror or error) from error


def draw_face(emotion: Emotion, rng: np.random.Generator) -> np.ndarray:
    """Draw one face, ``(48, 48)`` uint8, gray."""
    canvas = np.full((_DRAWN, _DRAWN), rng.uniform(20, 235), np.float32)
    skin = float(rng.uniform(120, 215))
    ink = skin * float(rng.uniform(0.1, 0.4))
    _draw_head(canvas, skin, ink, rng)
    _draw_features(canvas, _jittered(EXPRESSIONS[emotion], rng), skin, ink, rng)
    placed = _place(canvas, rng)
    small = cv2.resize(placed, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    shade = np.linspace(-1, 1, SIZE, dtype=np.float32) * float(rng.uniform(-25, 25))
    noisy = small + shade[None, :] + rng.normal(0, rng.uniform(1, 7), small.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def _draw_all(splits: dict[str, Path], per_class: int, seed: int, progress: Callable[[float], object] | None) -> None:
    rng = np.random.default_rng(seed)
    counts = {"train": per_class, "test": max(1, round(per_class * _TEST_SHARE))}
    for number, (split, emotion) in enumerate((split, emotion) for split in counts for emotion in EMOTIONS):
        target = splits[split] / emotion
        target.mkdir(parents=True)
        for i in range(counts[split]):
            _, data = cv2.imencode(".png", draw_face(emotion, rng))
            (target / f"face-{i:03d}.png").write_bytes(data.tobytes())
        if progress:
            progress((number + 1) / (len(counts) * len(EMOTIONS)))


def _jittered(expression: Expression, rng: np.random.Generator) -> Expression:
    strength = rng.uniform(0.75, 1.2)
    noise = rng.normal(0, 0.025, 6)
    return Expression(
        mouth_curve=expression.mouth_curve * strength + noise[0],
        mouth_open=max(0.0, expression.mouth_open * strength + noise[1] / 2),
        mouth_width=max(0.15, expression.mouth_width + noise[2]),
        brow_height=expression.brow_height * strength + noise[3],
        brow_slope=expression.brow_slope * strength + noise[4],
        eye_open=max(0.04, expression.eye_open + noise[5] / 2),
        nose_wrinkle=expression.nose_wrinkle * strength,
    )


def _draw_head(canvas: np.ndarray, skin: float, ink: float, rng: np.random.Generator) -> None:
    hair = float(rng.uniform(10, 120))
    if rng.random() < 0.7:
        _ellipse(canvas, (0.0, 0.16), (0.86, float(rng.uniform(0.95, 1.05))), hair)
    _ellipse(canvas, (0.0, 0.0), (float(rng.uniform(0.72, 0.8)), 0.98), skin)
    _polyline(canvas, [(-0.02, 0.1), (-0.09, -0.16), (0.04, -0.18)], ink, 3)


def _draw_features(canvas: np.ndarray, face: Expression, skin: float, ink: float, rng: np.random.Generator) -> None:
    thick = int(rng.integers(5, 8))
    for side in (-1, 1):
        x = side * 0.33
        _ellipse(canvas, (x, 0.2), (0.17, face.eye_open), min(255.0, skin + 60))
        _ellipse(canvas, (x, 0.2), (min(0.08, face.eye_open), min(0.1, face.eye_open)), ink)
        inner, outer = 0.45 + face.brow_height + face.brow_slope / 2, 0.45 + face.brow_height - face.brow_slope / 2
        _polyline(canvas, [(side * 0.14, inner), (side * 0.52, outer)], ink, thick)
        if face.nose_wrinkle > 0:
            for dy in (0.0, 0.09):
                _polyline(canvas, [(side * 0.05, 0.02 + dy), (side * 0.17, -0.06 + dy)], ink, 4)
    _draw_mouth(canvas, face, ink, thick)


def _draw_mouth(canvas: np.ndarray, face: Expression, ink: float, thick: int) -> None:
    x = np.linspace(-1, 1, 15)
    curve = -0.5 + face.mouth_curve * (x**2 - 0.5)
    gap = face.mouth_open * np.sqrt(1 - x**2)
    upper = list(zip(x * face.mouth_width, curve + gap, strict=True))
    lower = list(zip(x * face.mouth_width, curve - gap, strict=True))
    if face.mouth_open > 0.05:
        cv2.fillPoly(canvas, [_points(upper + lower[::-1])], ink * 0.6)
    _polyline(canvas, upper, ink, thick)
    _polyline(canvas, lower, ink, thick)


def _place(canvas: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    center = (_DRAWN / 2, _DRAWN / 2)
    matrix = cv2.getRotationMatrix2D(center, float(rng.normal(0, 6)), float(rng.uniform(0.88, 1.12)))
    matrix[:, 2] = matrix[:, 2] + rng.normal(0, _DRAWN * 0.025, 2)
    return cv2.warpAffine(canvas, matrix, (_DRAWN, _DRAWN), borderMode=cv2.BORDER_REPLICATE)


def _points(face_xy: list[tuple[float, float]]) -> np.ndarray:
    """Convert points of the face, both axes −1 to 1 and y upwards, to pixels of the drawing."""
    xy = np.array(face_xy) * (1, -1) * _DRAWN * 0.46 + _DRAWN / 2
    return np.round(xy).astype(np.int32)


def _polyline(canvas: np.ndarray, face_xy: list[tuple[float, float]], value: float, thick: int) -> None:
    cv2.polylines(canvas, [_points(face_xy)], False, value, thick, cv2.LINE_AA)


def _ellipse(canvas: np.ndarray, center: tuple[float, float], radii: tuple[float, float], value: float) -> None:
    angles = np.linspace(0, 2 * math.pi, 60)
    outline = [(center[0] + radii[0] * math.cos(a), center[1] + radii[1] * math.sin(a)) for a in angles]
    cv2.fillPoly(canvas, [_points(outline)], value)

"""How a classifier's accuracy holds up when faces are cropped, lit or blurred as by a live detector and camera."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from emotion_core.classify.base import Classifier
from emotion_core.data.dataset import LabeledFaces
from emotion_core.measure.accuracy import evaluate


@dataclass(frozen=True)
class Variation:
    """One fixed change of every face: a similarity transform about the center, light, resolution.

    shift_xy: to the right and downwards, as fractions of the side.
    gain: factor on the brightness.
    pixels: side that the face is shrunk to and enlarged again from; None leaves the resolution.
    """

    shift_xy: tuple[float, float] = (0.0, 0.0)
    scale: float = 1.0
    rotation_deg: float = 0.0
    gain: float = 1.0
    pixels: int | None = None


VARIATIONS: Mapping[str, Variation] = {
    "shifted 10 % left": Variation((-0.1, 0.0)),
    "shifted 10 % right": Variation((0.1, 0.0)),
    "shifted 10 % up": Variation((0.0, -0.1)),
    "shifted 10 % down": Variation((0.0, 0.1)),
    "scaled 0.85": Variation(scale=0.85),
    "scaled 1.2": Variation(scale=1.2),
    "rotated −15°": Variation(rotation_deg=-15),
    "rotated +15°": Variation(rotation_deg=15),
    "40 % darker": Variation(gain=0.6),
    "40 % brighter": Variation(gain=1.4),
    "blurred as 24 pixels": Variation(pixels=24),
}


def vary(image: np.ndarray, variation: Variation) -> np.ndarray:
    """Return ``image``, ``(size, size)`` uint8, with ``variation``; pixels from outside repeat the border."""
    size = image.shape[0]
    center = ((size - 1) / 2, (size - 1) / 2)
    matrix = cv2.getRotationMatrix2D(center, variation.rotation_deg, variation.scale)
    matrix[:, 2] += np.array(variation.shift_xy) * size
    if not np.allclose(matrix, np.eye(2, 3)):
        image = cv2.warpAffine(image, matrix, (size, size), borderMode=cv2.BORDER_REPLICATE)
    if variation.pixels:
        small = cv2.resize(image, (variation.pixels, variation.pixels), interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR)
    if variation.gain != 1.0:
        image = np.clip(image.astype(np.float32) * variation.gain, 0, 255).astype(np.uint8)
    return image


def robustness(
    classifier: Classifier, data: LabeledFaces, progress: Callable[[float], None] | None = None
) -> dict[str, float]:
    """Measure the accuracy, 0–1, on ``data`` as it is (``unchanged``) and with each of `VARIATIONS`."""
    found = {"unchanged": evaluate(classifier, data, timed=1).accuracy}
    for number, (name, variation) in enumerate(VARIATIONS.items(), 1):
        images = np.stack([vary(image, variation) for image in data.images])
        found[name] = evaluate(classifier, replace(data, images=images), timed=1).accuracy
        if progress:
            progress(number / len(VARIATIONS))
    return found

"""Random variations of training faces, on the CPU, as fast as the decoder of a webcam needs them to be."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Augmentation:
    """Ranges of the random variations; each is drawn uniformly for each image."""

    rotation_deg: float = 10.0  # ± around the centre
    scale: tuple[float, float] = (0.9, 1.15)
    shift: float = 0.06  # ± of the side length, in x and y: a live detector's box is never exact
    contrast: float = 0.25  # ± of 1
    brightness: float = 0.12  # ± of the full range
    flip: bool = True


def augment(images: np.ndarray, options: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """Vary every image of a batch on its own; borders repeat the nearest pixel.

    Args:
        images: ``(n, size, size)`` uint8.

    Returns:
        ``(n, size, size)`` float32 in 0–1.
    """
    count, size = images.shape[:2]
    angle = np.asarray(rng.uniform(-options.rotation_deg, options.rotation_deg, count))
    scale = np.asarray(rng.uniform(options.scale[0], options.scale[1], count))
    shift = rng.uniform(-options.shift, options.shift, (count, 2)) * size
    gain = np.asarray(rng.uniform(1 - options.contrast, 1 + options.contrast, count))
    offset = np.asarray(rng.uniform(-options.brightness, options.brightness, count))
    flip = np.asarray(rng.random(count) < (0.5 if options.flip else 0.0))
    centre = ((size - 1) / 2, (size - 1) / 2)
    varied = np.empty((count, size, size), np.float32)
    for i, image in enumerate(images):
        matrix = cv2.getRotationMatrix2D(centre, float(angle[i]), float(scale[i]))
        matrix[:, 2] += shift[i]
        source = image[:, ::-1] if flip[i] else image
        warped = cv2.warpAffine(np.ascontiguousarray(source), matrix, (size, size), borderMode=cv2.BORDER_REPLICATE)
        varied[i] = (warped / np.float32(255) - 0.5) * gain[i] + 0.5 + offset[i]
    return np.clip(varied, 0.0, 1.0)

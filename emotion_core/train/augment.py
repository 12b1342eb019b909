"""Random variations of training faces, computed on the CPU with OpenCV."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Augmentation:
    """The ranges that random variations are drawn from, uniformly and for each image anew."""

    rotation_deg: float = 10.0  # ± around the center
    scale: tuple[float, float] = (0.9, 1.15)
    shift: float = 0.06  # ± of the side length, in x and y: a live detector's box is never exact
    contrast: float = 0.25  # ± of 1
    brightness: float = 0.12  # ± of the full range
    flip: bool = True
    low_resolution: float = 0.0  # share of the images that are shrunk to half their size or less and enlarged again
    erase: float = 0.0  # share of the images in which a rectangle is replaced by noise (Zhong et al., 2020)
    shear_deg: float = 0.0  # ±
    zoom: float = 0.0  # ± of 1, for width and height separately; as in ImageDataGenerator, above 1 the face shrinks


MILD = Augmentation()
# Crops as a live detector makes them, and a little more.
STRONG = Augmentation(12.0, (0.82, 1.22), 0.1, 0.35, 0.2, True, low_resolution=0.15, erase=0.3)
# For a network that already reads faces well: poor cameras more often, larger rotations.
LIVE = Augmentation(15.0, (0.82, 1.22), 0.1, 0.4, 0.2, True, low_resolution=0.25, erase=0.2)
# Milder than LIVE, so that a run ends on images that resemble those it is measured on.
FIELD = Augmentation(15.0, (0.83, 1.2), 0.09, 0.35, 0.17, True, low_resolution=0.2, erase=0.15)
# ImageDataGenerator(rotation_range=30, shear_range=0.3, zoom_range=0.3, horizontal_flip=True, fill_mode="nearest").
# Keras takes shear_range in degrees, so the article's 0.3 is next to nothing. It is kept as the article has it.
ARTICLE = Augmentation(30.0, (1.0, 1.0), 0.0, 0.0, 0.0, True, shear_deg=0.3, zoom=0.3)
AUGMENTATIONS = {"mild": MILD, "strong": STRONG, "live": LIVE, "field": FIELD, "article": ARTICLE}


def augment(images: np.ndarray, options: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """Vary each image of a batch; pixels from outside repeat the border.

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
    low = np.asarray(rng.random(count) < options.low_resolution)
    erased = np.asarray(rng.random(count) < options.erase)
    deform = _deformations(count, size, options, rng)
    center = ((size - 1) / 2, (size - 1) / 2)
    varied = np.empty((count, size, size), np.float32)
    for i, image in enumerate(images):
        matrix = cv2.getRotationMatrix2D(center, float(angle[i]), float(scale[i]))
        matrix[:, 2] += shift[i]
        if deform is not None:
            matrix = deform[i, :2] @ np.vstack([matrix, (0, 0, 1)])
        source = image[:, ::-1] if flip[i] else image
        warped = cv2.warpAffine(np.ascontiguousarray(source), matrix, (size, size), borderMode=cv2.BORDER_REPLICATE)
        if low[i]:
            warped = _lower_resolution(warped, rng)
        varied[i] = (warped / np.float32(255) - 0.5) * gain[i] + 0.5 + offset[i]
        if erased[i]:
            _erase(varied[i], rng)
    return np.clip(varied, 0.0, 1.0)


def _deformations(count: int, size: int, options: Augmentation, rng: np.random.Generator) -> np.ndarray | None:
    """Draw shear and zoom about the center: ``(n, 3, 3)`` from input to output positions (x, y), or None for neither.

    They are defined as in ImageDataGenerator. Its matrices lead from output to input, hence the inverse.
    """
    if not options.shear_deg and not options.zoom:
        return None
    shear = np.deg2rad(rng.uniform(-options.shear_deg, options.shear_deg, count))
    zoom = rng.uniform(1 - options.zoom, 1 + options.zoom, (count, 2))
    matrices = np.tile(np.eye(3), (count, 1, 1))
    matrices[:, 0, 1] = -np.sin(shear)
    matrices[:, 1, 1] = np.cos(shear)
    matrices[:, :2, :2] *= zoom[:, None, :]
    center = (size - 1) / 2
    matrices[:, :2, 2] = center - matrices[:, :2, :2].sum(axis=2) * center
    return np.linalg.inv(matrices)


def mix(images: np.ndarray, targets: np.ndarray, alpha: float, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Blend each image and its target with another one of the batch (Zhang et al., "mixup", 2018).

    Args:
        images: ``(n, …)`` float32.
        targets: ``(n, 7)`` float32.
        alpha: parameter of the Beta distribution that the shares are drawn from; 0 changes nothing.
    """
    if alpha <= 0:
        return images, targets
    count = len(images)
    share = rng.beta(alpha, alpha, count).astype(np.float32)
    share = np.maximum(share, 1 - share)  # at least half of each result is the image itself
    other = rng.permutation(count)
    image_share = share.reshape(-1, *[1] * (images.ndim - 1))
    mixed = images * image_share + images[other] * (1 - image_share)
    return mixed, targets * share[:, None] + targets[other] * (1 - share[:, None])


def _lower_resolution(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    size = image.shape[0]
    small = int(rng.integers(size // 3, size // 2 + 1))
    return cv2.resize(cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA), (size, size))


def _erase(image: np.ndarray, rng: np.random.Generator) -> None:
    size = image.shape[0]
    height, width = (int(side) for side in rng.uniform(0.15, 0.45, 2) * size)
    top, left = int(rng.integers(0, size - height)), int(rng.integers(0, size - width))
    image[top : top + height, left : left + width] = rng.random((height, width))

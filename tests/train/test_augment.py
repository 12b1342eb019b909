"""Random variations stay in their ranges and depend on the seed alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion_core.train.augment import AUGMENTATIONS, MILD, Augmentation, augment, mix

STILL = Augmentation(0.0, (1.0, 1.0), 0.0, 0.0, 0.0, False)
IMAGES = np.random.default_rng(0).integers(0, 255, (6, 48, 48), np.uint8)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_without_variation_pixels_are_only_scaled() -> None:
    assert augment(IMAGES, STILL, rng()) == pytest.approx(IMAGES / 255, abs=1e-6)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_presets_vary_within_0_and_1_and_repeat_with_the_seed(name: str) -> None:
    varied = augment(IMAGES, AUGMENTATIONS[name], rng())
    assert (varied.shape, varied.dtype) == (IMAGES.shape, np.float32)
    assert varied.min() >= 0 and varied.max() <= 1
    assert np.array_equal(varied, augment(IMAGES, AUGMENTATIONS[name], rng()))
    assert not np.array_equal(varied, augment(IMAGES, AUGMENTATIONS[name], rng(2)))


def test_about_half_are_mirrored() -> None:
    many = np.repeat(IMAGES[:1], 200, axis=0)
    varied = augment(many, replace(STILL, flip=True), rng())
    mirrored = [np.allclose(image, many[0, :, ::-1] / 255) for image in varied]
    assert 70 < sum(mirrored) < 130


def test_erasing_and_low_resolution_touch_their_share() -> None:
    smooth = np.tile(np.linspace(0, 255, 48).astype(np.uint8), (200, 48, 1))
    erased = augment(smooth, replace(STILL, erase=0.5), rng())
    assert 70 < sum(not np.allclose(image, smooth[0] / 255) for image in erased) < 130
    rough = np.repeat(IMAGES[:1], 200, axis=0)
    low = augment(rough, replace(STILL, low_resolution=0.5), rng())
    assert 70 < sum(image.std() < 0.7 * (rough[0] / 255).std() for image in low) < 130


def test_mixing_keeps_targets_a_distribution_and_the_own_image_in_front() -> None:
    images = augment(IMAGES, MILD, rng())[..., None]
    targets = np.eye(7, dtype=np.float32)[:6]
    mixed, soft = mix(images, targets, 0.4, rng())
    assert soft.sum(axis=1) == pytest.approx(np.ones(6))
    assert (soft.argmax(axis=1) == np.arange(6)).all()
    assert mixed.shape == images.shape and not np.array_equal(mixed, images)
    assert mix(images, targets, 0.0, rng())[0] is images

"""What a network sees depends on the seed, the epoch and the batch alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from emotion_core.train.batches import training_batches
from emotion_core.train.config import PRESETS

IMAGES = np.random.default_rng(0).integers(0, 255, (10, 48, 48), np.uint8)
TARGETS = np.eye(7, dtype=np.float32)[np.arange(10) % 7]
CONFIG = replace(PRESETS["flagship"], batch_size=4)


def test_every_image_is_in_one_batch_of_an_epoch() -> None:
    batches = training_batches(IMAGES, TARGETS, replace(CONFIG, mixup=0.0))
    assert len(batches) == 3
    targets = np.concatenate([batches[i][1] for i in range(3)])
    assert np.array_equal(np.sort(targets.argmax(axis=1)), np.sort(TARGETS.argmax(axis=1)))
    assert batches[2][0].shape == (2, 48, 48, 1)


def test_a_resumed_run_sees_what_it_would_have_seen() -> None:
    through = training_batches(IMAGES, TARGETS, CONFIG)
    first = through[0][0]
    through.start(1)
    resumed = training_batches(IMAGES, TARGETS, CONFIG)
    resumed.start(1)
    assert np.array_equal(through[1][0], resumed[1][0])
    assert not np.array_equal(first, resumed[0][0])


def test_order_and_variations_each_change_with_the_epoch() -> None:
    plain = replace(CONFIG, mixup=0.0)
    batches = training_batches(IMAGES, TARGETS, plain)
    first_targets = np.concatenate([batches[i][1] for i in range(3)])
    batches.start(1)
    assert not np.array_equal(first_targets, np.concatenate([batches[i][1] for i in range(3)]))
    batches = training_batches(np.repeat(IMAGES[:1], 4, axis=0), TARGETS[:4], plain)
    first = batches[0][0]
    batches.start(1)
    assert not np.array_equal(first, batches[0][0])

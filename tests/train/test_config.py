"""The choices of a fit and its learning rate over time."""

from __future__ import annotations

import itertools

import pytest

from emotion_core.errors import SettingsError
from emotion_core.train.config import PRESETS, FitConfig


def test_the_rate_rises_holds_and_falls_to_nothing() -> None:
    config = FitConfig(epochs=10, learning_rate=1.0, warmup_epochs=2, hold_epochs=3)
    rates = [config.learning_rate_at(epoch) for epoch in range(10)]
    assert rates[:5] == pytest.approx([1 / 3, 2 / 3, 1, 1, 1])
    assert all(later < earlier for earlier, later in itertools.pairwise(rates[4:]))
    assert 0 < rates[-1] < 0.05


def test_a_constant_schedule_stays_at_the_highest_rate_after_its_warm_up() -> None:
    config = FitConfig(epochs=10, learning_rate=1.0, warmup_epochs=1, schedule="constant")
    assert [config.learning_rate_at(epoch) for epoch in range(10)] == [0.5, *[1.0] * 9]


def test_the_articles_preset_is_the_articles_recipe() -> None:
    config = PRESETS["article"]
    assert (config.arch, config.optimizer, config.augmentation) == ("article_cnn", "adam", "article")
    assert (config.epochs, config.batch_size, config.label_smoothing) == (50, 32, 0.0)
    assert {config.learning_rate_at(epoch) for epoch in range(50)} == {1e-3}


def test_deep_emotions_preset_is_the_papers() -> None:
    config = PRESETS["deep_emotion"]
    assert (config.arch, config.optimizer, config.epochs) == ("deep_emotion", "adam", 500)
    assert {config.learning_rate_at(epoch) for epoch in range(500)} == {5e-3}


def test_presets_are_valid_and_named() -> None:
    assert {"quick", "flagship", "article", "deep_emotion", "mini_xception"} <= set(PRESETS)


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 0},
        {"optimizer": "magic"},
        {"learning_rate": 0.0},
        {"augmentation": "wild"},
        {"precision": "int4"},
        {"schedule": "up"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_cannot_be_is_refused(change: dict) -> None:
    with pytest.raises(SettingsError, match="Received"):
        FitConfig(**change)

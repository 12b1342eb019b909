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


def test_presets_are_valid_and_named() -> None:
    assert {"quick", "flagship"} <= set(PRESETS)


@pytest.mark.parametrize(
    "change",
    [{"epochs": 0}, {"optimizer": "magic"}, {"learning_rate": 0.0}, {"augmentation": "wild"}, {"precision": "int4"}],
    ids=lambda change: next(iter(change)),
)
def test_what_cannot_be_is_refused(change: dict) -> None:
    with pytest.raises(SettingsError, match="Received"):
        FitConfig(**change)

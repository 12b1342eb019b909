"""The settings of training, and the learning rate over time."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys

import numpy as np
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


def test_a_plateau_lowers_the_rate_and_a_gain_keeps_it() -> None:
    config = FitConfig(epochs=20, learning_rate=1.0, schedule="plateau", plateau_epochs=2, plateau_factor=0.1)
    losses = [3.0, 2.0, 2.5, 1.9, 2.0, 2.0, 1.95, 1.9, 1.8]
    rates = [config.learning_rate_at(epoch, losses[:epoch]) for epoch in range(10)]
    assert rates == pytest.approx([1, 1, 1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01])


def test_a_plateau_is_the_one_of_keras() -> None:
    """Compared with ReduceLROnPlateau itself, on a loss that falls and fluctuates."""
    losses = (2 + np.random.default_rng(4).normal(0, 0.1, 60) - np.linspace(0, 0.3, 60)).tolist()
    config = FitConfig(epochs=60, learning_rate=0.5, schedule="plateau", plateau_epochs=3, plateau_factor=0.5)
    assert [config.learning_rate_at(epoch, losses[:epoch]) for epoch in range(60)] == pytest.approx(by_keras(losses))


def by_keras(losses: list[float]) -> list[float]:
    """Run in a process of its own: no other test here needs Keras."""
    code = (
        "import json, sys, types, keras\n"
        "losses = json.loads(sys.argv[1])\n"
        "callback = keras.callbacks.ReduceLROnPlateau(patience=3, factor=0.5)\n"
        "optimizer = keras.optimizers.SGD(0.5)\n"
        "callback.set_model(types.SimpleNamespace(optimizer=optimizer))\n"
        "callback.on_train_begin()\n"
        "rates = []\n"
        "for epoch, loss in enumerate(losses):\n"
        "    rates.append(float(optimizer.learning_rate))\n"
        "    callback.on_epoch_end(epoch, {'val_loss': loss})\n"
        "print(json.dumps(rates))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(losses)],
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_plateau_begins_after_warm_up_and_hold() -> None:
    config = FitConfig(learning_rate=1.0, warmup_epochs=1, hold_epochs=2, schedule="plateau", plateau_epochs=1)
    assert [config.learning_rate_at(epoch, [1.0] * epoch) for epoch in range(6)] == [0.5, 1, 1, 1, 1, 0.5]


def test_mini_xceptions_preset_is_the_authors() -> None:
    config = PRESETS["mini_xception"]
    assert (config.arch, config.optimizer, config.batch_size) == ("mini_xception", "adam", 32)
    assert (config.schedule, config.plateau_epochs, config.plateau_factor) == ("plateau", 12, 0.1)


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
        {"plateau_epochs": 0},
        {"plateau_factor": 1.0},
        {"sharpness": -0.1},
        {"precision": "mixed_float16", "sharpness": 0.5},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_bad_option_is_refused(change: dict) -> None:
    with pytest.raises(SettingsError, match="Received"):
        FitConfig(**change)

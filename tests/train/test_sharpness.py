"""A sharpness-aware step of a whole network against the paper's formulas, on TensorFlow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from emotion_core.train.config import FitConfig
from tests.train.network_helpers import small

if TYPE_CHECKING:
    import keras

pytestmark = pytest.mark.slow
RANDOM = np.random.default_rng(6)
FACES = RANDOM.random((8, 48, 48, 1), dtype=np.float32)
TARGETS = np.eye(7, dtype=np.float32)[RANDOM.integers(0, 7, 8)]
RADIUS, RATE, UP = 0.5, 0.1, 4


def without_dropout() -> keras.Model:
    """A small network without dropout, whose draws would differ between two ways of computing a step."""
    import keras

    model = small()
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    return model


def aware_of(model: keras.Model) -> keras.Model:
    import keras

    from emotion_core.train.sharpness import sharpness_aware

    aware = sharpness_aware(model, RADIUS, UP)
    aware.compile(optimizer=keras.optimizers.SGD(RATE), loss="categorical_crossentropy", jit_compile=False)
    return aware


def gradients(model: keras.Model, count: int) -> list[np.ndarray]:
    import keras
    import tensorflow as tf

    with tf.GradientTape() as tape:
        answers = model(FACES[:count], training=True)
        loss = keras.losses.CategoricalCrossentropy()(TARGETS[:count], answers)
    return [value.numpy() for value in tape.gradient(loss, [variable.value for variable in model.trainable_variables])]


def moved(model: keras.Model, steps: list[np.ndarray]) -> None:
    for variable, step in zip(model.trainable_variables, steps, strict=True):
        variable.assign_add(step)


def test_a_step_descends_along_the_gradient_of_the_steepest_place_nearby() -> None:
    reference, aware = without_dropout(), aware_of(without_dropout())
    uphill = gradients(reference, UP)
    statistics = [variable.numpy() for variable in reference.non_trainable_variables]
    sizes = [abs(variable.numpy()) + 0.01 for variable in reference.trainable_variables]
    norm = np.sqrt(sum(np.sum((t * g) ** 2) for t, g in zip(sizes, uphill, strict=True)))
    steps = [RADIUS * t**2 * g / norm for t, g in zip(sizes, uphill, strict=True)]
    moved(reference, steps)
    there = gradients(reference, len(FACES))
    moved(reference, [-step - RATE * gradient for step, gradient in zip(steps, there, strict=True)])
    here = gradients(without_dropout(), len(FACES))
    assert max(abs(a - b).max() for a, b in zip(here, there, strict=True)) > 1e-2
    aware.train_on_batch(FACES, TARGETS)
    for mine, expected in zip(aware.trainable_variables, reference.trainable_variables, strict=True):
        assert mine.numpy() == pytest.approx(expected.numpy(), rel=1e-3, abs=1e-4)
    for mine, expected in zip(aware.non_trainable_variables, statistics, strict=True):
        assert mine.numpy() == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_a_fit_with_a_sharpness_radius_compiles_a_sharpness_aware_network() -> None:
    from emotion_core.train.fit import compiled

    fits = [FitConfig(arch="mini_xception", sharpness=radius, batch_size=8) for radius in (0.0, 0.7)]
    plain, aware = (compiled(fit) for fit in fits)
    assert type(aware) is not type(plain)
    assert (aware.radius, aware.images) == (0.7, 2)
    faces = RANDOM.random((8, 64, 64, 1), dtype=np.float32)
    before = aware.get_weights()
    history = aware.fit(faces, TARGETS, batch_size=8, epochs=2, verbose=0).history
    assert set(history) == {"accuracy", "loss"}
    assert all(np.isfinite(value).all() for value in aware.get_weights())
    assert any(not np.array_equal(a, b) for a, b in zip(before, aware.get_weights(), strict=True))


def test_its_weights_are_those_of_the_plain_network(tmp_path: Path) -> None:
    model = without_dropout()
    aware = aware_of(without_dropout())
    aware.train_on_batch(FACES, TARGETS)
    aware.save_weights(tmp_path / "aware.weights.h5")
    model.load_weights(tmp_path / "aware.weights.h5")
    assert model.predict_on_batch(FACES) == pytest.approx(aware.predict_on_batch(FACES), abs=1e-6)

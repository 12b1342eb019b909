"""Batch normalization in one kernel computes what Keras' own does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.train.network_helpers import small

if TYPE_CHECKING:
    import keras

pytestmark = pytest.mark.slow
RANDOM = np.random.default_rng(8)
FACES = RANDOM.random((6, 48, 48, 1), dtype=np.float32)
TARGETS = np.eye(7, dtype=np.float32)[RANDOM.integers(0, 7, 6)]


def trained(model: keras.Model) -> list[np.ndarray]:
    """Return weights and statistics after three steps, without dropout, which would differ between two networks."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="categorical_crossentropy", jit_compile=False)
    for _ in range(3):
        model.train_on_batch(FACES, TARGETS)
    return model.get_weights()


def test_it_learns_and_keeps_statistics_as_keras_does() -> None:
    from emotion_core.train.batch_norm import with_fused_normalization

    model = small()
    fused = with_fused_normalization(model)
    assert fused is not model
    before = model.get_weights()
    expected, found = trained(model), trained(fused)
    moved = [float(abs(after - then).max()) for after, then in zip(expected, before, strict=True)]
    assert np.median(moved) > 1e-3
    for mine, theirs in zip(found, expected, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-3, abs=1e-4)


def test_it_computes_in_bfloat16_under_mixed_precision() -> None:
    import keras

    from emotion_core.train.batch_norm import with_fused_normalization

    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        fused = with_fused_normalization(small())
    finally:
        keras.mixed_precision.set_global_policy("float32")
    layers = [layer for layer in fused.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert not any(type(layer) is keras.layers.BatchNormalization for layer in layers)
    answer = layers[0](keras.ops.ones((2, 4, 4, 8), "bfloat16"), training=True)
    assert keras.backend.standardize_dtype(answer.dtype) == "bfloat16"


def test_its_weights_are_kept_under_the_same_names(tmp_path: Path) -> None:
    from emotion_core.train.batch_norm import with_fused_normalization

    model = small()
    fused = with_fused_normalization(model)
    trained(fused)
    fused.save_weights(tmp_path / "fused.weights.h5")
    model.load_weights(tmp_path / "fused.weights.h5")
    assert model.predict_on_batch(FACES) == pytest.approx(fused.predict_on_batch(FACES), abs=1e-5)


def test_on_other_backends_the_network_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    from emotion_core.train.batch_norm import with_fused_normalization

    model = small()
    monkeypatch.setattr(keras.config, "backend", lambda: "torch")
    assert with_fused_normalization(model) is model


def test_its_variance_is_that_of_the_batch_alone() -> None:
    import keras

    from emotion_core.train.batch_norm import with_fused_normalization

    layers = [keras.Input((2, 2, 3)), keras.layers.BatchNormalization(momentum=0.5)]
    fused = with_fused_normalization(keras.Sequential(layers))
    pictures = RANDOM.random((2, 2, 2, 3), dtype=np.float32)
    fused(pictures, training=True)
    assert fused.layers[0].moving_variance.numpy() == pytest.approx(0.5 + 0.5 * pictures.var(axis=(0, 1, 2)), rel=1e-5)


def test_it_grows_from_a_saved_network() -> None:
    from emotion_core.networks.grow import grow
    from emotion_core.train.batch_norm import with_fused_normalization

    fused, start = with_fused_normalization(small((16, 24))), small((8, 16))
    assert grow(fused, start)
    assert fused.predict_on_batch(FACES) == pytest.approx(start.predict_on_batch(FACES), abs=1e-6)

"""Batch normalisation in one kernel computes what Keras' own does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow
RANDOM = np.random.default_rng(8)
FACES = RANDOM.random((6, 48, 48, 1), dtype=np.float32)
TARGETS = np.eye(7, dtype=np.float32)[RANDOM.integers(0, 7, 6)]


def small():  # type: ignore[no-untyped-def]
    """A small residual network without dropout's chance, its scales not those of a fresh one."""
    import keras

    from emotion_core.train.architectures.compact_se_resnet import se_resnet

    keras.utils.set_random_seed(3)
    model = se_resnet("small", (8, 16), (1, 1))
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([RANDOM.uniform(0.5, 1.5, value.shape) for value in layer.get_weights()])
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    return model


def trained(model):  # type: ignore[no-untyped-def]
    """Its weights after three steps; those on the way are the gradients' sum, the rest moving statistics."""
    import keras

    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="categorical_crossentropy", jit_compile=False)
    for _ in range(3):
        model.train_on_batch(FACES, TARGETS)
    return model.get_weights()


def test_it_learns_and_keeps_statistics_as_keras_does() -> None:
    from emotion_core.train.normalise import with_fused_normalisation

    model = small()
    fused = with_fused_normalisation(model)
    assert fused is not model
    before = model.get_weights()
    expected, found = trained(model), trained(fused)
    moved = [float(abs(after - then).max()) for after, then in zip(expected, before, strict=True)]
    assert np.median(moved) > 1e-3
    for mine, theirs in zip(found, expected, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-3, abs=1e-4)


def test_it_computes_in_bfloat16_under_mixed_precision() -> None:
    import keras

    from emotion_core.train.normalise import with_fused_normalisation

    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        fused = with_fused_normalisation(small())
    finally:
        keras.mixed_precision.set_global_policy("float32")
    layer = next(layer for layer in fused.layers if isinstance(layer, keras.layers.BatchNormalization))
    answer = layer(keras.ops.ones((2, 4, 4, 8), "bfloat16"), training=True)
    assert keras.backend.standardize_dtype(answer.dtype) == "bfloat16"


def test_its_weights_are_kept_under_the_same_names(tmp_path: Path) -> None:
    from emotion_core.train.normalise import with_fused_normalisation

    model = small()
    fused = with_fused_normalisation(model)
    trained(fused)
    fused.save_weights(tmp_path / "fused.weights.h5")
    model.load_weights(tmp_path / "fused.weights.h5")
    assert model.predict_on_batch(FACES) == pytest.approx(fused.predict_on_batch(FACES), abs=1e-5)


def test_elsewhere_than_on_tensorflow_the_network_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    from emotion_core.train.normalise import with_fused_normalisation

    model = small()
    monkeypatch.setattr(keras.config, "backend", lambda: "torch")
    assert with_fused_normalisation(model) is model

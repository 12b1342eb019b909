"""What is used of Keras' internals is still there, does what it did, and reads as it read when it was checked."""

from __future__ import annotations

import ast
import hashlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from emotion_core.train._compat import CHECKED_WITH, fused_batch_normalization, reseed, track_loss

# Where each stands below keras/src, and the beginning of the SHA-256 of its source in `CHECKED_WITH`. The training
# steps are those that train/sharpness.py was written after.
INTERNALS = {
    ("backend/tensorflow/trainer.py", "TensorFlowTrainer.train_step"): "4f6de72204c04923",
    ("backend/torch/trainer.py", "TorchTrainer.train_step"): "245f0ef9db43776d",
    ("backend/jax/trainer.py", "JAXTrainer.train_step"): "b6d8c8284882be40",
    ("backend/jax/trainer.py", "JAXTrainer.compute_loss_and_updates"): "8e12a37e26416eeb",
    ("backend/jax/trainer.py", "JAXTrainer._update_metrics_variables"): "b14441186caf9a55",
    ("layers/layer.py", "Layer._flatten_layers"): "76246b819e181de5",
    ("layers/normalization/batch_normalization.py", "BatchNormalization.call"): "026a3327f2c9ffa1",
    ("layers/normalization/batch_normalization.py", "BatchNormalization._moments"): "2a50f6edd8ec2cb5",
    ("random/seed_generator.py", "SeedGenerator.next"): "1efeb518a65d6cef",
}


def source(file: str, name: str) -> str:
    """The text of one method, read without importing its backend; empty where it is gone."""
    spec = find_spec("keras")
    assert spec is not None and spec.origin is not None
    path = Path(spec.origin).parent / "src" / file
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    of_class, method = name.split(".")
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.name == of_class:
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and inner.name == method:
                    return ast.get_source_segment(text, inner) or ""
    return ""


@pytest.mark.parametrize(("file", "name"), INTERNALS, ids=[name for _, name in INTERNALS])
def test_an_internal_reads_as_it_did_when_it_was_checked(file: str, name: str) -> None:
    """If not: read what changed, change train/_compat.py and train/sharpness.py if needed, then record it here."""
    digest = hashlib.sha256(source(file, name).encode()).hexdigest()[:16]
    assert digest == INTERNALS[file, name], f"{name} is not that of Keras {CHECKED_WITH}"


@pytest.mark.slow
def test_every_dropout_however_deep_draws_alike_after_reseeding() -> None:
    import keras

    inner = keras.Sequential([keras.Input((50,)), keras.layers.Dropout(0.5)])
    model = keras.Sequential([keras.Input((50,)), keras.layers.Dropout(0.5), inner])
    ones = np.ones((1, 50), np.float32)

    def drawn(epoch: int) -> np.ndarray:
        reseed(model, 7, epoch)
        return np.asarray(model(ones, training=True))

    first = drawn(3)
    assert 0 < np.count_nonzero(first == 0) < 50
    assert np.array_equal(drawn(3), first)
    assert not np.array_equal(drawn(4), first)


@pytest.mark.slow
def test_the_tracked_loss_is_the_mean_over_the_images() -> None:
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    track_loss(model, 2.0, 3)
    track_loss(model, 6.0, 1)
    assert float(model.get_metrics_result()["loss"]) == pytest.approx(3.0)


@pytest.mark.slow
def test_the_fused_layer_is_called_as_the_one_that_it_replaces() -> None:
    import keras

    assert fused_batch_normalization().__name__ == keras.layers.BatchNormalization.__name__

"""The sharpness-aware step on each backend that is installed, against the paper's formulas in NumPy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from emotion_core.optional import TITLES, TRAINING_BACKENDS, installed

ROOT = Path(__file__).resolve().parents[2]
STEPS, BATCH, UP = 3, 8, 4
RADIUS, RATE, PENALTY, MOMENTUM, EPSILON = 0.5, 0.1, 0.05, 0.6, 1e-3
# In the order of `get_weights`. The two moving statistics are not trained.
NAMES = ("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance", "kernel_out", "bias_out")
TRAINED = tuple(name for name in NAMES if not name.startswith("moving"))

# A penalty on weights and a batch normalization, because each backend passes them on to the training step differently.
TRAIN = """
import json, sys
import keras
import numpy as np
from keras import layers
from emotion_core.train.sharpness import sharpness_aware

source, target, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
given = np.load(source)
inputs = keras.Input((6,))
penalty = keras.regularizers.L2(options["penalty"])
x = layers.Dense(5, activation="tanh", kernel_regularizer=penalty)(inputs)
x = layers.BatchNormalization(momentum=options["momentum"], epsilon=options["epsilon"])(x)
model = keras.Model(inputs, layers.Dense(7, activation="softmax")(x))
model.set_weights([given[name] for name in options["names"]])
aware = sharpness_aware(model, options["radius"], options["up"])
sgd = keras.optimizers.SGD(options["rate"])
aware.compile(optimizer=sgd, loss="categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
history = aware.fit(given["x"], given["y"], batch_size=options["batch"], shuffle=False, verbose=0).history
np.savez(target, **dict(zip(options["names"], aware.get_weights())))
print(json.dumps({"backend": keras.config.backend(), **{name: values[-1] for name, values in history.items()}}))
"""

Weights = dict[str, np.ndarray]


@dataclass(frozen=True)
class Pass:
    """What one pass over a batch gives: loss, gradients of the trained weights, right answers, moments of the batch."""

    loss: float
    gradients: Weights
    right: int
    mean: np.ndarray
    variance: np.ndarray


def computed(weights: Weights, x: np.ndarray, y: np.ndarray) -> Pass:
    """Forward and backward, by hand."""
    hidden = np.tanh(x @ weights["kernel"] + weights["bias"])
    mean, variance = hidden.mean(axis=0), hidden.var(axis=0)
    deviation = np.sqrt(variance + EPSILON)
    normal = (hidden - mean) / deviation
    scaled = normal * weights["gamma"] + weights["beta"]
    exponents = np.exp(scaled @ weights["kernel_out"] + weights["bias_out"])
    answers = exponents / exponents.sum(axis=1, keepdims=True)
    loss = -np.log((answers * y).sum(axis=1)).mean() + PENALTY * (weights["kernel"] ** 2).sum()
    d_out = (answers - y) / len(x)
    d_scaled = d_out @ weights["kernel_out"].T
    d_normal = d_scaled * weights["gamma"]
    d_hidden = (d_normal - d_normal.mean(axis=0) - normal * (d_normal * normal).mean(axis=0)) / deviation
    d_in = d_hidden * (1 - hidden**2)
    gradients = {
        "kernel": x.T @ d_in + 2 * PENALTY * weights["kernel"],
        "bias": d_in.sum(axis=0),
        "gamma": (d_scaled * normal).sum(axis=0),
        "beta": d_scaled.sum(axis=0),
        "kernel_out": scaled.T @ d_out,
        "bias_out": d_out.sum(axis=0),
    }
    right = int((answers.argmax(axis=1) == y.argmax(axis=1)).sum())
    return Pass(float(loss), gradients, right, mean, variance)


def stepped(weights: Weights, x: np.ndarray, y: np.ndarray) -> tuple[Weights, Pass]:
    """One step: up, by some of the batch; the gradient there, of all of it; back; down. Statistics follow the first."""
    up = computed(weights, x[:UP], y[:UP])
    sizes = {name: abs(weights[name]) + 0.01 for name in TRAINED}
    norm = np.sqrt(sum(((sizes[name] * up.gradients[name]) ** 2).sum() for name in TRAINED))
    steps = {name: RADIUS * sizes[name] ** 2 * up.gradients[name] / norm for name in TRAINED}
    there = computed({**weights, **{name: weights[name] + steps[name] for name in TRAINED}}, x, y)
    moved = {name: weights[name] - RATE * there.gradients[name] for name in TRAINED}
    moved["moving_mean"] = MOMENTUM * weights["moving_mean"] + (1 - MOMENTUM) * up.mean
    moved["moving_variance"] = MOMENTUM * weights["moving_variance"] + (1 - MOMENTUM) * up.variance
    return moved, there


@pytest.mark.slow
@pytest.mark.parametrize(
    "backend",
    [
        pytest.param(name, marks=pytest.mark.skipif(not installed(name), reason=f"{TITLES[name]} is not installed"))
        for name in TRAINING_BACKENDS
    ],
)
def test_some_steps_are_those_of_the_paper(backend: str, tmp_path: Path) -> None:
    random = np.random.default_rng(11)
    shapes = ((6, 5), (5,), (5,), (5,), (5,), (5,), (5, 7), (7,))
    weights: Weights = {name: random.normal(0, 0.5, shape) for name, shape in zip(NAMES, shapes, strict=True)}
    weights["moving_variance"] = abs(weights["moving_variance"]) + 0.5
    x = random.normal(0, 1, (STEPS * BATCH, 6))
    y = np.eye(7)[random.integers(0, 7, len(x))]
    given = {name: value.astype(np.float32) for name, value in {**weights, "x": x, "y": y}.items()}
    np.savez(tmp_path / "given.npz", **given)

    options = {
        "names": NAMES, "radius": RADIUS, "up": UP, "rate": RATE, "batch": BATCH, "penalty": PENALTY,
        "momentum": MOMENTUM, "epsilon": EPSILON,
    }  # fmt: skip
    places = [str(tmp_path / name) for name in ("given.npz", "trained.npz")]
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, *places, json.dumps(options)],
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    logs = json.loads(done.stdout.splitlines()[-1])
    assert logs["backend"] == backend

    expected, passes = weights, []
    for start in range(0, len(x), BATCH):
        expected, there = stepped(expected, x[start : start + BATCH], y[start : start + BATCH])
        passes.append(there)
    with np.load(tmp_path / "trained.npz") as trained:
        for name in NAMES:
            assert abs(expected[name] - weights[name]).max() > 1e-3, f"{name} did not move, so nothing is compared"
            assert trained[name] == pytest.approx(expected[name], rel=1e-3, abs=1e-4), name
    assert logs["loss"] == pytest.approx(np.mean([there.loss for there in passes]), rel=1e-4)
    assert logs["accuracy"] == pytest.approx(sum(there.right for there in passes) / len(x))

"""Measure how fast an architecture trains here: ``python -m emotion_core.train.probe ARCH BATCH PRECISION``.

It prints one line of JSON: ``images_per_s``, or ``{"error": …}``.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass

import numpy as np

from emotion_core.errors import EmotionError, RunError
from emotion_core.language import Message
from emotion_core.networks.architectures import architecture
from emotion_core.optional import require, training_fault
from emotion_core.processes.run import Limits, ProcessError, run_module
from emotion_core.train.config import FitConfig
from emotion_core.train.jobs import fit_environment

SECONDS = 3.0  # of training that are measured
TIMEOUT_S = 180.0


@dataclass(frozen=True)
class Probe:
    """images_per_s: speed of training, measured on random images."""

    images_per_s: float


def probe(arch: str, batch_size: int, precision: str = "float32") -> Probe:
    """Build an architecture and train it for some seconds, in a process of its own.

    Raises:
        RunError: it cannot be built or trained on this machine.
        MissingPackageError: Keras or its backend is not installed.
    """
    require(training_fault())
    arguments = [arch, str(batch_size), precision]
    try:
        answer = run_module("emotion_core.train.probe", arguments, Limits(TIMEOUT_S), fit_environment())
    except ProcessError as error:
        raise RunError(
            "{arch} cannot be trained here with batches of {batch_size} images: {error}",
            arch=arch,
            batch_size=batch_size,
            error=error,
        ) from error
    if "error" in answer:
        raise RunError(Message.from_dict(answer["error"]))
    return Probe(**answer)


def _measure(arch: str, batch_size: int, precision: str) -> Probe:
    require(training_fault())
    import keras

    from emotion_core.train.fit import compiled

    keras.mixed_precision.set_global_policy(precision)
    model = compiled(FitConfig(arch=arch, batch_size=batch_size, precision=precision))
    size = architecture(arch).input_size
    rng = np.random.default_rng(0)
    faces = rng.random((batch_size, size, size, 1), dtype=np.float32)
    targets = np.eye(7, dtype=np.float32)[rng.integers(0, 7, batch_size)]
    for _ in range(2):  # the first batches also trace the network, which is no part of its speed
        model.train_on_batch(faces, targets)
    batches, started = 0, time.perf_counter()
    while (seconds := time.perf_counter() - started) < SECONDS:
        model.train_on_batch(faces, targets)
        batches += 1
    return Probe(round(batches * batch_size / seconds, 1))


def main(arguments: list[str]) -> int:
    """Measure, print one line of JSON, return the exit status."""
    arch, batch_size, precision = arguments
    try:
        answer = asdict(_measure(arch, int(batch_size), precision))
    except EmotionError as error:
        answer = {"error": error.message.to_dict()}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 1 if "error" in answer else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

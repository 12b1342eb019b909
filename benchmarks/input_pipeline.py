"""Train the article's network with the article's ImageDataGenerator loop and with this project's batches.

``python -m benchmarks.input_pipeline``: three rounds, in turns, each contender in a process of its own; batches of 32,
the article's augmentation, TensorFlow. The images are random noise, which takes as long as faces. Both input pipelines
are also measured without the network. CPU time per image is given beside images per second, because it hardly changes
while the machine has other work to do.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks import child
from emotion_core.data.dataset import LabeledFaces
from emotion_core.train.config import PRESETS, FitConfig

RESULT = child.ROOT / "out" / "bench" / "input_pipeline.json"
IMAGES = 640
BATCH = 32
CLASSES = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
TITLES = {
    "article": "Article: ImageDataGenerator + model.fit",
    "ours": "Here: float32",
    "ours_bfloat16": "Here: mixed bfloat16",
}
# Two functions that make one pass over the images: through the input pipeline alone, and through training.
Passes = tuple[Callable[[], Any], Callable[[], Any]]


def article(folder: Path) -> Passes:
    """Return the recipe as its articles write it: files are read, augmented and scaled one by one."""
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    generator = ImageDataGenerator(
        rescale=1 / 255, rotation_range=30, shear_range=0.3, zoom_range=0.3, horizontal_flip=True, fill_mode="nearest"
    )
    flow = generator.flow_from_directory(
        str(folder), target_size=(48, 48), batch_size=BATCH, color_mode="grayscale", class_mode="categorical"
    )
    model = _article_model()
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return lambda: [flow[i] for i in range(len(flow))], lambda: model.fit(flow, epochs=1, verbose=0)


def ours(folder: Path, config: FitConfig) -> Passes:
    """Return this project's batches and compiled model. As in a run, the files are read once, before the first pass."""
    import keras

    from emotion_core.train.batches import training_batches
    from emotion_core.train.fit import compiled

    keras.mixed_precision.set_global_policy(config.precision)
    data = _read(folder)
    batches = training_batches(data.images, np.eye(len(CLASSES), dtype=np.float32)[data.labels], config)
    model = compiled(config)
    return lambda: [batches[i] for i in range(len(batches))], lambda: model.fit(batches, epochs=1, verbose=0)


CONTENDERS: dict[str, Callable[[Path], Passes]] = {
    "article": article,
    "ours": lambda folder: ours(folder, PRESETS["article"]),
    "ours_bfloat16": lambda folder: ours(folder, replace(PRESETS["article"], precision="mixed_bfloat16")),
}


def _article_model() -> Any:
    from emotion_core.networks.architectures import architecture

    return architecture("article_cnn").build()


def _files(folder: Path) -> Iterator[tuple[int, Path]]:
    return ((i % len(CLASSES), folder / CLASSES[i % len(CLASSES)] / f"{i}.png") for i in range(IMAGES))


def _write(folder: Path) -> None:
    """Write noise as gray images in class folders, in the layout of FER-2013."""
    rng = np.random.default_rng(0)
    for _, path in _files(folder):
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), rng.integers(0, 256, (48, 48), np.uint8))


def _read(folder: Path) -> LabeledFaces:
    labels, paths = zip(*_files(folder), strict=True)
    images = np.stack([cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in paths])
    return LabeledFaces(images, np.array(labels), tuple(path.name for path in paths))


def _cost(one_pass: Callable[[], Any], name: str) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    one_pass()
    return {
        f"{name}_images_per_s": IMAGES / (time.perf_counter() - wall),
        f"{name}_cpu_ms_per_image": (time.process_time() - cpu) / IMAGES * 1000,
    }


def compete(name: str, folder: Path) -> None:
    """Act as a contender: warm up, then make a pass for each request."""
    alone, training = CONTENDERS[name](folder)
    training()
    child.answer(lambda: _cost(alone, "pipeline") | _cost(training, "training"))


def _environment(name: str) -> dict[str, str]:
    """Return TensorFlow's default environment for the article; for ours with oneDNN, as in the process of a run."""
    environment = os.environ | {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}
    environment.pop("TF_ENABLE_ONEDNN_OPTS", None)
    return environment if name == "article" else environment | {"TF_ENABLE_ONEDNN_OPTS": "1"}


def main() -> None:
    """Run, print and save."""
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder))
        here = "benchmarks.input_pipeline"
        rounds = child.take_turns([child.Child(here, name, Path(folder), _environment(name)) for name in CONTENDERS])
    medians = child.medians(rounds)
    result = {"contenders": medians, "times_the_article": _ratios(medians), "rounds": rounds}
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    sys.stdout.write(_table(result))


def _ratios(medians: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Return how many images each contender handles while the article's loop handles one, by time and by CPU time."""
    base = medians["article"]
    return {
        name: {
            "training": round(row["training_images_per_s"] / base["training_images_per_s"], 2),
            "training_cpu": round(base["training_cpu_ms_per_image"] / row["training_cpu_ms_per_image"], 2),
            "pipeline": round(row["pipeline_images_per_s"] / base["pipeline_images_per_s"], 2),
            "pipeline_cpu": round(base["pipeline_cpu_ms_per_image"] / row["pipeline_cpu_ms_per_image"], 2),
        }
        for name, row in medians.items()
    }


def _table(result: dict[str, Any]) -> str:
    lines = [
        f"Training article_cnn, batches of {BATCH}, {IMAGES} noise images a pass, {child.ROUNDS} rounds, medians.",
        f"{'':<40} {'images/s':>9} {'ratio':>7} {'CPU ms':>7} {'ratio':>7} {'pipeline alone/s':>17} {'ratio':>7}",
    ]
    for name, row in result["contenders"].items():
        times = result["times_the_article"][name]
        lines.append(
            f"{TITLES[name]:<40} {row['training_images_per_s']:>9.1f} {times['training']:>6.1f}× "
            f"{row['training_cpu_ms_per_image']:>7.2f} {times['training_cpu']:>6.1f}× "
            f"{row['pipeline_images_per_s']:>17.0f} {times['pipeline']:>6.1f}×"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        compete(sys.argv[1], Path(sys.argv[2]))
    else:
        main()

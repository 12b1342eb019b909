"""A finished run becomes a model: exported, measured, with a card, in the folder of models."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from emotion_core.card import ModelCard, ModelInput
from emotion_core.classify.onnx import OnnxClassifier
from emotion_core.data.dataset import Dataset, LabelledFaces
from emotion_core.errors import RunError
from emotion_core.evaluate import evaluate
from emotion_core.install import convert_apart
from emotion_core.registry import ModelEntry, ModelRegistry
from emotion_core.train.architectures import architecture
from emotion_core.train.runs import Run

# How many images of each class FER-2013's PublicTest has; a test split with these counts is that one.
PUBLIC_TEST_COUNTS = (467, 56, 496, 895, 607, 653, 415)


def publish(run: Run, models_dir: Path, dataset: Dataset, train: LabelledFaces, name: str | None = None) -> ModelEntry:
    """Put the run's model into ``models_dir`` as ``name``, the run's own name if left out. One that the same run
    published before is replaced.

    Raises:
        RunError: the run has no model, or another model has the name.
        ModelError: it does not convert.
    """
    name = name or run.name
    if not run.path("model.keras").is_file():
        raise RunError(f"The run {run.name!r} has no model yet.")
    target = models_dir / name
    if target.exists() and not _is_from(run, target, models_dir):
        raise RunError(f"There is a model {name!r} that is not from this run. Choose another name.")
    models_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".publish-", dir=models_dir) as folder:
        staged = Path(folder) / name
        staged.mkdir()
        shutil.copyfile(run.path("model.keras"), staged / "model.keras")
        facts = convert_apart(staged / "model.keras", staged / "model.onnx")
        card = _measured(_card(run, name, facts, dataset, train), staged / "model.onnx", dataset, run)
        (staged / "card.json").write_text(card.to_json(), encoding="utf-8")
        ModelRegistry(staged.parent).load(name)
        shutil.rmtree(target, ignore_errors=True)
        staged.rename(target)
    return ModelRegistry(models_dir).entry(name)


def _is_from(run: Run, target: Path, models_dir: Path) -> bool:
    card = ModelRegistry(models_dir).entry(target.name).card if (target / "card.json").is_file() else None
    return card is not None and card.training.get("run") == run.name


def _card(run: Run, name: str, facts: dict[str, Any], dataset: Dataset, train: LabelledFaces) -> ModelCard:
    config = run.config
    size = architecture(config.fit.arch).INPUT_SIZE
    best = run.best() or {}
    training = {
        **asdict(config.fit),
        "run": run.name,
        "data": dataset.name,
        "images": len(train),
        "data_fingerprint": train.fingerprint,
        "validation": config.validation,
        "protocol": _protocol(run),
        "epochs_done": len(run.history()),
        "best_epoch": best.get("epoch"),
        "parameters": facts["parameters"],
        "onnx_difference": facts["largest_difference"],
        "command": f"python -m emotion_core train --data DIR --arch {config.fit.arch} --epochs {config.fit.epochs}",
    }
    return ModelCard(
        name=name,
        title=config.title or name,
        architecture=config.fit.arch,
        input=ModelInput(size_wh=(size, size)),
        training=training,
        source=f"Trained on {dataset.name} by this project.",
        license="MIT",
    )


def _protocol(run: Run) -> str:
    where = "the test split" if run.config.validation == "test" else "a tenth of train, kept apart"
    if run.config.keep == "best":
        return f"the best epoch on {where} was kept; no image of test, pixel for pixel, was trained on"
    return f"the last epoch was kept; {where} was only reported; no image of test, pixel for pixel, was trained on"


def _measured(card: ModelCard, network: Path, dataset: Dataset, run: Run) -> ModelCard:
    test = dataset.splits.get("test")
    if test is None or not len(test):
        return card
    classifier = OnnxClassifier(network, card)
    chosen = run.config.validation == "test" and run.config.keep == "best"
    metrics: dict[str, Any] = {}
    for view, flip in (("single", False), ("flip", True)):
        figures = evaluate(classifier, test, flip=flip, timed=1).to_dict()
        figures.pop("model")
        figures.pop("latency_ms_per_face")  # a machine's speed is no property of the model; `make bench` measures it
        metrics[view] = {"view": view, "chosen_on_it": chosen, **figures}
    title = "PublicTest" if is_public_test(test) else "test"
    return replace(card, metrics={title: metrics["single"], f"{title}, with its mirror image": metrics["flip"]})


def is_public_test(test: LabelledFaces) -> bool:
    """Whether a split has the class counts of FER-2013's PublicTest."""
    return tuple(np.bincount(test.labels, minlength=7).tolist()) == PUBLIC_TEST_COUNTS

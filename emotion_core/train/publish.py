"""Turn a finished run into a model: exported, measured, with a card, in the folder of models."""

from __future__ import annotations

import shutil
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from emotion_core.classify.card import ModelCard, ModelInput
from emotion_core.classify.onnx import OnnxClassifier
from emotion_core.data.dataset import Dataset, LabeledFaces
from emotion_core.errors import ModelError, RunError
from emotion_core.measure.accuracy import read_faces
from emotion_core.models.folder import KERAS, ModelFolder, new_model
from emotion_core.models.install import CONVERSION, convert_in_subprocess
from emotion_core.models.quantize import quantize
from emotion_core.models.registry import ModelEntry, ModelRegistry
from emotion_core.networks.architectures import architecture
from emotion_core.processes.run import Limits
from emotion_core.train.config import FitConfig
from emotion_core.train.figures import calibrated, measured, name_of, with_cross_fit
from emotion_core.train.runs import Run, RunConfig


def publish(
    run: Run,
    models_dir: Path,
    dataset: Dataset,
    train: LabeledFaces,
    validation: LabeledFaces,
    name: str | None = None,
) -> ModelEntry:
    """Put the run's model into ``models_dir``, in place of one that the same run published before.

    Args:
        validation: images that were not trained on; the temperature is fitted on them.
        name: of the model; the run's own name if left out.

    Raises:
        RunError: the run has no model, or another model has the name.
        ModelError: it does not convert.
        MissingPackageError: TensorFlow, Keras or tf2onnx is not installed.
    """
    name = name or run.name
    trained = run.path(KERAS)
    if not trained.is_file():
        raise RunError("The run {name!r} has no model yet.", name=run.name)
    target = models_dir / name
    if target.exists() and not _is_from(run, target):
        raise RunError("There is a model {name!r} that is not from this run. Choose another name.", name=name)
    with new_model(target, replace=True) as folder:
        shutil.copyfile(trained, folder.keras)
        # The run's own network is trusted: only a hanging conversion is stopped.
        facts = convert_in_subprocess(folder.keras, folder.network, Limits(CONVERSION.timeout_s))
        card = _card(run, name, facts, dataset, train)
        raw = read_faces(OnnxClassifier(folder.network, card), validation)
        if run.config.export == "int8":
            quantize(folder.network, folder.network, train.images, card.input)
            before, raw = raw, read_faces(OnnxClassifier(folder.network, card), validation)
            agreement = round(float(np.mean(raw.argmax(axis=1) == before.argmax(axis=1))), 4)
            card = replace(card, training={**card.training, "int8_agreement": agreement})
        card = calibrated(card, raw, validation)
        chosen = run.config.validation == "test" and run.config.keep == "best"
        card = measured(card, folder.network, dataset, chosen_on_it=chosen)
        if run.config.validation == "test" and card.temperature != 1.0:
            card = with_cross_fit(card, raw, validation)
        folder.write_card(card)
    return ModelRegistry(models_dir).entry(name)


def _is_from(run: Run, target: Path) -> bool:
    try:
        card = ModelFolder(target).checked_card()
    except ModelError:
        return False
    return card.training.get("run") == run.name


def _card(run: Run, name: str, facts: dict[str, Any], dataset: Dataset, train: LabeledFaces) -> ModelCard:
    config = run.config
    size = architecture(config.fit.arch).input_size
    best = run.best() or {}
    training = {
        **asdict(config.fit),
        "run": run.name,
        "data": name_of(dataset),
        "images": len(train),
        "data_fingerprint": train.fingerprint,
        "validation": config.validation,
        "protocol": _protocol(run),
        "export": config.export,
        "epochs_done": len(run.history()),
        "best_epoch": best.get("epoch"),
        "parameters": facts["parameters"],
        "onnx_difference": facts["largest_difference"],
        "command": command(config),
    }
    return ModelCard(
        name=name,
        title=config.title or name,
        architecture=config.fit.arch,
        input=ModelInput(size_wh=(size, size)),
        learned_from=config.fit.learn_from,
        training=training,
        source=f"Trained on {name_of(dataset)} by this project.",
        license="MIT",
    )


def command(config: RunConfig) -> str:
    """The command line that starts a run with the same settings."""
    words = ["python -m emotion_core train --data DIR"]
    usual = FitConfig()
    for f in fields(FitConfig):
        value, flag = getattr(config.fit, f.name), f.name.replace("_", "-")
        if value != getattr(usual, f.name):
            words.append((f"--{flag}" if value else f"--no-{flag}") if isinstance(value, bool) else f"--{flag} {value}")
    for name in ("validation", "keep", "export", "patience"):
        if getattr(config, name) != getattr(RunConfig("usual", ""), name):
            words.append(f"--{name} {getattr(config, name)}")
    return " ".join([*words, *(["--without-flagged"] if config.without_flagged else [])])


def _protocol(run: Run) -> str:
    holdout = run.config.validation == "holdout"
    where = "a tenth of train, kept apart" if holdout else f"the {run.config.validation} split"
    if run.config.keep == "best":
        return f"the best epoch on {where} was kept; no image of test, pixel for pixel, was trained on"
    return f"the last epoch was kept; {where} was only reported; no image of test, pixel for pixel, was trained on"

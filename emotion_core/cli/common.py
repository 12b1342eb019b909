"""What several commands share: the folder of models, loading one of them, and reporting errors."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from emotion_core.classify.base import Classifier
from emotion_core.errors import ModelError
from emotion_core.models.registry import DEEPFACE, ModelRegistry
from emotion_core.settings import Settings

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130  # exit statuses


def add_models_dir(parser: argparse.ArgumentParser) -> None:
    """Add ``--models-dir`` to a command that reads or writes the folder of models."""
    parser.add_argument("--models-dir", type=Path, metavar="DIR", help="folder of the installed models")


def registry(options: argparse.Namespace) -> ModelRegistry:
    """Return the models in ``--models-dir``, or in the folder of the settings."""
    settings = Settings.from_environment()
    return ModelRegistry(options.models_dir or settings.models_dir, settings.model_threads)


def load_classifier(models: ModelRegistry, name: str | None) -> Classifier:
    """Load the named model or the default one. DeepFace's weights are downloaded first if they are missing.

    Raises:
        ModelError: it cannot be loaded.
    """
    if not models.models_dir.is_dir():
        raise ModelError("There is no folder of models {models_dir}. Check the name.", models_dir=models.models_dir)
    name = name or models.default_name(Settings.from_environment().default_model)
    if name == DEEPFACE and not models.entry(name).error:
        _download_weights()
    return models.load(name)


def report(text: str) -> None:
    """Print one line on stderr, above a progress bar if there is one."""
    tqdm.write(text, file=sys.stderr)


def report_error(subject: str, error: Exception) -> None:
    """Print ``error: SUBJECT: what to do`` as one line on stderr."""
    report(f"error: {subject}: {' '.join(str(error).split())}")


def _download_weights() -> None:
    from emotion_core.classify.deepface import WEIGHTS_FILE, download_weights, weights_present

    if weights_present():
        return
    with tqdm(desc=WEIGHTS_FILE, unit="B", unit_scale=True, file=sys.stderr) as bar:

        def show(done: int, total: int | None) -> None:
            bar.total = total
            bar.update(done - bar.n)

        download_weights(show)

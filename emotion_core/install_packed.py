"""Install a model from the zip that *Download* on the page Models gives: a network, its card, perhaps a Keras file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from emotion_core.card import ModelCard
from emotion_core.data.archive import ArchiveLimits, unpacked
from emotion_core.errors import DataError, ModelError
from emotion_core.install import check_name, install_keras_model, staged_model
from emotion_core.registry import ModelEntry, ModelRegistry

LIMITS = ArchiveLimits(max_bytes=500_000_000, max_files=50)
NETWORK, CARD, KERAS = "model.onnx", "card.json", "model.keras"


def install_model(
    path: Path,
    name: str,
    models_dir: Path,
    *,
    labels: Sequence[str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> ModelEntry:
    """Install a zip with `install_packed_model`, any other file with `install_keras_model`.

    Args:
        labels: of a Keras file; a zip's card has its own.

    Raises:
        ModelError: see there.
        MissingPackageError: a Keras file, and what its conversion needs is not installed. A zip needs nothing more.
    """
    if path.suffix.lower() == ".zip":
        return install_packed_model(path, name, models_dir, progress=progress)
    return install_keras_model(path, name, models_dir, labels=labels, progress=progress)


def install_packed_model(
    path: Path, name: str, models_dir: Path, *, progress: Callable[[str], None] | None = None
) -> ModelEntry:
    """Unpack ``path``, check its network with its card, and put both into ``models_dir/name``.

    Args:
        path: a zip with ``model.onnx`` and ``card.json``, both in one folder or in none; other files than these and
            ``model.keras`` are left out.
        name: lower-case letters, digits, ``-`` and ``_``. A title that was only the old name becomes the new one.
        progress: called with a sentence at each step.

    Raises:
        ModelError: the name is taken or not allowed, or the archive holds no model that works. Nothing is left behind.
    """
    tell = progress or (lambda text: None)
    target = check_name(name, models_dir)
    if not path.is_file():
        raise ModelError("There is no such file. Check the name.")
    tell("Unpacking")
    try:
        with staged_model(target) as staged, unpacked(path, LIMITS) as folder:
            source = _model_folder(folder)
            for file in (NETWORK, KERAS):
                if (source / file).is_file():
                    shutil.copyfile(source / file, staged / file)
            card = ModelCard.from_json((source / CARD).read_text(encoding="utf-8"))
            card = replace(card, name=name, title=name if card.title == card.name else card.title)
            (staged / CARD).write_text(card.to_json(), encoding="utf-8")
            tell("Checking the network")
    except DataError as error:
        raise ModelError(str(error)) from error
    except UnicodeDecodeError as error:
        raise ModelError("The archive's card.json is not text. Download the model again.") from error
    tell("Installed")
    return ModelRegistry(models_dir).entry(name)


def _model_folder(folder: Path) -> Path:
    found = [path.parent for path in sorted(folder.rglob(CARD)) if (path.parent / NETWORK).is_file()]
    if len(found) != 1:
        raise ModelError(
            f"Expected a zip with one {NETWORK} and its {CARD}, as the page Models downloads it. Received: {len(found)}"
        )
    return found[0]

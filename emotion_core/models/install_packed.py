"""Install a model from a zip as the page Models downloads it: a network, its card, perhaps its Keras file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from emotion_core.errors import DataError, ModelError
from emotion_core.files.archive import ArchiveLimits, unpacked
from emotion_core.language import gettext
from emotion_core.models.folder import CARD, NETWORK, ModelFolder, new_model
from emotion_core.models.install import check_name, install_keras_model
from emotion_core.models.registry import ModelEntry, ModelRegistry

LIMITS = ArchiveLimits(max_bytes=500_000_000, max_files=50)


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
        labels: the order of a Keras file's outputs. A zip's card has its own.

    Raises:
        ModelError: see these functions.
        MissingPackageError: what the conversion of a Keras file needs is not installed. A zip needs no conversion.
    """
    if path.suffix.lower() == ".zip":
        return install_packed_model(path, name, models_dir, progress=progress)
    return install_keras_model(path, name, models_dir, labels=labels, progress=progress)


def install_packed_model(
    path: Path, name: str, models_dir: Path, *, progress: Callable[[str], None] | None = None
) -> ModelEntry:
    """Unpack a zip, check its network and its card, and put both into ``models_dir/name``.

    Args:
        path: a zip with ``model.onnx`` and ``card.json``, both in one folder or in none. Of its other files only
            ``model.keras`` is taken.
        name: lower-case letters, digits, ``-`` and ``_``. A title that was only the old name becomes the new one.
        progress: called with a sentence at each step.

    Raises:
        ModelError: the name is taken or not allowed, or the archive holds no model that works. Nothing is left behind.
    """
    report = progress or (lambda text: None)
    target = check_name(name, models_dir)
    if not path.is_file():
        raise ModelError("There is no such file. Check the name.")
    report(gettext("Unpacking"))
    try:
        with new_model(target) as folder, unpacked(path, LIMITS) as archive:
            source = _only_model(archive)
            shutil.copyfile(source.network, folder.network)
            if source.keras.is_file():
                shutil.copyfile(source.keras, folder.keras)
            card = source.read_card()
            folder.write_card(replace(card, name=name, title=name if card.title == card.name else card.title))
            report(gettext("Checking the network"))
    except DataError as error:
        raise ModelError(error.message) from error
    report(gettext("Installed"))
    return ModelRegistry(models_dir).entry(name)


def _only_model(archive: Path) -> ModelFolder:
    folders = [ModelFolder(card.parent) for card in archive.rglob(CARD)]
    found = [folder for folder in folders if folder.network.is_file()]
    if len(found) != 1:
        raise ModelError(
            "Expected a zip with one {network} and its {card}, as the Models page downloads it. Received: {count}",
            network=NETWORK,
            card=CARD,
            count=len(found),
        )
    return found[0]

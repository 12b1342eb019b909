"""Rename, delete and pack a model of the ``models/`` folder. Each happens whole or not at all."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from emotion_core.classify.card import ModelCard
from emotion_core.errors import ModelError
from emotion_core.files.atomic import new_folder, remove_folder
from emotion_core.language import Message
from emotion_core.models.folder import ModelFolder
from emotion_core.models.install import check_name
from emotion_core.models.registry import ModelEntry, ModelRegistry

# The least that is possible: weights are random numbers, which no level of compression makes much smaller.
_COMPRESSION_LEVEL = 1


def rename_model(models_dir: Path, name: str, new_name: str, title: str | None = None) -> ModelEntry:
    """Give a model another name, another title, or both.

    Args:
        new_name: of its folder and in its card: lower-case letters, digits, ``-`` and ``_``; may be the old one.
        title: what pages call it. Left out, it stays as it is; a title that was only the old name becomes the new one.

    Returns:
        The renamed model.

    Raises:
        ModelNotFoundError: no model has this name.
        ModelError: the new name is taken or not allowed, or the model is broken or not in the folder. Nothing changed.
    """
    folder = _model_folder(models_dir, name)
    entry = ModelRegistry(models_dir).entry(name)
    if entry.card is None:
        raise ModelError("{error} It cannot be renamed, only deleted.", error=entry.error)
    title = (entry.title if entry.title != name else new_name) if title is None else title.strip()
    if not title:
        raise ModelError("Expected a title. Received: none")
    card = replace(entry.card, name=new_name, title=title)
    with translate_os_errors(Message("The model {name} cannot be renamed", name=name)):
        if new_name == name:
            folder.write_card(card)
        else:
            _rename_folder(folder.path, check_name(new_name, models_dir), card)
    return ModelRegistry(models_dir).entry(new_name)


def delete_model(models_dir: Path, name: str) -> None:
    """Delete a model's folder, whether the model is broken or not.

    Raises:
        ModelNotFoundError: no model has this name.
        ModelError: it is not a folder of ``models_dir``, or cannot be deleted.
    """
    folder = _model_folder(models_dir, name)
    with translate_os_errors(Message("The model {name} cannot be deleted", name=name)):
        remove_folder(folder.path)


def zip_model(models_dir: Path, name: str) -> bytes:
    """A zip archive with the folder ``name/`` and all files in it.

    Raises:
        ModelNotFoundError: no model has this name.
        ModelError: it is not a folder of ``models_dir``, or cannot be read.
    """
    folder = _model_folder(models_dir, name)
    buffer = io.BytesIO()
    with (
        translate_os_errors(Message("The model {name} cannot be packed", name=name)),
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION_LEVEL) as archive,
    ):
        for path in sorted(folder.path.rglob("*")):
            if path.is_file():
                archive.write(path, Path(name, path.relative_to(folder.path)).as_posix())
    return buffer.getvalue()


def _model_folder(models_dir: Path, name: str) -> ModelFolder:
    folder = ModelRegistry(models_dir).entry(name).folder
    if folder is None:
        raise ModelError("DeepFace belongs to its library; it cannot be renamed, deleted or downloaded here.")
    return ModelFolder(folder)


def _rename_folder(folder: Path, target: Path, card: ModelCard) -> None:
    """Put a finished copy under the new name before the old folder goes: there is a whole model at every moment."""
    with new_folder(target) as staged:
        shutil.copytree(folder, staged, dirs_exist_ok=True)
        ModelFolder(staged).write_card(card)
    try:
        remove_folder(folder)
    except OSError:
        remove_folder(target)
        raise


@contextmanager
def translate_os_errors(what: Message) -> Iterator[None]:
    """Turn what the file system refuses into a ModelError that begins with ``what``."""
    try:
        yield
    except (OSError, shutil.Error) as error:
        reason = error.strerror or Message("a file cannot be read or written")
        raise ModelError("{what}: {reason}.", what=what, reason=reason) from error

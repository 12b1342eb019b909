"""Rename, delete and pack a model of the ``models/`` folder. Each happens whole or not at all."""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from emotion_core.classify.card import ModelCard
from emotion_core.errors import ModelError
from emotion_core.models.install import NAME
from emotion_core.models.registry import DEEPFACE, DETECTORS_FOLDER, ModelEntry, ModelRegistry

CARD = "card.json"
# Networks hardly shrink, so packing them tightly would only take time.
_COMPRESSION_LEVEL = 1


def rename_model(models_dir: Path, name: str, new_name: str, title: str | None = None) -> ModelEntry:
    """Give a model another name, another title, or both.

    Args:
        new_name: of its folder and in its card: lower-case letters, digits, ``-`` and ``_``; may be the old one.
        title: how pages call it. Left out, it stays as it is; a title that was only the old name becomes the new one.

    Returns:
        The renamed model.

    Raises:
        ModelNotFoundError: there is no such model.
        ModelError: the new name is taken or not allowed, or the model is broken or not in the folder. Nothing changed.
    """
    folder, card = _whole(models_dir, name)
    title = (card.title if card.title != name else new_name) if title is None else title.strip()
    if not title:
        raise ModelError("Expected a title. Received: none")
    _check_new_name(models_dir, name, new_name)
    with _told(f"The model {name} cannot be renamed"), _workshop(models_dir, "rename") as workshop:
        if new_name == name:
            _replace_card(folder, replace(card, title=title), workshop)
        else:
            _move(folder, replace(card, name=new_name, title=title), workshop)
    return ModelRegistry(models_dir).entry(new_name)


def delete_model(models_dir: Path, name: str) -> None:
    """Remove a model's folder, be the model broken or not.

    Raises:
        ModelNotFoundError: there is no such model.
        ModelError: it is not a folder of ``models_dir``, or cannot be removed.
    """
    folder = _folder(models_dir, name)
    with _told(f"The model {name} cannot be deleted"), _workshop(models_dir, "delete") as workshop:
        folder.rename(workshop / name)


def zip_model(models_dir: Path, name: str) -> bytes:
    """A zip archive with the folder ``name/`` and all files in it.

    Raises:
        ModelNotFoundError: there is no such model.
        ModelError: it is not a folder of ``models_dir``, or cannot be read.
    """
    folder = _folder(models_dir, name)
    buffer = io.BytesIO()
    with (
        _told(f"The model {name} cannot be packed"),
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION_LEVEL) as archive,
    ):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, Path(name, path.relative_to(folder)).as_posix())
    return buffer.getvalue()


def _folder(models_dir: Path, name: str) -> Path:
    folder = ModelRegistry(models_dir).entry(name).folder
    if folder is None:
        raise ModelError("DeepFace belongs to its library; it cannot be renamed, deleted or downloaded here.")
    return folder


def _whole(models_dir: Path, name: str) -> tuple[Path, ModelCard]:
    folder = _folder(models_dir, name)
    entry = ModelRegistry(models_dir).entry(name)
    if entry.card is None:
        raise ModelError(f"{entry.error} It cannot be renamed, only deleted.")
    return folder, entry.card


def _check_new_name(models_dir: Path, name: str, new_name: str) -> None:
    if not NAME.fullmatch(new_name) or new_name in (DEEPFACE, DETECTORS_FOLDER):
        raise ModelError(
            "Expected a name of up to 40 lower-case letters, digits, - and _, "
            f"other than {DEEPFACE} and {DETECTORS_FOLDER}. Received: {new_name!r}"
        )
    if new_name != name and (models_dir / new_name).exists():
        raise ModelError(f"There is a model {new_name!r} already. Choose another name.")


def _replace_card(folder: Path, card: ModelCard, workshop: Path) -> None:
    written = workshop / CARD
    written.write_text(card.to_json(), encoding="utf-8")
    written.replace(folder / CARD)


def _move(folder: Path, card: ModelCard, workshop: Path) -> None:
    """A finished copy appears under the new name before the old folder goes: at no moment is there half a model."""
    staged = workshop / card.name
    shutil.copytree(folder, staged)
    (staged / CARD).write_text(card.to_json(), encoding="utf-8")
    target = folder.parent / card.name
    staged.rename(target)
    try:
        folder.rename(workshop / folder.name)
    except OSError:
        target.rename(staged)
        raise


@contextmanager
def _workshop(models_dir: Path, purpose: str) -> Iterator[Path]:
    """A folder on the same file system, gone afterwards. Its name hides it from the registry."""
    with tempfile.TemporaryDirectory(prefix=f".{purpose}-", dir=models_dir, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Turn what the file system refuses into a ModelError."""
    try:
        yield
    except (OSError, shutil.Error) as error:
        reason = error.strerror or "a file cannot be read or written"
        raise ModelError(f"{what}: {reason}.") from error

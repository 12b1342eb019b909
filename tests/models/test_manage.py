"""Renaming, deleting and packing models: what each leaves in the folder, also when it fails."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_core.errors import ModelError, ModelNotFoundError
from emotion_core.models.manage import delete_model, rename_model, zip_model
from emotion_core.models.registry import ModelRegistry
from tests.bad_input import BAD_MODELS
from tests.model_files import write_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    models = tmp_path / "models"
    write_model(models / "first", title="The first")
    (models / "first" / "model.keras").write_bytes(b"weights")
    write_model(models / "second")
    return models


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_renamed_model_loads_under_its_new_name_with_all_its_files(folder: Path) -> None:
    entry = rename_model(folder, "first", "renamed")
    assert (entry.name, entry.title, entry.error) == ("renamed", "The first", None)
    assert names(folder) == ["renamed", "second"]
    assert (folder / "renamed" / "model.keras").read_bytes() == b"weights"
    assert ModelRegistry(folder).load("renamed").name == "renamed"


def test_a_title_alone_can_be_changed(folder: Path) -> None:
    before = contents(folder)
    entry = rename_model(folder, "first", "first", " The best ")
    assert (entry.name, entry.title) == ("first", "The best")
    changed = {name for name, data in contents(folder).items() if before[name] != data}
    assert changed == {"first/card.json"}


def test_a_title_that_was_only_the_name_follows_it(folder: Path) -> None:
    write_model(folder / "third", title="third")
    assert rename_model(folder, "third", "fourth").title == "fourth"


@pytest.mark.parametrize(
    ("name", "new_name", "title", "reason"),
    [
        ("first", "second", None, "already"),
        ("first", "My Model", None, "lowercase"),
        ("first", "../first", None, "lowercase"),
        ("first", "", None, "lowercase"),
        ("first", "x" * 41, None, "up to 40"),
        ("first", "deepface", None, "other than deepface"),
        ("first", "detectors", None, "other than deepface"),
        ("first", "new", "  ", "Expected a title"),
        ("deepface", "mine", None, "belongs to its library"),
        ("missing", "mine", None, "There is no model"),
        ("../models/first", "mine", None, "There is no model"),
    ],
    ids=["taken", "spaces", "path", "empty", "long", "deepface", "detectors", "title", "from deepface", "none", "up"],
)
def test_what_cannot_be_renamed_changes_nothing(
    name: str, new_name: str, title: str | None, reason: str, folder: Path
) -> None:
    before = contents(folder)
    with pytest.raises(ModelError, match=reason):
        rename_model(folder, name, new_name, title)
    assert contents(folder) == before
    assert names(folder) == ["first", "second"]


def test_a_taken_name_is_one_of_a_folder_without_a_card_too(folder: Path) -> None:
    (folder / "draft").mkdir()
    with pytest.raises(ModelError, match="already"):
        rename_model(folder, "first", "draft")


def test_a_broken_model_cannot_be_renamed_but_packed_and_deleted(folder: Path) -> None:
    BAD_MODELS["no network"](folder / "bad")
    with pytest.raises(ModelError, match="only deleted"):
        rename_model(folder, "bad", "good")
    assert zip_model(folder, "bad")
    delete_model(folder, "bad")
    assert names(folder) == ["first", "second"]


@pytest.mark.parametrize("act", [delete_model, zip_model], ids=["delete", "zip"])
@pytest.mark.parametrize(
    ("name", "error"), [("deepface", ModelError), ("none", ModelNotFoundError), ("..", ModelNotFoundError)]
)
def test_only_a_model_of_the_folder_is_deleted_or_packed(
    act: Callable[[Path, str], object], name: str, error: type[Exception], folder: Path
) -> None:
    before = contents(folder)
    with pytest.raises(error):
        act(folder, name)
    assert contents(folder) == before


def test_a_deleted_model_is_gone_whole(folder: Path) -> None:
    delete_model(folder, "first")
    assert names(folder) == ["second"]


def test_a_link_is_deleted_and_what_it_points_to_is_not(folder: Path, tmp_path: Path) -> None:
    write_model(tmp_path / "elsewhere" / "linked")
    (folder / "linked").symlink_to(tmp_path / "elsewhere" / "linked")
    delete_model(folder, "linked")
    assert names(folder) == ["first", "second"]
    assert (tmp_path / "elsewhere" / "linked" / "card.json").is_file()


def test_a_zip_unpacks_to_the_same_model(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    with zipfile.ZipFile(io.BytesIO(zip_model(folder, "first"))) as archive:
        archive.extractall(other)
    assert contents(other / "first") == contents(folder / "first")
    assert ModelRegistry(other).load("first").name == "first"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said(folder: Path) -> None:
    folder.chmod(0o555)
    try:
        for act in (lambda: delete_model(folder, "first"), lambda: rename_model(folder, "first", "new")):
            with pytest.raises(ModelError, match="Permission denied"):
                act()
    finally:
        folder.chmod(0o755)
    assert names(folder) == ["first", "second"]


def test_a_file_that_cannot_be_copied_leaves_the_old_model(folder: Path) -> None:
    (folder / "first" / "extra").symlink_to(folder / "nowhere")
    with pytest.raises(ModelError, match="cannot be renamed"):
        rename_model(folder, "first", "new")
    assert names(folder) == ["first", "second"]
    assert ModelRegistry(folder).load("first").name == "first"

"""The folder of one model, and what a listing finds after a process was killed while it replaced one."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from emotion_core.emotions import Emotion
from emotion_core.errors import ModelError
from emotion_core.files.atomic import new_folder
from emotion_core.models.folder import ModelFolder, model_folders, new_model
from emotion_core.models.manage import rename_model
from emotion_core.models.registry import ModelRegistry
from tests.killed import killed_at_each_step
from tests.model_files import write_fixed_model, write_model

FACE = [np.full((60, 60, 3), 80, np.uint8)]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def reads_as(models_dir: Path, name: str) -> Emotion:
    """What the model called ``name`` reads every face as."""
    return list(Emotion)[int(ModelRegistry(models_dir).load(name).predict(FACE).argmax())]


def test_the_keras_file_has_one_of_three_names(tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path)
    assert folder.keras_file() is None
    for name in ("model.hdf5", "model.h5", "model.keras"):
        (tmp_path / name).touch()
        assert folder.keras_file() == tmp_path / name


def test_a_card_is_replaced_whole(tmp_path: Path) -> None:
    write_model(tmp_path / "tiny")
    folder = ModelFolder(tmp_path / "tiny")
    folder.write_card(folder.read_card())
    assert folder.read_card().name == "tiny"
    assert names(folder.path) == ["card.json", "model.onnx"]


def test_a_model_that_does_not_load_does_not_replace_one_that_does(tmp_path: Path) -> None:
    write_fixed_model(tmp_path / "mine", "happy")
    with pytest.raises(ModelError, match="not a readable ONNX"), new_model(tmp_path / "mine", replace=True) as folder:
        write_fixed_model(folder.path, "sad")
        folder.network.write_bytes(b"cut off")
    assert reads_as(tmp_path, "mine") == Emotion.HAPPY
    assert names(tmp_path) == ["mine"]


def test_a_name_that_another_process_took_meanwhile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="already"), new_model(tmp_path / "mine") as folder:
        write_fixed_model(folder.path, "sad")
        write_fixed_model(tmp_path / "mine", "happy")
    assert reads_as(tmp_path, "mine") == Emotion.HAPPY


def test_a_folder_that_is_being_written_is_not_listed(tmp_path: Path) -> None:
    write_model(tmp_path / "tiny")
    with new_folder(tmp_path / "other") as staged:
        write_model(staged)
        assert [folder.name for folder in model_folders(tmp_path)] == ["tiny"]


def replace_happy_with_sad(target: str) -> None:
    with new_model(Path(target), replace=True) as folder:
        write_fixed_model(folder.path, "sad")


def rename_mine(target: str) -> None:
    rename_model(Path(target).parent, "mine", "renamed")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_after_a_killed_replacement_the_next_listing_has_the_old_model_or_the_new_one(tmp_path: Path) -> None:
    models = tmp_path / "models"
    seen = []
    for _ in killed_at_each_step(
        replace_happy_with_sad, models, models / "mine", before=lambda: write_fixed_model(models / "mine", "happy")
    ):
        listed = [entry for entry in ModelRegistry(models).entries() if entry.kind == "onnx"]
        assert [(entry.name, entry.error) for entry in listed] == [("mine", None)]
        assert names(models) == ["mine"]
        seen.append(reads_as(models, "mine"))
    assert set(seen) == {Emotion.HAPPY, Emotion.SAD}
    assert (seen[0], seen[-1]) == (Emotion.HAPPY, Emotion.SAD)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_renaming_leaves_at_least_one_of_both_names_and_no_broken_model(tmp_path: Path) -> None:
    models = tmp_path / "models"

    def prepare() -> None:
        for folder in model_folders(models):
            folder.path.rename(tmp_path / f"old-{len(list(tmp_path.iterdir()))}")
        write_fixed_model(models / "mine", "happy")

    seen = []
    for _ in killed_at_each_step(rename_mine, models, models / "mine", before=prepare):
        listed = [entry for entry in ModelRegistry(models).entries() if entry.kind == "onnx"]
        assert listed and all(entry.error is None for entry in listed)
        seen.append([entry.name for entry in listed])
    assert (seen[0], seen[-1]) == (["mine"], ["renamed"])

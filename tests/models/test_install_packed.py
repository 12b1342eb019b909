"""A downloaded zip can be installed again; any other zip is refused and leaves nothing behind."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from emotion_core.cli.main import main
from emotion_core.errors import ModelError
from emotion_core.files.archive import ArchiveLimits
from emotion_core.models import install_packed
from emotion_core.models.install_packed import install_packed_model
from emotion_core.models.manage import zip_model
from emotion_core.models.registry import ModelRegistry
from tests.model_files import network, write_fixed_model, write_model

FACE = [np.full((60, 60, 3), 80, np.uint8)]


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A downloaded model."""
    write_fixed_model(tmp_path / "there" / "always_happy", "happy")
    (tmp_path / "there" / "always_happy" / "model.keras").write_bytes(b"weights")
    path = tmp_path / "always_happy.zip"
    path.write_bytes(zip_model(tmp_path / "there", "always_happy"))
    return path


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def pack(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def card_of(tmp_path: Path, **changes: object) -> bytes:
    write_model(tmp_path / "card" / "tiny", **changes)  # type: ignore[arg-type]
    return (tmp_path / "card" / "tiny" / "card.json").read_bytes()


def test_a_downloaded_model_comes_back_under_another_name(packed: Path, models: Path, tmp_path: Path) -> None:
    steps: list[str] = []
    entry = install_packed_model(packed, "again", models, progress=steps.append)
    assert steps == ["Unpacking", "Checking the network", "Installed"]
    assert entry.error is None
    assert sorted(path.name for path in (models / "again").iterdir()) == ["card.json", "model.keras", "model.onnx"]
    there = ModelRegistry(tmp_path / "there").load("always_happy").predict(FACE)
    assert np.array_equal(ModelRegistry(models).load("again").predict(FACE), there)


def test_files_without_a_folder_and_others_beside_them_are_fine(models: Path, tmp_path: Path) -> None:
    path = pack(
        tmp_path / "a.zip", {"model.onnx": network(), "card.json": card_of(tmp_path), "readme.txt": b"", "run.py": b""}
    )
    install_packed_model(path, "mine", models)
    assert sorted(path.name for path in (models / "mine").iterdir()) == ["card.json", "model.onnx"]


def test_the_command_line_takes_it_too(packed: Path, models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "install", str(packed), "--name", "again", "--models-dir", str(models)]) == 0
    assert capsys.readouterr().out == "again\n"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"notes.txt": b"hello"}, "one model.onnx and its card.json"),
        ({"a/model.onnx": b"x", "a/card.json": b"{}", "b/model.onnx": b"x", "b/card.json": b"{}"}, "Received: 2"),
        ({"model.onnx": network(), "card.json": b"{not json"}, "not valid JSON"),
        ({"model.onnx": network(), "card.json": b"\xff\xfe\x00"}, "not text"),
        ({"../model.onnx": network(), "card.json": b"{}"}, "leads out"),
    ],
)
def test_an_archive_without_a_model_is_refused(
    files: dict[str, bytes], message: str, models: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=message):
        install_packed_model(pack(tmp_path / "a.zip", files), "mine", models)
    assert list(models.iterdir()) == []


@pytest.mark.parametrize("outputs", [6, None])
def test_a_network_that_does_not_work_is_refused(outputs: int | None, models: Path, tmp_path: Path) -> None:
    broken = network(outputs=outputs) if outputs else b"no network"
    path = pack(tmp_path / "a.zip", {"model.onnx": broken, "card.json": card_of(tmp_path)})
    with pytest.raises(ModelError):
        install_packed_model(path, "mine", models)
    assert list(models.iterdir()) == []


def test_a_bomb_and_a_damaged_archive_are_refused(
    packed: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = tmp_path / "half.zip"
    half.write_bytes(packed.read_bytes()[:200])
    with pytest.raises(ModelError, match="incomplete or damaged"):
        install_packed_model(half, "mine", models)
    monkeypatch.setattr(install_packed, "LIMITS", ArchiveLimits(max_bytes=1000))
    with pytest.raises(ModelError, match="larger than"):
        install_packed_model(packed, "mine", models)


def test_a_taken_name_keeps_the_old_model(packed: Path, models: Path) -> None:
    write_fixed_model(models / "mine", "sad")
    with pytest.raises(ModelError, match="already"):
        install_packed_model(packed, "mine", models)
    assert ModelRegistry(models).load("mine").predict(FACE).argmax() == 5

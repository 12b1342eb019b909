"""The folder of models: what is listed, loaded once, and refused."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from emotion_core.classify.card import ModelCard, ModelInput
from emotion_core.errors import ModelError, ModelNotFoundError, WeightsMissingError
from emotion_core.models.registry import ModelRegistry
from emotion_core.settings import Settings
from tests.classify.onnx_files import write_linear_model

WEIGHTS = np.zeros((64, 7), np.float32)


def add_model(models: Path, name: str) -> Path:
    """A model that reads every face as every expression alike."""
    write_linear_model(models / name, ModelCard(name, name.title(), input=ModelInput((8, 8)), output="logits"), WEIGHTS)
    return models / name


def test_models_are_listed_in_order_with_deepface_last(tmp_path: Path) -> None:
    for name in ("zebra", "apple"):
        add_model(tmp_path, name)
    (tmp_path / "detectors").mkdir()
    (tmp_path / "notes").mkdir()
    assert [entry.name for entry in ModelRegistry(tmp_path).entries()] == ["apple", "zebra", "deepface"]


def test_a_broken_model_is_listed_with_its_fault_and_spoils_no_other(tmp_path: Path) -> None:
    add_model(tmp_path, "good")
    (add_model(tmp_path, "bad") / "card.json").write_text('{"name": NaN}')
    registry = ModelRegistry(tmp_path)
    assert "NaN" in str(registry.entry("bad").error)
    assert registry.default_name("bad") == "good"
    with pytest.raises(ModelError, match="bad cannot be used"):
        registry.load("bad")


def test_a_model_is_loaded_once_and_again_when_its_files_change(tmp_path: Path) -> None:
    folder = add_model(tmp_path, "one")
    registry = ModelRegistry(tmp_path)
    first = registry.load("one")
    assert registry.load("one") is first
    os.utime(folder / "model.onnx", (1, 4_000_000_000))
    assert registry.load("one") is not first


def test_an_unknown_name_says_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="Installed: deepface"):
        ModelRegistry(tmp_path).load("nothing")


def test_deepface_without_weights_says_which_file_goes_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))
    with pytest.raises(WeightsMissingError, match=r"facial_expression_model_weights\.onnx and put the file into"):
        ModelRegistry(tmp_path).load("deepface")


def test_the_bundled_default_model_loads_and_its_card_states_what_was_measured() -> None:
    settings = Settings()
    registry = ModelRegistry(settings.models_dir)
    card = registry.entry(settings.default_model).card
    assert card is not None
    assert 0 < card.metrics["PublicTest"]["accuracy"] < 1
    assert card.metrics["PublicTest"]["images"] == 3589
    assert {"data", "data_fingerprint", "protocol"} <= set(card.training)
    face = np.full((60, 60, 3), 90, np.uint8)
    assert registry.load(card.name).predict([face, face]).sum(axis=1) == pytest.approx([1, 1], rel=1e-4)

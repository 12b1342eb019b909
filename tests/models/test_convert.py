"""Keras opens only files whose layers are its own or this project's."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import pytest

from emotion_core.errors import ModelError
from emotion_core.models.convert import MAX_CONFIG_BYTES, refuse_code


def layer(class_name: str, module: str | None, registered_name: str | None) -> dict[str, Any]:
    return {"class_name": class_name, "module": module, "registered_name": registered_name, "config": {}}


def network(*layers: dict[str, Any]) -> dict[str, Any]:
    return layer("Functional", "keras.src.models.functional", "Functional") | {"config": {"layers": list(layers)}}


def keras_file(folder: Path, config: dict[str, Any]) -> Path:
    path = folder / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
    return path


DENSE = layer("Dense", "keras.layers", None)
OWN = layer("AffineSampler", "emotion_core.networks.layers", "emotion_core>AffineSampler")


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param((DENSE,), id="Keras' own"),
        pytest.param((DENSE, OWN), id="this project's"),
        pytest.param((layer("function", "builtins", "function"),), id="a function that Keras looks up by name"),
        pytest.param(({"class_name": "Conv2D", "config": {}},), id="as Keras 2 writes it"),
    ],
)
def test_known_layers_pass(tmp_path: Path, layers: tuple[dict[str, Any], ...]) -> None:
    refuse_code(keras_file(tmp_path, network(*layers)))


@pytest.mark.parametrize(
    ("foreign", "name"),
    [
        pytest.param(layer("Magic", None, "Magic>Magic"), "Magic>Magic", id="registered elsewhere"),
        pytest.param(layer("Magic", "theirs.layers", None), "Magic", id="from a module"),
        pytest.param(
            layer("Other", "emotion_core.networks.layers", "emotion_core>Other"), "emotion_core>Other", id="ours?"
        ),
        pytest.param(layer("system", "os", "system"), "system", id="a function of a module"),
        pytest.param({"class_name": "Custom>Magic", "config": {}}, "Custom>Magic", id="as Keras 2 writes it"),
        pytest.param(layer("AffineSampler", "theirs", "theirs>AffineSampler"), "theirs>AffineSampler", id="our name"),
    ],
)
def test_foreign_code_is_refused_and_named(tmp_path: Path, foreign: dict[str, Any], name: str) -> None:
    with pytest.raises(ModelError, match=f"code of its own for {name}"):
        refuse_code(keras_file(tmp_path, network(DENSE, DENSE | {"config": {"deep": [foreign]}})))


def test_foreign_code_is_refused_in_h5(tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(network({"class_name": "Custom>Magic", "config": {}}))
    with pytest.raises(ModelError, match="code of its own"):
        refuse_code(path)


def test_a_lambda_is_refused_even_beside_this_projects_layers(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Lambda"):
        refuse_code(keras_file(tmp_path, network(OWN, layer("Lambda", "keras.layers", None))))


@pytest.mark.parametrize(
    ("name", "config", "message"),
    [
        pytest.param("config.json", b" " * (MAX_CONFIG_BYTES + 1), "too large", id="a zip bomb"),
        pytest.param("config.json", b"[" * 100_000, "not a whole Keras model", id="nested without end"),
        pytest.param("other.json", b"{}", "not a whole Keras model", id="another archive"),
    ],
)
def test_an_archive_that_is_no_model_is_refused(tmp_path: Path, name: str, config: bytes, message: str) -> None:
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, config)
    with pytest.raises(ModelError, match=message):
        refuse_code(path)

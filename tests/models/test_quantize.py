"""8-bit networks answer nearly as the float32 ones they come from."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from emotion_core.classify.card import ModelInput
from emotion_core.classify.onnx import OnnxClassifier
from emotion_core.data.demo import make_demo_set
from emotion_core.data.load import load_dataset
from emotion_core.errors import ModelError
from emotion_core.models.quantize import quantize
from emotion_core.models.registry import ModelRegistry

MODELS = Path(__file__).resolve().parents[2] / "models"


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """Drawn faces, ``(n, 48, 48)`` uint8."""
    folder = tmp_path_factory.mktemp("faces")
    make_demo_set(folder, per_class=10)
    return load_dataset(folder, size=48).splits["train"].images


def test_its_convolutions_have_8_bits_and_it_reads_faces_alike(faces: np.ndarray, tmp_path: Path) -> None:
    source = MODELS / "article_cnn"
    card = ModelRegistry(MODELS).entry("article_cnn").card
    assert card is not None
    small = tmp_path / "model.onnx"
    quantize(source / "model.onnx", small, faces, card.input)
    assert filters(small) == {onnx.TensorProto.INT8}
    assert filters(source / "model.onnx") == {onnx.TensorProto.FLOAT}
    assert small.stat().st_size < (source / "model.onnx").stat().st_size - 1_000_000
    crops = [cv2.cvtColor(face, cv2.COLOR_GRAY2BGR) for face in faces]
    exact = OnnxClassifier(source / "model.onnx", card).predict(crops)
    near = OnnxClassifier(small, card).predict(crops)
    assert abs(near - exact).mean() < 0.02
    assert (near.argmax(axis=1) == exact.argmax(axis=1)).mean() >= 0.9


def filters(path: Path) -> set[int]:
    """The types in which a network's 4-dimensional weights are kept."""
    return {tensor.data_type for tensor in onnx.load(str(path)).graph.initializer if len(tensor.dims) == 4}


def test_the_same_faces_give_the_same_network(faces: np.ndarray, tmp_path: Path) -> None:
    source = MODELS / "mini_xception" / "model.onnx"
    card_input = ModelInput(size_wh=(64, 64))
    for name in ("a.onnx", "b.onnx"):
        quantize(source, tmp_path / name, faces, card_input)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_without_faces_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="needs faces"):
        quantize(
            MODELS / "article_cnn" / "model.onnx", tmp_path / "a.onnx", np.zeros((0, 48, 48), np.uint8), ModelInput()
        )

"""The ONNX classifier, on linear networks whose outputs can be calculated by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion_core.classify.card import ModelCard, ModelInput
from emotion_core.classify.onnx import OnnxClassifier, prepare_crop
from emotion_core.emotions import DEEPFACE_ORDER, Emotion
from emotion_core.errors import ModelError
from tests.classify.onnx_files import write_linear_model

SMALL = ModelCard("mini", "Mini", input=ModelInput(size_wh=(8, 8)), output="logits")
GRAY = np.full((20, 20, 3), 128, np.uint8)


def weights_for(column: int, outputs: int = 7) -> np.ndarray:
    """Weights that raise one output by the sum of the pixels."""
    weights = np.zeros((64, outputs), np.float32)
    weights[:, column] = 1 / 64
    return weights


def test_all_crops_of_a_call_are_read_in_one_batch_of_any_sizes(tmp_path: Path) -> None:
    model = OnnxClassifier(write_linear_model(tmp_path, SMALL, weights_for(3)), SMALL)
    crops = [np.zeros((30, 30, 3), np.uint8), np.full((5, 5, 3), 255, np.uint8)]
    probabilities = model.predict(crops)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(probabilities[0], 1 / 7, rtol=1e-5)
    assert probabilities[1, Emotion.HAPPY.column] == pytest.approx(np.e / (np.e + 6), rel=1e-5)


def test_no_crop_gives_no_row(tmp_path: Path) -> None:
    model = OnnxClassifier(write_linear_model(tmp_path, SMALL, weights_for(0)), SMALL)
    assert model.predict([]).shape == (0, 7)


def test_the_labels_order_of_the_card_is_mapped(tmp_path: Path) -> None:
    card = replace(SMALL, labels=tuple(label.value for label in DEEPFACE_ORDER))
    model = OnnxClassifier(write_linear_model(tmp_path, card, weights_for(6)), card)
    assert model.predict([GRAY])[0].argmax() == Emotion.NEUTRAL.column


def test_a_higher_temperature_makes_it_less_certain(tmp_path: Path) -> None:
    path = write_linear_model(tmp_path, SMALL, weights_for(3) * 5)
    sharp, soft = (OnnxClassifier(path, replace(SMALL, temperature=t)).predict([GRAY]).max() for t in (1.0, 3.0))
    assert sharp > soft > 1 / 7


@pytest.mark.parametrize(
    ("card_input", "shape"),
    [
        pytest.param(ModelInput(size_wh=(12, 10)), (10, 12, 1), id="gray"),
        pytest.param(ModelInput(size_wh=(12, 10), color="rgb"), (10, 12, 3), id="rgb"),
        pytest.param(ModelInput(size_wh=(12, 10), color="bgr", layout="nchw"), (3, 10, 12), id="bgr first"),
    ],
)
def test_a_crop_gets_the_shape_that_the_card_asks_for(card_input: ModelInput, shape: tuple[int, ...]) -> None:
    blue = np.zeros((40, 40, 3), np.uint8)
    blue[..., 0] = 255
    prepared = prepare_crop(blue, card_input)
    assert prepared.shape == shape
    if card_input.color != "gray":
        planes = prepared if card_input.layout == "nchw" else prepared.transpose(2, 0, 1)
        assert planes[0 if card_input.color == "bgr" else 2].min() == 1


def test_mean_and_deviation_are_applied() -> None:
    prepared = prepare_crop(GRAY, ModelInput(size_wh=(8, 8), scale=1.0, mean=28.0, std=50.0))
    np.testing.assert_allclose(prepared, 2.0)


@pytest.mark.parametrize(
    ("weights", "card", "batch", "message"),
    [
        pytest.param(weights_for(0, 6), SMALL, "n", "7 outputs", id="six outputs"),
        pytest.param(weights_for(0), replace(SMALL, input=ModelInput(size_wh=(9, 8))), "n", "takes", id="other size"),
        pytest.param(weights_for(0), SMALL, 1, "dynamic batch", id="one face at a time"),
        pytest.param(np.full((64, 7), np.nan, np.float32), SMALL, "n", "not numbers", id="not a number"),
    ],
)
def test_a_network_that_does_not_fit_is_refused(
    tmp_path: Path, weights: np.ndarray, card: ModelCard, batch: str | int, message: str
) -> None:
    path = write_linear_model(tmp_path, SMALL, weights, batch=batch)
    with pytest.raises(ModelError, match=message):
        OnnxClassifier(path, card).predict([GRAY])


def test_a_file_cut_off_is_refused(tmp_path: Path) -> None:
    path = write_linear_model(tmp_path, SMALL, weights_for(0))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ModelError, match="not a readable ONNX network"):
        OnnxClassifier(path, SMALL)

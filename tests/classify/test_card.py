"""Model cards: what is accepted, what is refused, and that nothing is lost on the way to disk and back."""

from __future__ import annotations

import json

import pytest

from emotion_core.classify.card import ModelCard, ModelInput
from emotion_core.errors import ModelError

CARD = ModelCard("mini", "Mini", input=ModelInput(size_wh=(64, 48), color="rgb"), temperature=1.5, uncertain_below=0.3)


def changed(**values: object) -> str:
    """CARD as JSON with some keys replaced; a value of None takes the key out."""
    data = json.loads(CARD.to_json()) | values
    return json.dumps({key: value for key, value in data.items() if value is not None})


def test_a_card_survives_writing_and_reading() -> None:
    assert ModelCard.from_json(CARD.to_json()) == CARD


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("{", "not valid JSON", id="cut off"),
        pytest.param("[]", "one JSON object", id="a list"),
        pytest.param(changed(name=None), "lacks the key 'name'", id="no name"),
        pytest.param(changed(temperature=float("nan")), "NaN", id="nan"),
        pytest.param(changed(temperature=float("inf")), "Infinity", id="infinity"),
        pytest.param(changed(temperature=-1), "temperature of at least 0.01", id="negative temperature"),
        pytest.param(changed(temperature=1e-320), "temperature of at least 0.01", id="hardly any temperature"),
        pytest.param(changed(metrics={"a": 1}).replace('"a": 1', '"a": 1e999'), "1e999", id="overflow"),
        pytest.param(changed(metrics={"a": 1}).replace('"a": 1', f'"a": {"9" * 5000}'), "5000 digits", id="digits"),
        pytest.param('{"a":' * 100_000, "nested too deeply", id="nested without end"),
        pytest.param(changed(temperature="warm"), "finite number", id="text for a number"),
        pytest.param(changed(temperature=True), "finite number", id="truth for a number"),
        pytest.param(changed(labels=["happy"] * 7), "labels", id="doubled labels"),
        pytest.param(changed(labels="happy"), "list of str", id="labels not a list"),
        pytest.param(changed(output="scores"), "one of probabilities, logits", id="unknown output"),
        pytest.param(changed(input=[48, 48]), "input to be an object", id="input not an object"),
        pytest.param(changed(input={"size_wh": [48, 0]}), "8–1024", id="no height"),
        pytest.param(changed(input={"std": 0}), "other than 0", id="division by zero"),
        pytest.param(changed(colour="gray"), "unknown key: colour", id="typing error"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        ModelCard.from_json(text)

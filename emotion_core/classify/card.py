"""Model cards: what a model needs, who made it and how well it did, stored beside its network as ``card.json``.

The validators are written by hand. With msgspec (0.22.0 was tried), a wrong type reads "Expected `float`, got `str` -
at `$.temperature`", and NaN reads "JSON is malformed: invalid character (byte 26)". Neither says what came or what to
do, and the ranges would still have to be checked here, so the code would not be shorter.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from emotion_core.emotions import EMOTIONS, LABELS, VOTES, canonical_order
from emotion_core.errors import LabelError, ModelError

_MAX_DIGITS = 30  # of a whole number; a longer one is no measurement, and Python refuses to convert thousands of digits
_MIN_TEMPERATURE = 0.01  # below it, the logits of an ordinary network overflow


@dataclass(frozen=True)
class ModelInput:
    """How a crop becomes the network's input: resized to ``size_wh``, then ``(pixels · scale − mean) / std``.

    >>> ModelInput(size_wh=(64, 64), color="rgb").channels
    3
    """

    size_wh: tuple[int, int] = (48, 48)
    color: str = "gray"  # gray, rgb or bgr
    scale: float = 1 / 255
    mean: float = 0.0
    std: float = 1.0
    layout: str = "nhwc"  # nhwc or nchw
    resize: str = "area"  # area or linear, when shrinking; enlarging is always linear

    def __post_init__(self) -> None:
        _one_of("input.color", self.color, ("gray", "rgb", "bgr"))
        _one_of("input.layout", self.layout, ("nhwc", "nchw"))
        _one_of("input.resize", self.resize, ("area", "linear"))
        if len(self.size_wh) != 2 or not all(isinstance(side, int) and 8 <= side <= 1024 for side in self.size_wh):
            raise ModelError(
                "Expected input.size_wh of two whole numbers, 8–1024. Received: {size_wh}", size_wh=self.size_wh
            )
        if self.std == 0:
            raise ModelError("Expected input.std other than 0. Received: 0")

    @property
    def channels(self) -> int:
        """1 for gray, otherwise 3."""
        return 1 if self.color == "gray" else 3


@dataclass(frozen=True)
class ModelCard:
    """What one has to know about a model to use it and to judge it.

    labels: the order of the network's outputs; predictions are in `Emotion` order.
    output: ``probabilities`` (sum 1) or ``logits``.
    temperature: divides the logits, or the logarithms of the probabilities, to calibrate them.
    crop_margin: what to add to a detector's box before cutting, as a fraction of its side.
    uncertain_below: where the largest probability is below this, the expression reads as "uncertain"; 0–1.
    learned_from: ``labels``, or ``votes`` if a probability is the share of people who would name that expression.
    training: how it was trained; keys are free.
    metrics: figures against the original labels, by the name of the data they were measured on; keys are free.
    vote_metrics: the same against people's votes.

    Raises:
        ModelError: a value is missing, of a wrong type, out of range, or not a finite number.

    >>> card = ModelCard("mini", "Mini", temperature=1.5)
    >>> ModelCard.from_json(card.to_json()) == card
    True
    >>> ModelCard("mini", "Mini", output="scores")
    Traceback (most recent call last):
    ...
    emotion_core.errors.ModelError: Expected output to be one of probabilities, logits. Received: 'scores'
    """

    name: str
    title: str
    architecture: str = "unknown"
    labels: tuple[str, ...] = tuple(emotion.value for emotion in EMOTIONS)
    input: ModelInput = field(default_factory=ModelInput)
    output: str = "probabilities"
    temperature: float = 1.0
    crop_margin: float = 0.0
    uncertain_below: float = 0.4
    learned_from: str = LABELS
    training: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    vote_metrics: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    license: str = ""

    def __post_init__(self) -> None:
        _one_of("output", self.output, ("probabilities", "logits"))
        _one_of("learned_from", self.learned_from, (LABELS, VOTES))
        try:
            canonical_order(self.labels)
        except LabelError as error:
            raise ModelError("The card's labels do not fit. {error}", error=error) from error
        if self.temperature < _MIN_TEMPERATURE:
            raise ModelError(
                "Expected a temperature of at least {min_temperature}. Received: {temperature}",
                min_temperature=_MIN_TEMPERATURE,
                temperature=self.temperature,
            )
        if not 0 <= self.uncertain_below <= 1:
            raise ModelError(
                "Expected uncertain_below of 0–1. Received: {uncertain_below}", uncertain_below=self.uncertain_below
            )
        if not -0.5 <= self.crop_margin <= 2:
            raise ModelError("Expected crop_margin of −0.5–2. Received: {crop_margin}", crop_margin=self.crop_margin)

    @classmethod
    def from_json(cls, text: str) -> ModelCard:
        """Read a card from JSON. Unknown keys are refused, so that a misspelled one does not go unnoticed.

        Raises:
            ModelError: the text is not JSON, or a value does not fit.
        """
        try:
            data = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_whole)
        except json.JSONDecodeError as error:
            raise ModelError(
                "card.json is not valid JSON: {msg} in line {lineno}.", msg=error.msg, lineno=error.lineno
            ) from error
        except RecursionError as error:
            raise ModelError("card.json is nested too deeply. Write it as `models install` does.") from error
        if not isinstance(data, dict):
            raise ModelError("card.json must hold one JSON object.")
        for key in ("name", "title", "labels", "input"):
            if key not in data:
                raise ModelError("card.json lacks the key {key!r}.", key=key)
        values = _typed(cls, {key: value for key, value in data.items() if key != "input"}, "")
        if not isinstance(data["input"], dict):
            raise ModelError("card.json: expected input to be an object.")
        return cls(**values, input=ModelInput(**_typed(ModelInput, data["input"], "input.")))

    def to_json(self) -> str:
        """The card as indented JSON."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ModelError(
            "Expected {name} to be one of {allowed}. Received: {value!r}",
            name=name,
            allowed=", ".join(allowed),
            value=value,
        )


def _refuse_constant(name: str) -> float:
    raise ModelError("card.json holds {name}, which is not a number. Write a finite number instead.", name=name[:20])


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        _refuse_constant(text)
    return value


def _whole(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ModelError(
            "card.json holds a whole number of {count} digits. Write one of at most {max_digits}.",
            count=len(text),
            max_digits=_MAX_DIGITS,
        )
    return int(text)


def _typed(cls: type, data: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    types = {f.name: str(f.type) for f in fields(cls)}
    unknown = sorted(set(data) - set(types))
    if unknown:
        raise ModelError("card.json has an unknown key: {prefix}{unknown!s}.", prefix=prefix, unknown=unknown[0])
    return {key: _convert(prefix + key, value, types[key]) for key, value in data.items()}


def _convert(name: str, value: Any, type_name: str) -> Any:
    if type_name == "float":
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ModelError(
                "card.json: expected {name} to be a finite number. Received: {value!r}", name=name, value=value
            )
        return float(value)
    if type_name == "str":
        if not isinstance(value, str):
            raise ModelError("card.json: expected {name} to be text. Received: {value!r}", name=name, value=value)
        return value
    if type_name.startswith("tuple"):
        inner = str if "str" in type_name else int
        if not isinstance(value, list) or not all(isinstance(v, inner) for v in value):
            raise ModelError(
                "card.json: expected {name} to be a list of {name_2}. Received: {value!r}",
                name=name,
                name_2=inner.__name__,
                value=value,
            )
        return tuple(value)
    if not isinstance(value, dict):
        raise ModelError("card.json: expected {name} to be an object. Received: {value!r}", name=name, value=value)
    return value

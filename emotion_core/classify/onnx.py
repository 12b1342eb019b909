"""Any network in ONNX form, run by ONNX Runtime on the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from emotion_core.classify.card import ModelCard, ModelInput
from emotion_core.emotions import EMOTIONS, canonical_order
from emotion_core.errors import ModelError
from emotion_core.network import open_network

if TYPE_CHECKING:
    import onnxruntime

_ROUNDING = 1e-3  # how far below 0 a probability of 0 may come out


class OnnxClassifier:
    """A classifier made of an ONNX network and its card. ONNX Runtime's ``run`` needs no lock, so sessions share it.

    Args:
        model_path: the network, with one input ``(n, h, w, c)`` or ``(n, c, h, w)`` float32 and one output ``(n, 7)``.
        card: how a crop is prepared and how the output is read.
        threads: how many threads one prediction uses. One is right for single faces: more of them mostly wait for each
            other.

    Raises:
        ModelError: the file is missing or damaged, or does not fit the card.
    """

    def __init__(self, model_path: Path, card: ModelCard, threads: int = 1) -> None:
        self.name = card.name
        self.crop_margin = card.crop_margin
        self.uncertain_below = card.uncertain_below
        self.learned_from = card.learned_from
        self._card = card
        self._order = canonical_order(card.labels)
        self._session = open_network(model_path, threads)
        self._input_name = _check_input(self._session, card.input)
        self._output_name = self._session.get_outputs()[0].name
        # The declared shapes may leave the batch size and the number of labels open. A trial run shows both.
        self._run(np.zeros((2, *_image_shape(card.input)), np.float32))

    def predict(self, crops_bgr: Sequence[np.ndarray]) -> np.ndarray:
        """See `Classifier.predict`.

        Raises:
            ModelError: the network's output is not finite, or has another shape or range than its card says.
        """
        if not len(crops_bgr):
            return np.empty((0, len(EMOTIONS)), np.float32)
        batch = np.stack([prepare_crop(crop, self._card.input) for crop in crops_bgr])
        return self._probabilities(self._run(batch))[:, self._order].astype(np.float32)

    def _run(self, batch: np.ndarray) -> np.ndarray:
        from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, RuntimeException

        try:
            output = np.asarray(self._session.run([self._output_name], {self._input_name: batch})[0])
        except (Fail, InvalidArgument, RuntimeException) as error:
            raise ModelError(
                "The model {name} does not run on a batch of faces of {shape}. Check input in card.json, and "
                "export it with a dynamic batch size.",
                name=self.name,
                shape=batch.shape[1:],
            ) from error
        if output.shape != (len(batch), len(EMOTIONS)):
            found = output.shape[-1] if output.ndim else 0
            raise ModelError(
                "Expected a model with {count} outputs, one for each expression. Received: {found} outputs from "
                "{name}.",
                count=len(EMOTIONS),
                found=found,
                name=self.name,
            )
        return output

    def _probabilities(self, output: np.ndarray) -> np.ndarray:
        if not np.isfinite(output).all():
            raise ModelError("The model {name} gave values that are not numbers. Install it again.", name=self.name)
        card = self._card
        if card.output == "probabilities":
            if output.min(initial=0.0) < -_ROUNDING:
                raise ModelError(
                    "The model {name} gives values below 0, and its card says probabilities. If its last layer "
                    'has no softmax, write "output": "logits" into card.json.',
                    name=self.name,
                )
            if card.temperature == 1.0:
                return np.asarray(output / np.maximum(output.sum(axis=1, keepdims=True), 1e-12))
            output = np.log(np.maximum(output, 1e-12))
        logits = output / card.temperature
        exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def prepare_crop(crop_bgr: np.ndarray, card_input: ModelInput) -> np.ndarray:
    """Turn one crop into the network's input, ``(h, w, c)`` or ``(c, h, w)`` float32.

    Args:
        crop_bgr: ``(h, w, 3)`` uint8.

    >>> prepare_crop(np.full((60, 60, 3), 51, np.uint8), ModelInput(layout="nchw")).shape
    (1, 48, 48)
    """
    conversion = {"gray": cv2.COLOR_BGR2GRAY, "rgb": cv2.COLOR_BGR2RGB}.get(card_input.color)
    image = crop_bgr if conversion is None else cv2.cvtColor(crop_bgr, conversion)
    if image.shape[1::-1] != card_input.size_wh:
        shrinking = image.shape[0] > card_input.size_wh[1]
        area = shrinking and card_input.resize == "area"
        image = cv2.resize(image, card_input.size_wh, interpolation=cv2.INTER_AREA if area else cv2.INTER_LINEAR)
    values = (image.astype(np.float32) * card_input.scale - card_input.mean) / card_input.std
    values = values.reshape(card_input.size_wh[1], card_input.size_wh[0], card_input.channels)
    return values.transpose(2, 0, 1) if card_input.layout == "nchw" else values


def prepare_faces(faces: np.ndarray, card_input: ModelInput) -> np.ndarray:
    """Turn gray faces, ``(n, h, w)`` uint8, into the network's input, ``(n, …)`` float32, with `prepare_crop`."""
    return np.stack([prepare_crop(np.repeat(face[..., None], 3, axis=2), card_input) for face in faces])


def _check_input(session: onnxruntime.InferenceSession, card_input: ModelInput) -> str:
    inputs: list[Any] = session.get_inputs()
    expected = _image_shape(card_input)
    if len(inputs) != 1:
        raise ModelError(
            "Expected a network with one input, a batch of faces. Received: {count} inputs.", count=len(inputs)
        )
    shape = tuple(inputs[0].shape[1:])
    fits = len(shape) == 3 and all(
        not isinstance(got, int) or got == want for got, want in zip(shape, expected, strict=True)
    )
    if not fits or inputs[0].type != "tensor(float)":
        raise ModelError(
            "The card says that the model takes faces of {expected}. The network takes: {shape}.",
            expected=expected,
            shape=shape,
        )
    return str(inputs[0].name)


def _image_shape(card_input: ModelInput) -> tuple[int, int, int]:
    (w, h), c = card_input.size_wh, card_input.channels
    return (c, h, w) if card_input.layout == "nchw" else (h, w, c)

"""Show where a model looks: Grad-CAM, in a process of its own.

Command: ``python -m emotion_core.models.explain FOLDER FACES.npz OUT.npz``.

The heat of a pixel says how much the activity of the last convolutional layer there speaks for one expression. For a
model with a spatial transformer, the image that the transformer passes on is written too. The command prints one line
of JSON, ``{}`` or ``{"error": …}``.

Source: R. R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
2017.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from emotion_core.classify.onnx import prepare_faces
from emotion_core.emotions import canonical_order
from emotion_core.errors import EmotionError, ModelError
from emotion_core.language import Message
from emotion_core.models.convert import load_keras, refuse_code
from emotion_core.models.folder import KERAS, ModelFolder
from emotion_core.networks.layers import affine_sampler
from emotion_core.optional import gradcam_fault, require
from emotion_core.processes.run import Limits, ProcessError, run_module, untrusted_memory
from emotion_core.processes.switches import keras_on_tensorflow, recorded_calls

if TYPE_CHECKING:
    import keras

# Grad-CAM of 64 faces with the flagship takes 10 s of processor time and 1.2 GB.
EXPLANATION = Limits(timeout_s=180, memory_bytes=untrusted_memory(), cpu_s=400)
_BATCH = 64


@dataclass(frozen=True)
class Explanation:
    """Heat maps of n faces.

    heat: ``(n, h, w)`` float32, 0–1, of the same size as the faces. The hottest pixel of each face is 1; all are 0
        where nothing speaks for the expression.
    looked_at: ``(n, h, w)`` float32, 0–1, what a spatial transformer passes on, in the network's own size; None for a
        network without one.
    """

    heat: np.ndarray
    looked_at: np.ndarray | None = None


def explain_in_subprocess(folder: Path, faces: np.ndarray, columns: np.ndarray) -> Explanation:
    """Call `explain` in a process of its own, which runs Keras on TensorFlow and takes some seconds to start.

    Raises:
        ModelError: the model has no Keras file, cannot be explained, or takes more time or memory than `EXPLANATION`
            allows.
        MissingPackageError: TensorFlow or Keras is not installed.
    """
    keras_file(folder)  # a model without one is the usual case: say so before a process starts
    require(gradcam_fault())
    with tempfile.TemporaryDirectory(prefix="explain-") as work:
        source, target = Path(work) / "faces.npz", Path(work) / "out.npz"
        np.savez(source, faces=faces, columns=columns)
        arguments = [str(folder.resolve()), str(source), str(target)]
        environment = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
        try:
            answer = run_module("emotion_core.models.explain", arguments, EXPLANATION, environment)
        except ProcessError as error:
            raise ModelError("The network cannot be explained: {error}", error=error) from error
        if "error" in answer:
            raise ModelError(Message.from_dict(answer["error"]))
        with np.load(target) as found:
            return Explanation(found["heat"], found.get("looked_at"))


def keras_file(folder: Path) -> Path:
    """The Keras file of a model.

    Raises:
        ModelError: it has none.
    """
    found = ModelFolder(folder).keras_file()
    if found is None:
        raise ModelError("This model has no {keras}, only its ONNX form, which gives no gradients.", keras=KERAS)
    return found


def explain(folder: Path, faces: np.ndarray, columns: np.ndarray) -> Explanation:
    """Compute Grad-CAM for the model in ``folder``. This imports Keras: call it in a process of its own.

    Args:
        faces: ``(n, h, w)`` uint8, gray.
        columns: ``(n,)`` int, for each face the expression to explain, counted in `Emotion` order.

    Raises:
        ModelError: the model has no Keras file, cannot be loaded, or has no convolutional layer.
        MissingPackageError: TensorFlow or Keras is not installed.
        ValueError: there is no face, or ``faces`` and ``columns`` have different lengths.
    """
    if faces.ndim != 3 or not len(faces) or columns.shape != (len(faces),):
        raise ValueError(f"Expected faces (n, h, w) and columns (n,). Received: {faces.shape} and {columns.shape}")
    card = ModelFolder(folder).read_card()
    refuse_code(keras_file(folder))
    require(gradcam_fault())
    keras_on_tensorflow()
    model = load_keras(keras_file(folder))
    # Keras' networks have their channels last, whatever the ONNX form of the same network takes.
    wanted = replace(card.input, layout="nhwc")
    inputs = prepare_faces(faces, wanted)
    outputs = canonical_order(card.labels)[columns]
    heat = np.stack([_resized(cam, faces.shape[1:]) for cam in _grad_cam(model, inputs, outputs)])
    heat /= np.maximum(heat.max(axis=(1, 2), keepdims=True), np.finfo(np.float32).tiny)
    return Explanation(heat, _looked_at(model, inputs))


def _grad_cam(model: keras.Model, inputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """``(n, h, w)`` float32, 0 or more, of the size of the feature maps."""
    import keras

    scoring = keras.Model(model.inputs, _scores(model))
    layer = _last_convolution(model)
    batches = range(0, len(inputs), _BATCH)
    parts = [_maps_and_gradients(scoring, layer, inputs[i : i + _BATCH], outputs[i : i + _BATCH]) for i in batches]
    return np.concatenate([_cam(maps, gradients) for maps, gradients in parts])


def _cam(maps: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    weights = gradients.mean(axis=(1, 2), keepdims=True)
    return np.asarray(np.maximum((weights * maps).sum(axis=-1), 0), np.float32)


def _maps_and_gradients(
    scoring: keras.Model, layer: keras.Layer, inputs: np.ndarray, outputs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Feature maps ``(n, h, w, c)`` and the gradient of each face's score with respect to them.

    Only this function needs TensorFlow and not just any backend of Keras.
    """
    import tensorflow as tf

    # The maps must be those that the score is computed from. A model with the maps as a second output would give a copy
    # of them, on which the score does not depend and whose gradient is therefore None.
    with recorded_calls(layer) as maps, tf.GradientTape() as tape:
        scores = scoring(tf.convert_to_tensor(inputs), training=False)
        total = tf.reduce_sum(tf.gather(scores, outputs, axis=1, batch_dims=1))
    gradients = tape.gradient(total, maps[-1])
    return np.asarray(maps[-1], np.float32), np.asarray(gradients, np.float32)


def _last_convolution(model: keras.Model) -> keras.Layer:
    """The convolution nearest to the output whose maps have more than one pixel."""
    from keras import layers

    kinds = (layers.Conv2D, layers.SeparableConv2D, layers.DepthwiseConv2D)
    for layer in reversed(model.layers):
        if isinstance(layer, kinds) and max(layer.output.shape[1:3]) > 1:
            return layer
    raise ModelError("The network has no convolutional layer to look into.")


def _scores(model: keras.Model) -> Any:
    """The outputs before a softmax, where the score of one class does not depend on the others."""
    import keras

    last = model.layers[-1]
    if isinstance(last, keras.layers.Softmax):
        return last.input
    if getattr(last, "activation", None) is keras.activations.softmax:
        last.activation = keras.activations.linear
    return model.outputs[0]


def _looked_at(model: keras.Model, inputs: np.ndarray) -> np.ndarray | None:
    import keras

    kind = affine_sampler()
    sampler = next((layer for layer in model.layers if isinstance(layer, kind)), None)
    if sampler is None:
        return None
    seen = keras.Model(model.inputs, sampler.output).predict(inputs, batch_size=_BATCH, verbose=0)
    return np.asarray(np.clip(seen.mean(axis=-1), 0, 1), np.float32)


def _resized(image: np.ndarray, shape_hw: tuple[int, ...]) -> np.ndarray:
    return cv2.resize(image, (shape_hw[1], shape_hw[0]), interpolation=cv2.INTER_LINEAR)


def heat_overlay(face: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """A face under its heat map, ``(h, w, 3)`` uint8 RGB; cold parts stay gray.

    Args:
        face: ``(h, w)`` uint8, gray.
        heat: ``(h, w)`` float32, 0–1.
    """
    color = cv2.applyColorMap((heat * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    opacity = 0.7 * heat[..., None]
    return np.round(face[..., None] * (1 - opacity) + color * opacity).astype(np.uint8)


def picture_row(face: np.ndarray, heat: np.ndarray | None = None, looked_at: np.ndarray | None = None) -> np.ndarray:
    """A face, its heat map and what a spatial transformer passes on, side by side: ``(h, w·k, 3)`` uint8 RGB.

    Args:
        face: ``(h, w)`` uint8, gray.
        heat: ``(h, w)`` float32, 0–1.
        looked_at: float32, 0–1, of any size.
    """
    pictures = [np.repeat(face[..., None], 3, axis=2)]
    if heat is not None:
        pictures.append(heat_overlay(face, heat))
    if looked_at is not None:
        seen = np.round(_resized(looked_at, face.shape) * 255).astype(np.uint8)
        pictures.append(np.repeat(seen[..., None], 3, axis=2))
    return np.concatenate(pictures, axis=1)


def main(arguments: list[str]) -> int:
    """Explain, write the maps, print one line of JSON, return the exit status."""
    folder, source, target = (Path(argument) for argument in arguments)
    answer: dict[str, object] = {}
    try:
        with np.load(source) as given:
            found = explain(folder, given["faces"], given["columns"])
        maps = {"heat": found.heat} if found.looked_at is None else {"heat": found.heat, "looked_at": found.looked_at}
        np.savez(target, allow_pickle=False, **maps)
    except EmotionError as error:
        answer["error"] = error.message.to_dict()
    sys.stdout.write(json.dumps(answer) + "\n")
    return 1 if answer else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

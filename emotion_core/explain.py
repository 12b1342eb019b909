"""Where a model looks: Grad-CAM, in a process of its own: ``python -m emotion_core.explain FOLDER FACES.npz OUT.npz``.

The heat of a pixel says how much the last convolutional layer's activity there speaks for one expression. A model with
a spatial transformer also gives the image that the transformer hands on. Prints one line of JSON, ``{}`` or
``{"error": …}``. TensorFlow stays in that process.

Source: R. R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
2017.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from emotion_core.card import ModelCard
from emotion_core.classify.onnx import prepare_faces
from emotion_core.convert import load_keras, refuse_code
from emotion_core.emotions import canonical_order
from emotion_core.errors import EmotionError, ModelError
from emotion_core.optional import gradcam_fault, require
from emotion_core.train.layers import affine_sampler

if TYPE_CHECKING:
    import keras

TIMEOUT_S = 180
KERAS_FILES = ("model.keras", "model.h5", "model.hdf5")
_BATCH = 64


@dataclass(frozen=True)
class Explanation:
    """What was found for n faces.

    heat: ``(n, h, w)`` float32, 0–1, the size of the faces given; the hottest pixel of each face is 1, and all are 0
        where nothing speaks for the expression.
    looked_at: ``(n, h, w)`` float32, 0–1, what a spatial transformer hands on, in the network's own size; None for a
        network without one.
    """

    heat: np.ndarray
    looked_at: np.ndarray | None = None


def explain_apart(folder: Path, faces: np.ndarray, columns: np.ndarray) -> Explanation:
    """`explain` in a process of its own, on TensorFlow whatever backend this one uses; it takes some seconds to start.

    Raises:
        ModelError: the model has no Keras file, or it cannot be explained.
        MissingPackageError: TensorFlow or Keras is not installed.
    """
    keras_file(folder)  # the usual fault, told at once
    require(gradcam_fault())
    with tempfile.TemporaryDirectory(prefix="explain-") as work:
        source, target = Path(work) / "faces.npz", Path(work) / "out.npz"
        np.savez(source, faces=faces, columns=columns)
        _run(folder, source, target)
        with np.load(target) as found:
            return Explanation(found["heat"], found.get("looked_at"))


def _run(folder: Path, source: Path, target: Path) -> None:
    command = [sys.executable, "-m", "emotion_core.explain", str(folder.resolve()), str(source), str(target)]
    root = Path(__file__).resolve().parent.parent
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False, cwd=root, env=environment
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(f"The explanation took longer than {TIMEOUT_S} s and was stopped.") from error
    answer = _last_json(done.stdout)
    if "error" in answer:
        raise ModelError(answer["error"])
    if done.returncode or not target.is_file():
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ModelError(f"The network cannot be explained: {last[:300]}")


def _last_json(text: str) -> dict[str, Any]:
    try:
        answer = json.loads((text.strip().splitlines() or ["{}"])[-1])
    except json.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}


def keras_file(folder: Path) -> Path:
    """The Keras file of a model.

    Raises:
        ModelError: it has none.
    """
    found = next((folder / name for name in KERAS_FILES if (folder / name).is_file()), None)
    if found is None:
        raise ModelError("This model has no model.keras, only its ONNX form, which gives no gradients.")
    return found


def explain(folder: Path, faces: np.ndarray, columns: np.ndarray) -> Explanation:
    """Grad-CAM of the model in ``folder``. Imports Keras: call it in a process of its own.

    Args:
        faces: ``(n, h, w)`` uint8, gray.
        columns: ``(n,)`` int, for which expression of `Emotion` order each face's heat is asked.

    Raises:
        ModelError: the model has no Keras file, cannot be loaded, or has no convolutional layer.
        MissingPackageError: TensorFlow or Keras is not installed.
        ValueError: there is no face, or faces and columns do not fit each other.
    """
    if faces.ndim != 3 or not len(faces) or columns.shape != (len(faces),):
        raise ValueError(f"Expected faces (n, h, w) and columns (n,). Received: {faces.shape} and {columns.shape}")
    card = ModelCard.from_json((folder / "card.json").read_text(encoding="utf-8"))
    refuse_code(keras_file(folder))
    require(gradcam_fault())
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    model = load_keras(keras_file(folder))
    # Keras' networks have their channels last, whatever the ONNX form of the same network takes.
    wanted = replace(card.input, layout="nhwc")
    inputs = prepare_faces(faces, wanted)
    outputs = canonical_order(card.labels)[columns]
    heat = np.stack([_resized(cam, faces.shape[1:]) for cam in _grad_cam(model, inputs, outputs)])
    heat /= np.maximum(heat.max(axis=(1, 2), keepdims=True), np.finfo(np.float32).tiny)
    return Explanation(heat, _looked_at(model, inputs))


def _grad_cam(model: keras.Model, inputs: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """``(n, h, w)`` float32, 0 or more, in the size of the feature maps."""
    import keras

    scoring = keras.Model(model.inputs, _scores(model))
    layer = _last_convolution(model)
    batches = range(0, len(inputs), _BATCH)
    parts = [_maps_and_gradients(scoring, layer, inputs[i : i + _BATCH], outputs[i : i + _BATCH]) for i in batches]
    return np.concatenate([_cam(maps, gradients) for maps, gradients in parts])


def _cam(maps: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    weights = gradients.mean(axis=(1, 2), keepdims=True)
    return np.maximum((weights * maps).sum(axis=-1), 0).astype(np.float32)


def _maps_and_gradients(
    scoring: keras.Model, layer: keras.Layer, inputs: np.ndarray, outputs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Feature maps ``(n, h, w, c)`` and the gradient of each face's score there. The one place bound to TensorFlow."""
    import tensorflow as tf

    maps: list[Any] = []
    original = layer.call

    def recording(*arguments: Any, **options: Any) -> Any:
        maps.append(original(*arguments, **options))
        return maps[-1]

    # What a functional model returns beside its output is a copy that the score does not depend on.
    layer.call = recording
    try:
        with tf.GradientTape() as tape:
            scores = scoring(tf.convert_to_tensor(inputs), training=False)
            total = tf.reduce_sum(tf.gather(scores, outputs, axis=1, batch_dims=1))
    finally:
        layer.call = original
    gradients = tape.gradient(total, maps[-1])
    return np.asarray(maps[-1], np.float32), np.asarray(gradients, np.float32)


def _last_convolution(model: keras.Model) -> keras.Layer:
    """The convolution nearest to the output whose maps are more than one pixel."""
    from keras import layers

    kinds = (layers.Conv2D, layers.SeparableConv2D, layers.DepthwiseConv2D)
    for layer in reversed(model.layers):
        if isinstance(layer, kinds) and max(layer.output.shape[1:3]) > 1:
            return layer
    raise ModelError("The network has no convolutional layer to look into.")


def _scores(model: keras.Model) -> Any:
    """The outputs before a softmax: Grad-CAM takes the score itself, which does not depend on the other classes."""
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
    return np.clip(seen.mean(axis=-1), 0, 1).astype(np.float32)


def _resized(image: np.ndarray, shape_hw: tuple[int, ...]) -> np.ndarray:
    return cv2.resize(image, (shape_hw[1], shape_hw[0]), interpolation=cv2.INTER_LINEAR)


def heat_overlay(face: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """A face with its heat map over it, ``(h, w, 3)`` uint8 RGB; cold parts stay gray.

    Args:
        face: ``(h, w)`` uint8, gray.
        heat: ``(h, w)`` float32, 0–1.
    """
    color = cv2.applyColorMap((heat * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    opacity = 0.7 * heat[..., None]
    return np.round(face[..., None] * (1 - opacity) + color * opacity).astype(np.uint8)


def picture_row(face: np.ndarray, heat: np.ndarray | None = None, looked_at: np.ndarray | None = None) -> np.ndarray:
    """A face, its heat map and what a spatial transformer looks at, side by side; ``(h, w·k, 3)`` uint8 RGB.

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
    answer: dict[str, str] = {}
    try:
        with np.load(source) as given:
            found = explain(folder, given["faces"], given["columns"])
        maps = {"heat": found.heat} if found.looked_at is None else {"heat": found.heat, "looked_at": found.looked_at}
        np.savez(target, allow_pickle=False, **maps)
    except EmotionError as error:
        answer["error"] = str(error)
    sys.stdout.write(json.dumps(answer) + "\n")
    return 1 if answer else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

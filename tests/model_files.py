"""Small model folders, valid and almost valid, written without training anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from emotion_core.emotions import EMOTIONS

CARD: dict[str, Any] = {
    "name": "tiny",
    "title": "Tiny test model",
    "architecture": "one dense layer",
    "labels": [emotion.value for emotion in EMOTIONS],
    "input": {"size_wh": [48, 48], "color": "gray", "scale": 1 / 255, "mean": 0.0, "std": 1.0, "layout": "nhwc"},
    "output": "probabilities",
    "temperature": 1.0,
    "crop_margin": 0.0,
    "uncertain_below": 0.0,
    "source": "written by the tests",
    "license": "MIT",
}


def network(outputs: int = 7, size: int = 48) -> bytes:
    """gray ``(n, size, size, 1)`` float32 → dense layer → softmax ``(n, outputs)``; n is free."""
    weights = np.random.default_rng(0).normal(0, 0.02, (size * size, outputs)).astype(np.float32)
    nodes = [
        helper.make_node("Flatten", ["faces"], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("faces", TensorProto.FLOAT, ["n", size, size, 1])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", outputs])],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def write_model(
    folder: Path, *, drop: str = "", card_text: str | None = None, onnx_bytes: bytes | None = None, **changes: Any
) -> None:
    """A model folder as `ModelRegistry` reads it, with ``changes`` to its card and without the key ``drop``.

    Args:
        card_text: written instead of the card.
        onnx_bytes: written instead of the network; ``b""`` leaves the file out.
    """
    folder.mkdir(parents=True)
    card = {**CARD, "name": folder.name, **changes}
    card.pop(drop, None)
    (folder / "card.json").write_text(json.dumps(card) if card_text is None else card_text, encoding="utf-8")
    data = network() if onnx_bytes is None else onnx_bytes
    if data:
        (folder / "model.onnx").write_bytes(data)

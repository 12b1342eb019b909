"""Write small model folders, valid and almost valid, without training anything."""

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
    "uncertain_below": 0.4,
    "source": "made for a test",
    "license": "MIT",
}


def network(outputs: int = 7, bias: np.ndarray | None = None, softmax: bool = True) -> bytes:
    """Return an ONNX network of one dense layer, whose weights are 0, so that only ``bias`` decides the output.

    It takes gray ``(n, 48, 48, 1)`` float32, with any n, and returns ``(n, outputs)``.
    """
    bias = np.zeros(outputs) if bias is None else bias
    nodes = [
        helper.make_node("Flatten", ["faces"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights", "bias"], ["logits"]),
        helper.make_node("Softmax" if softmax else "Identity", ["logits"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("faces", TensorProto.FLOAT, ["n", 48, 48, 1])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", outputs])],
        [
            numpy_helper.from_array(np.zeros((48 * 48, outputs), np.float32), "weights"),
            numpy_helper.from_array(bias.astype(np.float32), "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def constant_network() -> bytes:
    """Return an ONNX network without any input, which always returns the same seven numbers."""
    output = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, 7])
    numbers = numpy_helper.from_array(np.full((1, 7), 1 / 7, np.float32), "numbers")
    node = helper.make_node("Identity", ["numbers"], ["probabilities"])
    graph = helper.make_graph([node], "constant", [], [output], [numbers])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()


def write_model(
    folder: Path, *, drop: str = "", card_text: str | None = None, onnx_bytes: bytes | None = None, **changes: Any
) -> None:
    """Write a model folder as `ModelRegistry` reads it.

    Args:
        drop: a key that the card lacks.
        card_text: written instead of the card.
        onnx_bytes: written instead of the network; ``b""`` leaves the file out.
        changes: values of the card.
    """
    folder.mkdir(parents=True, exist_ok=True)
    card = {**CARD, "name": folder.name, **changes}
    card.pop(drop, None)
    (folder / "card.json").write_text(json.dumps(card) if card_text is None else card_text, encoding="utf-8")
    data = network() if onnx_bytes is None else onnx_bytes
    if data:
        (folder / "model.onnx").write_bytes(data)


def write_fixed_model(folder: Path, emotion: str) -> None:
    """Write a model folder whose network gives ``emotion`` a probability of about 0.9 for every face."""
    bias = np.where([name == emotion for name in EMOTIONS], 4.0, 0.0)
    write_model(folder, onnx_bytes=network(bias=bias), title=f"Test model {folder.name}")

"""Small networks in ONNX form whose answers are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from emotion_core.classify.card import ModelCard


def write_linear_model(folder: Path, card: ModelCard, weights: np.ndarray, *, batch: str | int = "n") -> Path:
    """``logits = flattened input · weights``; writes ``model.onnx`` and ``card.json`` into ``folder``.

    Args:
        weights: ``(h · w · c, outputs)`` float32.
    """
    folder.mkdir(parents=True, exist_ok=True)
    w, h = card.input.size_wh
    shape = [card.input.channels, h, w] if card.input.layout == "nchw" else [h, w, card.input.channels]
    nodes = [
        helper.make_node("Flatten", ["faces"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "linear",
        [helper.make_tensor_value_info("faces", TensorProto.FLOAT, [batch, *shape])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [batch, weights.shape[1]])],
        [numpy_helper.from_array(weights.astype(np.float32), "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / "model.onnx"))
    (folder / "card.json").write_text(card.to_json(), encoding="utf-8")
    return folder / "model.onnx"

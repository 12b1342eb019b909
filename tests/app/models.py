"""Tiny models for tests: they read every face as one expression."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from emotion_core.emotions import EMOTIONS


def write_fixed_model(folder: Path, emotion: str) -> None:
    """A model folder whose network gives ``emotion`` about 0.9, whatever it sees."""
    folder.mkdir(parents=True)
    logits = np.where([name == emotion for name in EMOTIONS], 4.0, 0.0).astype(np.float32)
    weights = numpy_helper.from_array(np.zeros((48 * 48, 7), np.float32), "weights")
    nodes = [
        helper.make_node("Flatten", ["faces"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=-1),
    ]
    graph = helper.make_graph(
        nodes,
        folder.name,
        [helper.make_tensor_value_info("faces", TensorProto.FLOAT, ["n", 48, 48, 1])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 7])],
        [weights, numpy_helper.from_array(logits, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / "model.onnx"))
    (folder / "card.json").write_text(json.dumps(_card(folder.name)))


def _card(name: str) -> dict[str, object]:
    return {
        "name": name,
        "title": f"Test model {name}",
        "architecture": "constant",
        "labels": [emotion.value for emotion in EMOTIONS],
        "input": {
            "size_wh": [48, 48],
            "color": "gray",
            "scale": 1 / 255,
            "mean": 0.0,
            "std": 1.0,
            "layout": "nhwc",
            "resize": "area",
        },
        "output": "probabilities",
        "temperature": 1.0,
        "crop_margin": 0.0,
        "uncertain_below": 0.4,
        "training": {},
        "metrics": {},
        "source": "made for a test",
        "license": "MIT",
    }

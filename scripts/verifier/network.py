"""The verifier's network, and writing it as ONNX."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from emotion_core.detect.squares import WINDOW
from emotion_core.detect.verifier import OUTPUTS

UNITS = np.array([0.1, 0.1, 0.1, 20.0], np.float32)  # of the four offsets, so that they weigh alike in the loss
FILTERS = (16, 24, 40, 48)
DENSE = 48


class Convolution(nn.Module):
    """3×3, batch normalization, ReLU."""

    def __init__(self, inputs: int, filters: int, stride: int = 1) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, filters, 3, stride, 1, bias=False)
        self.normalization = nn.BatchNorm2d(filters, momentum=0.02)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """From ``(n, inputs, h, w)`` to ``(n, filters, h / stride, w / stride)``."""
        return torch.relu(self.normalization(self.convolution(x)))

    def folded(self) -> tuple[np.ndarray, np.ndarray]:
        """Return weights and biases of the convolution that does the same without normalization."""
        norm = self.normalization
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        weights = self.convolution.weight * scale[:, None, None, None]
        return weights.detach().numpy(), (norm.bias - norm.running_mean * scale).detach().numpy()


class VerifierNetwork(nn.Module):
    """From windows ``(n, 1, 48, 48)`` to ``(n, 5)``: the logit of *is a face*, and the offsets in `UNITS`."""

    def __init__(self) -> None:
        super().__init__()
        self.first = Convolution(1, FILTERS[0], 2)
        pairs = list(pairwise(FILTERS))
        self.shrinking = nn.ModuleList([Convolution(inputs, filters, 2) for inputs, filters in pairs])
        self.residual = nn.ModuleList([Convolution(filters, filters) for filters in FILTERS[1:]])
        side = WINDOW // 2 ** len(FILTERS)
        self.dense = nn.Linear(FILTERS[-1] * side * side, DENSE)
        self.last = nn.Linear(DENSE, OUTPUTS)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """See the class."""
        x = self.first(x)
        for shrink, residual in zip(self.shrinking, self.residual, strict=True):
            x = shrink(x)
            x = x + residual(x)
        out: torch.Tensor = self.last(torch.relu(self.dense(self.dropout(x.flatten(1)))))
        return out


def normalized_tensor(windows: torch.Tensor) -> torch.Tensor:
    """`emotion_core.detect.verifier.normalized` for a tensor ``(n, 48, 48)`` uint8; returns ``(n, 1, 48, 48)``."""
    values = windows.float()
    values = values - values.mean(dim=(1, 2), keepdim=True)
    return (values / (values.std(dim=(1, 2), keepdim=True, correction=0) + 4.0))[:, None]


def write_onnx(network: VerifierNetwork, temperature: float, path: Path) -> None:
    """Write the network with its weights in 16 bits; its outputs are the calibrated score and offsets in real units."""
    graph = _Graph()
    x = graph.convolution("windows", network.first, 2)
    for shrink, residual in zip(network.shrinking, network.residual, strict=True):
        x = graph.convolution(x, shrink, 2)
        x = graph.node("Add", [x, graph.convolution(x, residual, 1)])
    x = graph.node("Flatten", [x], axis=1)
    x = graph.node("Relu", [graph.dense(x, network.dense)])
    last = nn.Linear(DENSE, OUTPUTS)
    scale = torch.from_numpy(np.concatenate([[1 / temperature], UNITS]).astype(np.float32))
    with torch.no_grad():
        last.weight.copy_(network.last.weight * scale[:, None])
        last.bias.copy_(network.last.bias * scale)
    x = graph.dense(x, last)
    parts = graph.node("Split", [x, graph.constant(np.array([1, OUTPUTS - 1], np.int64))], outputs=2, axis=1)
    graph.node("Concat", [graph.node("Sigmoid", [parts[0]]), parts[1]], axis=1, name="found")
    ends = [
        helper.make_tensor_value_info("windows", TensorProto.FLOAT, ["n", 1, WINDOW, WINDOW]),
        helper.make_tensor_value_info("found", TensorProto.FLOAT, ["n", OUTPUTS]),
    ]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "verifier", ends[:1], ends[1:], graph.initializers),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=9,
    )
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


class _Graph:
    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def node(self, kind: str, inputs: list[str], *, outputs: int = 1, name: str = "", **attributes: object) -> str:
        number = len(self.nodes)
        names = [name or f"{kind.lower()}_{number}_{part}" for part in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, **attributes))
        return names[0] if outputs == 1 else names  # type: ignore[return-value]

    def constant(self, values: np.ndarray) -> str:
        """A constant; floats are kept in 16 bits, which ONNX Runtime turns into 32 once, when it opens the file."""
        name = f"constant_{len(self.initializers)}"
        kept = values.astype(np.float16) if values.dtype == np.float32 else values
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(kept), name))
        return self.node("Cast", [name], to=TensorProto.FLOAT) if kept.dtype == np.float16 else name

    def convolution(self, x: str, layer: Convolution, stride: int) -> str:
        weights, biases = (self.constant(values) for values in layer.folded())
        x = self.node("Conv", [x, weights, biases], strides=[stride, stride], pads=[1, 1, 1, 1], kernel_shape=[3, 3])
        return self.node("Relu", [x])

    def dense(self, x: str, layer: nn.Linear) -> str:
        weights = self.constant(layer.weight.detach().numpy())
        return self.node("Gemm", [x, weights, self.constant(layer.bias.detach().numpy())], transB=1)

"""The flagship's family of networks in plain PyTorch, for training on a GPU.

`student()` computes the same as the Keras architecture `fine_se_resnet`. `weights_of` and `load_weights` exchange its
weights as a list of arrays in Keras' layout; `keras_layers` in install_votes.py returns the Keras layers in the same
order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

EPSILON = 1e-3  # Keras' default for batch normalization
DROPOUT = 0.3
SQUEEZE = 8


class Convolution(nn.Conv2d):
    """A convolution without bias that pads as Keras does: with stride 2, only on the right and at the bottom."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride, padding=kernel // 2 if stride == 1 else 0, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.stride[0] > 1:
            x = F.pad(x, (0, 1, 0, 1))
        return super().forward(x)


def normalization(width: int) -> nn.BatchNorm2d:
    """Return batch normalization with Keras' epsilon."""
    return nn.BatchNorm2d(width, eps=EPSILON, momentum=0.03)


class Residual(nn.Module):
    """A pre-activation residual block that ends with squeeze-and-excitation."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.first_norm = normalization(inputs)
        self.short = Convolution(inputs, width, 1) if stride > 1 or inputs != width else None
        self.first = Convolution(inputs, width, 3, stride)
        self.second_norm = normalization(width)
        self.second = Convolution(width, width)
        self.squeeze = nn.Conv2d(width, width // SQUEEZE, 1)
        self.excite = nn.Conv2d(width // SQUEEZE, width, 1)
        self.stride = stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        active = F.relu(self.first_norm(x))
        short = x
        if self.short is not None:
            short = self.short(F.avg_pool2d(active, self.stride) if self.stride > 1 else active)
        y = self.second(F.relu(self.second_norm(self.first(active))))
        gates = torch.sigmoid(self.excite(F.relu(self.squeeze(y.mean((2, 3), keepdim=True)))))
        return short + y * gates


class FinePath(nn.Module):
    """Two layers at full resolution, and a third of stride 2 whose output is added to the stem's."""

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.first, self.first_norm = Convolution(1, width), normalization(width)
        self.second, self.second_norm = Convolution(width, width), normalization(width)
        self.third = Convolution(width, outputs, 3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.first_norm(self.first(x)))
        return self.third(F.relu(self.second_norm(self.second(x))))


class SeResNet(nn.Module):
    """``(n, 1, 48, 48)`` gray in 0–1 → ``(n, 7)`` logits."""

    @dataclass(frozen=True)
    class Shape:
        """Filters and blocks of each stage, and the filters at full resolution."""

        widths: tuple[int, ...]
        blocks: tuple[int, ...]
        fine: int

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        inputs = shape.widths[0]
        self.stem = Convolution(1, inputs, 3, 2)
        self.fine = FinePath(shape.fine, inputs)
        layers: list[nn.Module] = []
        for stage, (width, count) in enumerate(zip(shape.widths, shape.blocks, strict=True)):
            for block in range(count):
                layers.append(Residual(inputs, width, 2 if stage and not block else 1))
                inputs = width
        self.blocks = nn.ModuleList(layers)
        self.norm = normalization(inputs)
        self.head = nn.Linear(inputs, 7)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x * 4 - 2
        x = self.stem(x) + self.fine(x)
        for block in self.blocks:
            x = block(x)
        x = F.relu(self.norm(x)).mean((2, 3))
        return self.head(F.dropout(x, DROPOUT, self.training))


def student() -> SeResNet:
    """Return a network of the shipped architecture, `fine_se_resnet`."""
    return SeResNet(SeResNet.Shape((48, 96, 192, 256), (2, 2, 2, 1), 32))


def initialize(network: nn.Module) -> None:
    """Initialize all layers as in the Keras architectures: convolutions after He, the head after Glorot."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.reset_parameters()
        elif isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)


def _in_keras_order(network: SeResNet) -> list[nn.Module]:
    """Return the layers with weights: first the unnamed ones as Keras creates them, then those of the fine path."""
    layers: list[nn.Module] = [network.stem]
    for block in network.blocks:
        layers += [block.first_norm, *([block.short] if block.short is not None else []), block.first]
        layers += [block.second_norm, block.second, block.squeeze, block.excite]
    layers += [network.norm, network.head]
    fine = network.fine
    return [*layers, fine.first, fine.first_norm, fine.second, fine.second_norm, fine.third]


def weights_of(network: SeResNet) -> list[np.ndarray]:
    """Return every array that Keras keeps, float32, in Keras' layout."""
    return [_to_keras(value) for layer in _in_keras_order(network) for value in _values(layer)]


def load_weights(network: SeResNet, arrays: Sequence[np.ndarray]) -> None:
    """Load arrays in the order of `weights_of`."""
    values = [value for layer in _in_keras_order(network) for value in _values(layer)]
    for value, array in zip(values, arrays, strict=True):
        given = torch.from_numpy(np.array(array, np.float32))
        axes = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}[given.ndim]
        value.data.copy_(given.permute(axes))


def _values(layer: nn.Module) -> list[torch.Tensor]:
    if isinstance(layer, nn.BatchNorm2d):
        return [layer.weight, layer.bias, layer.running_mean, layer.running_var]
    bias = [layer.bias] if layer.bias is not None else []
    return [layer.weight, *bias]


def _to_keras(value: torch.Tensor) -> np.ndarray:
    axes = {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}[value.ndim]
    return value.detach().float().permute(axes).contiguous().cpu().numpy()

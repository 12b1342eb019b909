"""Training in which, on a GPU, a whole step including augmentation is one CUDA graph.

All values of a network are in one tensor, so that the optimizer, the weight average and the sharpness-aware step take a
handful of kernels. On a CPU, the same code runs without the graph.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from emotion_core.files.atomic import replaced_file
from scripts.flagship.variations import vary

MOMENTUM = 0.9
ADAPTIVE_FLOOR = 0.01  # eta of adaptive sharpness-aware minimization (Kwon et al., 2021)


@dataclass(frozen=True)
class Recipe:
    """The settings of a training, besides data and network."""

    epochs: int
    batch: int
    learning_rate: float  # the highest
    average: float  # momentum of the exponential average of the weights
    warmup_epochs: float = 2.0
    weight_decay: float = 5e-3  # decoupled, times the learning rate; not on biases and normalization
    sharpness: float = 0.0  # radius of adaptive sharpness-aware minimization; 0 for none
    seed: int = 2013

    def with_epochs(self, epochs: int) -> Recipe:
        """Return the same recipe with another number of epochs."""
        return replace(self, epochs=epochs)

    def rate_at(self, epoch: float) -> float:
        """Return the learning rate: a linear warm-up, then a cosine to zero."""
        if epoch < self.warmup_epochs:
            return self.learning_rate * (epoch + 0.1) / (self.warmup_epochs + 0.1)
        done = (epoch - self.warmup_epochs) / max(1e-9, self.epochs - self.warmup_epochs)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


@dataclass(frozen=True)
class Faces:
    """images ``(n, s, s)`` uint8; targets ``(n, 7)`` float32 shares; weights ``(n,)`` float32; all on the device."""

    images: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor


class Flat:
    """A network's values, gradients and statistics, each in one tensor, of which the network's own become views."""

    def __init__(self, network: nn.Module) -> None:
        parameters = list(network.parameters())
        statistics = [b for b in network.buffers() if b.is_floating_point()]
        device = parameters[0].device
        self.values = torch.empty(sum(p.numel() for p in parameters), device=device)
        self.gradients = torch.zeros_like(self.values)
        self.decayed = torch.zeros_like(self.values)
        self.statistics = torch.empty(sum(b.numel() for b in statistics), device=device)
        start = 0
        for p in parameters:
            view, gradient = (_view(flat, start, p) for flat in (self.values, self.gradients))
            view.copy_(p.data)
            p.data, p.grad = view, gradient
            self.decayed[start : start + p.numel()] = float(p.ndim > 1)
            start += p.numel()
        start = 0
        for b in statistics:
            view = self.statistics[start : start + b.numel()].view_as(b)
            view.copy_(b)
            b.set_(view)
            start += b.numel()


def _view(flat: torch.Tensor, start: int, like: torch.Tensor) -> torch.Tensor:
    part = flat[start : start + like.numel()]
    if like.ndim == 4:  # channels last, as the convolutions take it
        outputs, inputs, height, width = like.shape
        return part.view(outputs, height, width, inputs).permute(0, 3, 1, 2)
    return part.view(like.shape)


class Fit:
    """Train one network on rows of the same faces, once or several times, with the same CUDA graph."""

    def __init__(self, network: nn.Module, faces: Faces, recipe: Recipe) -> None:
        self.network, self.faces, self.recipe = network, faces, recipe
        self.device = faces.images.device
        self.flat = Flat(network)
        self.momentum = torch.zeros_like(self.flat.values)
        self.average = self.flat.values.clone()
        self.average_statistics = self.flat.statistics.clone()
        self.rows = torch.zeros(recipe.batch, dtype=torch.long, device=self.device)
        self.rate = torch.zeros((), device=self.device)
        self.pull = torch.zeros((), device=self.device)  # 1 − the momentum of the average
        self.loss = torch.zeros((), device=self.device)
        self.graph: torch.cuda.CUDAGraph | None = None

    def restart(self) -> None:
        """Forget the optimizer's state; the next training starts from the network's present values."""
        self.momentum.zero_()
        self.average.copy_(self.flat.values)
        self.average_statistics.copy_(self.flat.statistics)

    def step(self) -> None:
        """Make one step on `rows`."""
        if self.device.type != "cuda":
            self._step()
            return
        if self.graph is None:
            self._capture()
        self.graph.replay()

    def _capture(self) -> None:
        # PyTorch requires some steps on a side stream before a capture. They must not count, so the state is restored.
        kept = [t.clone() for t in self._state()]
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(4):
                self._step()
        torch.cuda.current_stream().wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self._step()
        for tensor, value in zip(self._state(), kept, strict=True):
            tensor.copy_(value)

    def _state(self) -> list[torch.Tensor]:
        return [self.flat.values, self.flat.statistics, self.momentum, self.average, self.average_statistics]

    def _step(self) -> None:
        faces = self.faces.images[self.rows].unsqueeze(1).float() / 255
        targets, weights = self.faces.targets[self.rows], self.faces.weights[self.rows]
        faces = vary(faces).contiguous(memory_format=torch.channels_last)
        if self.recipe.sharpness:
            self._climb(faces, targets, weights)
        self.loss.copy_(self._gradients(faces, targets, weights))
        if self.recipe.sharpness:
            self.flat.values.sub_(self.climbed)
        self._descend()

    def _climb(self, faces: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor) -> None:
        """Move uphill along the gradient of a quarter of the batch: the ascent of sharpness-aware minimization."""
        part = slice(0, self.recipe.batch // 4)
        self._gradients(faces[part], targets[part], weights[part])
        size = self.flat.values.abs() * self.flat.decayed + ADAPTIVE_FLOOR
        scaled = size * self.flat.gradients
        self.climbed = self.recipe.sharpness * size * scaled / (scaled.norm() + 1e-12)
        self.flat.values.add_(self.climbed)

    def _gradients(self, faces: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        self.flat.gradients.zero_()
        with torch.autocast(self.device.type, torch.bfloat16, cache_enabled=False):
            logits = self.network(faces)
        loss = (-(targets * F.log_softmax(logits.float(), 1)).sum(1) * weights).mean()
        loss.backward()
        return loss.detach()

    def _descend(self) -> None:
        values, gradients = self.flat.values, self.flat.gradients
        self.momentum.mul_(MOMENTUM).add_(gradients)
        values.sub_(values * self.flat.decayed * (self.rate * self.recipe.weight_decay))
        values.sub_((gradients + MOMENTUM * self.momentum) * self.rate)
        self.average.add_((values - self.average) * self.pull)
        self.average_statistics.add_((self.flat.statistics - self.average_statistics) * self.pull)

    def save(self, path: Path, epochs: int) -> None:
        """Write everything that a training needs to go on after so many epochs, as a whole or not at all."""
        random = {"cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            random["cuda"] = torch.cuda.get_rng_state()
        with replaced_file(path) as part, part.open("wb") as file:
            torch.save({"epochs": epochs, "random": random, "state": [t.cpu() for t in self._state()]}, file)

    def restore(self, path: Path) -> int:
        """Take over what `save` wrote, if it is there; return how many epochs are done."""
        if not path.is_file():
            return 0
        kept = torch.load(path, weights_only=True)
        for tensor, value in zip(self._state(), kept["state"], strict=True):
            tensor.copy_(value)
        torch.set_rng_state(kept["random"]["cpu"])
        if self.device.type == "cuda" and "cuda" in kept["random"]:
            torch.cuda.set_rng_state(kept["random"]["cuda"])
        return int(kept["epochs"])

    def run(self, rows: np.ndarray, done_epochs: int = 0) -> Iterator[tuple[int, float]]:
        """Train on these rows; after each epoch, yield its number (from 1) and its mean loss.

        Args:
            done_epochs: as `restore` returns it. The order of the rows depends on the seed and the epoch alone.
        """
        recipe = self.recipe
        per_epoch = len(rows) // self.recipe.batch
        self.network.train()
        done = done_epochs * per_epoch
        for epoch in range(done_epochs, recipe.epochs):
            shuffled = np.random.default_rng((recipe.seed, epoch)).permutation(len(rows))
            order = torch.from_numpy(rows[shuffled]).to(self.device)
            total = torch.zeros((), device=self.device)
            for number in range(per_epoch):
                self.rows.copy_(order[number * self.recipe.batch : (number + 1) * self.recipe.batch])
                self.rate.fill_(recipe.rate_at(epoch + number / per_epoch))
                self.pull.fill_(1 - min(recipe.average, (1 + done) / (10 + done)))
                self.step()
                total += self.loss
                done += 1
            yield epoch + 1, float(total) / per_epoch

    @contextmanager
    def averaged(self) -> Iterator[nn.Module]:
        """Yield the network with its averaged weights, in evaluation mode."""
        kept = self.flat.values.clone(), self.flat.statistics.clone()
        self.flat.values.copy_(self.average)
        self.flat.statistics.copy_(self.average_statistics)
        self.network.eval()
        yield self.network
        self.network.train()
        self.flat.values.copy_(kept[0])
        self.flat.statistics.copy_(kept[1])


@torch.no_grad()
def read(network: nn.Module, images: torch.Tensor, *, mirrored: bool = False) -> np.ndarray:
    """Return ``(n, 7)`` float32 probabilities of ``(n, s, s)`` uint8 faces.

    Args:
        mirrored: average the reading of each face with that of its mirror image.
    """
    parts = []
    for part in images.split(1024):
        faces = part.unsqueeze(1).float() / 255
        with torch.autocast(images.device.type, torch.bfloat16):
            views = [faces, faces.flip(3)] if mirrored else [faces]
            shares = [network(v.contiguous(memory_format=torch.channels_last)).float().softmax(1) for v in views]
        parts.append(torch.stack(shares).mean(0))
    return torch.cat(parts).cpu().numpy()

"""Fit the verifier: `python -m scripts.verifier.fit DATA --pictures DIR… [--out DIR]`; see `make verifier`.

DATA is FER-2013; nine tenths of its Training images are learned from. Each DIR holds pictures without a face, of which
nine tenths are used, too; the rest of both sets the temperature (`install.py`). The windows of every epoch are made
anew (`scenes.py`). From the third epoch on, those proposals that the network took for faces come more often.

Interrupted, the same command goes on from the last epoch.
"""

from __future__ import annotations

import argparse
import math
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from emotion_core.data.load import load_dataset
from emotion_core.detect.squares import Pyramid
from emotion_core.files.atomic import replaced_file
from scripts.progress import say
from scripts.verifier.network import UNITS, VerifierNetwork, normalized_tensor
from scripts.verifier.pictures import Picture, backgrounds, read_pictures, some_proposals, with_proposals
from scripts.verifier.scenes import Windows, faces_and_none

EPOCHS = 15
NONE_PER_EPOCH = 170_000  # proposals of pictures without a face
BATCH = 256
RATE = 3e-3
OFFSETS = 1.0  # weight of the offsets in the loss
UNWEIGHTED = 2  # epochs
HELD_OUT = 10
Item = TypeVar("Item")


def loss(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of *is a face*, and a smooth absolute difference of the offsets where there is one."""
    is_face = target[:, :1]
    entropy = F.binary_cross_entropy_with_logits(output[:, :1], is_face * 0.98 + 0.01)
    off = F.smooth_l1_loss(output[:, 1:], target[:, 1:], reduction="none") * is_face
    return entropy + OFFSETS * off.mean(dim=1).sum() / is_face.sum().clamp(min=1)


def learned(items: list[Item]) -> list[Item]:
    """Return what is learned from; `held_out` returns the rest."""
    return [item for number, item in enumerate(items) if number % HELD_OUT]


def held_out(items: list[Item]) -> list[Item]:
    """Return every tenth item, which sets the temperature and gives the card's figures."""
    return items[::HELD_OUT]


def targets(windows: Windows) -> np.ndarray:
    """What the network is to answer, ``(n, 5)`` float32."""
    return np.column_stack([windows.faces, windows.offsets / UNITS]).astype(np.float32)


def _chosen(pictures: list[Picture], weights: list[np.ndarray], count: int, seed: int) -> list[np.ndarray]:
    """Return for each picture which of its squares to learn from, ``count`` in all, by their weights."""
    random = np.random.default_rng(seed)
    flat = np.concatenate(weights)
    picks = np.sort(random.choice(len(flat), count, p=flat / flat.sum()))
    starts = np.cumsum([0, *(len(own) for own in weights[:-1])])
    of_each = np.split(picks, np.searchsorted(picks, starts[1:]))
    return [own - start for own, start in zip(of_each, starts, strict=True)]


def epoch_windows(
    faces: np.ndarray, pictures: list[Picture], weights: list[np.ndarray], seed: int, workers: ProcessPoolExecutor
) -> Windows:
    """Return all windows of one epoch, shuffled."""
    behind = backgrounds(pictures, 3000, seed)
    parts = np.array_split(faces, 16)
    jobs = [workers.submit(faces_and_none, part, behind[i::16], seed * 100 + i) for i, part in enumerate(parts)]
    rows = _chosen(pictures, weights, NONE_PER_EPOCH, seed)
    jobs += [
        workers.submit(some_proposals, pictures[i::16], rows[i::16], behind[i::16], seed * 100 + 50 + i)
        for i in range(16)
    ]
    windows = Windows.joined([job.result() for job in jobs])
    order = np.random.default_rng(seed).permutation(len(windows.faces))
    return Windows(windows.images[order], windows.faces[order], windows.offsets[order])


@torch.no_grad()
def outputs_of(network: VerifierNetwork, windows: np.ndarray) -> np.ndarray:
    """Return the network's outputs for windows ``(n, 48, 48)`` uint8."""
    network.eval()
    parts = torch.from_numpy(windows).split(2048)
    return np.concatenate([network(normalized_tensor(part)).numpy() for part in parts])


def weights_of(network: VerifierNetwork, pictures: list[Picture]) -> list[np.ndarray]:
    """Return how often each square of each picture is to come: the surer the network is that it is a face, the more."""
    logits = [outputs_of(network, Pyramid(picture.gray).windows(picture.squares))[:, 0] for picture in pictures]
    return [0.1 + 1 / (1 + np.exp(-own)) for own in logits]


def main() -> None:
    """Fit, and write the weights after every epoch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--pictures", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, default=Path("out/verifier"))
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    images = load_dataset(options.data).splits["train"].images
    faces = np.stack(learned(list(images)))
    with ProcessPoolExecutor(2, get_context("spawn")) as workers:
        pictures = learned(_pictures(options.pictures, options.out, workers))
        say(f"{len(faces)} faces, {len(pictures)} pictures with {sum(len(p.squares) for p in pictures)} squares")
        fit(faces, pictures, options.epochs, options.out, workers)


def _pictures(folders: list[Path], out: Path, workers: ProcessPoolExecutor) -> list[Picture]:
    kept = out / "pictures.pickle"  # written by this script, read by it alone
    if not kept.exists():
        found = list(workers.map(with_proposals, *zip(*read_pictures(folders), strict=True), chunksize=8))
        with replaced_file(kept) as draft:
            draft.write_bytes(pickle.dumps(found))
    return list(pickle.loads(kept.read_bytes()))


def fit(faces: np.ndarray, pictures: list[Picture], epochs: int, out: Path, workers: ProcessPoolExecutor) -> None:
    """Train from the last epoch on that is in ``out``."""
    torch.manual_seed(16)
    network = VerifierNetwork()
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-3)
    path, done = out / "last.pt", 0
    if path.exists():
        state = torch.load(path)
        done = state["epochs"]
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
    weights = [np.ones(len(picture.squares)) for picture in pictures]
    for epoch in range(done, epochs):
        if epoch >= UNWEIGHTED:
            weights = weights_of(network, pictures)
        windows = epoch_windows(faces, pictures, weights, epoch, workers)
        say(f"epoch {epoch + 1}: {len(windows.faces)} windows")
        mean = _one_epoch(network, optimizer, windows, epoch, epochs)
        with replaced_file(path) as draft:
            state = {"epochs": epoch + 1, "network": network.state_dict(), "optimizer": optimizer.state_dict()}
            torch.save(state, draft)
        say(f"epoch {epoch + 1}/{epochs}: loss {mean:.4f}")


def _one_epoch(
    network: VerifierNetwork, optimizer: torch.optim.Optimizer, windows: Windows, epoch: int, epochs: int
) -> float:
    images, wanted = torch.from_numpy(windows.images), torch.from_numpy(targets(windows))
    network.train()
    losses, steps = [], len(images) // BATCH
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * (epoch + step / steps) / epochs))
        batch = slice(step * BATCH, (step + 1) * BATCH)
        with torch.autocast("cpu", torch.bfloat16):
            output = network(normalized_tensor(images[batch]))
        value = loss(output.float(), wanted[batch])
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return float(np.mean(losses))


if __name__ == "__main__":
    main()

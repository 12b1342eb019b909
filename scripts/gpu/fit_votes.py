"""Train the votes model on one GPU: `python -m scripts.gpu.fit_votes fer2013.tar.xz ferplus_votes.csv --out DIR`.

First the teacher: a network seven times the student's size, trained from scratch in five folds, so that the reading of
each Training image comes from the one network of five that has not seen it. `teachers.npz` beside this file holds these
readings; with `--teachers`, they are taken from such a file and the teacher is not trained again.

Ten votes are a small sample of what people would say. So the target of an image is its n votes together with the
teacher's reading as a Dirichlet prior, ``(n · votes + k · reading) / (n + k)``, where k is the value that makes all
votes of Training most likely. The student is trained on these targets from scratch and written to `student.npz`, from
which `scripts/gpu/install_votes.py` makes a model.

Needs PyTorch, NumPy and OpenCV. On one H200 the folds take 43 s each and the student 220 s.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from emotion_core.data.votes import shares
from scripts.gpu.fitting import Faces, Fit, Recipe, read
from scripts.gpu.network import SeResNet, initialize, student, weights_of
from scripts.gpu.votes import Voted, key_of, line, load

FOLDS = 5
TEACHER = SeResNet.Shape((96, 192, 384, 512), (2, 3, 3, 2), 48)
TEACHER_RECIPE = Recipe(epochs=45, batch=256, learning_rate=0.1, average=0.998, seed=0)
STUDENT_RECIPE = Recipe(epochs=230, batch=256, learning_rate=0.12, average=0.9985, sharpness=0.5, seed=7)
_started = time.perf_counter()


def say(text: str) -> None:
    """Print a line with the seconds since the start."""
    print(f"[{time.perf_counter() - _started:6.1f}] {text}", flush=True)  # noqa: T201 a script's progress


def on_device(data: Voted, targets: np.ndarray, device: torch.device) -> Faces:
    """Return images, targets ``(n, 7)`` and weights: an image's weight is the share of its votes for the seven."""
    return Faces(
        torch.from_numpy(data.images).to(device),
        torch.from_numpy(targets.astype(np.float32)).to(device),
        torch.from_numpy(data.share_of_seven.astype(np.float32)).to(device),
    )


def out_of_fold_reading(train: Voted, test: Voted, device: torch.device, epochs: int) -> np.ndarray:
    """Return ``(n, 7)``: the reading of each Training image by the one network of five that has not seen it."""
    torch.manual_seed(100)
    network = SeResNet(TEACHER).to(device)
    faces, test_images = on_device(train, shares(train.votes), device), torch.from_numpy(test.images).to(device)
    fit = Fit(network, faces, TEACHER_RECIPE.with_epochs(epochs))
    fold = np.random.default_rng(2013).permutation(len(train.names)) % FOLDS
    reading = np.empty((len(train.names), 7), np.float32)
    for held in range(FOLDS):
        initialize(network)
        fit.restart()
        for _ in fit.run(np.flatnonzero(fold != held)):
            pass
        with fit.averaged() as averaged:
            rows = np.flatnonzero(fold == held)
            reading[rows] = read(averaged, faces.images[torch.from_numpy(rows)], mirrored=True)
            say(line(f"teacher, fold {held}", read(averaged, test_images, mirrored=True), test))
    say(line("teacher, out of fold", reading, train))
    return reading


def concentration(votes: np.ndarray, reading: np.ndarray) -> float:
    """Return the k that makes ``(n, 7)`` votes most likely, given a Dirichlet prior ``k · reading``."""
    counts = torch.from_numpy(votes).double()
    mean = torch.from_numpy(reading).double().clamp_min(1e-3)
    mean = mean / mean.sum(1, keepdim=True)
    total = counts.sum(1)

    def likelihood(k: float) -> float:
        prior = k * mean
        each = (torch.lgamma(counts + prior) - torch.lgamma(prior)).sum(1)
        return float((each + torch.lgamma(torch.tensor(k).double()) - torch.lgamma(total + k)).mean())

    return max((float(k) for k in np.geomspace(1, 100, 60)), key=likelihood)


def fit_student(train: Voted, test: Voted, targets: np.ndarray, device: torch.device, epochs: int) -> list[np.ndarray]:
    """Train the student; return its averaged weights after the last epoch, in the order of `weights_of`."""
    torch.manual_seed(STUDENT_RECIPE.seed)
    network = student().to(device)
    initialize(network)
    fit = Fit(network, on_device(train, targets, device), STUDENT_RECIPE.with_epochs(epochs))
    test_images = torch.from_numpy(test.images).to(device)
    for epoch, loss in fit.run(np.arange(len(train.names))):
        if epoch % max(1, epochs // 10) == 0:
            with fit.averaged() as averaged:
                say(line(f"student {epoch}/{epochs}, loss {loss:.3f}", read(averaged, test_images), test))
    with fit.averaged() as averaged:
        return weights_of(averaged)


def main() -> None:
    """Read the arguments, train, and write `teachers.npz` and `student.npz`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("votes", type=Path)
    parser.add_argument("--out", type=Path, default=Path("out/votes"))
    parser.add_argument("--teachers", type=Path, help="readings of an earlier call; the teacher is not trained again")
    parser.add_argument("--teacher-epochs", type=int, default=TEACHER_RECIPE.epochs)
    parser.add_argument("--epochs", type=int, default=STUDENT_RECIPE.epochs)
    parser.add_argument("--every", type=int, default=1, help="use only every Nth image, for a trial on a CPU")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cudnn.benchmark = True
    train, test = (
        data.take(np.arange(0, len(data.names), options.every)) for data in load(options.archive, options.votes)
    )
    say(f"{len(train.names)} images of Training and {len(test.names)} of PublicTest, on {device}")
    keys = np.array([key_of(value) for value in train.hashes], np.uint64)
    if options.teachers:
        kept = np.load(options.teachers)
        rows = {int(key): row for row, key in enumerate(kept["keys"])}
        reading = kept["reading"][[rows[int(key)] for key in keys]].astype(np.float32)
    else:
        reading = out_of_fold_reading(train, test, device, options.teacher_epochs)
        np.savez(options.out / "teachers.npz", keys=keys, reading=reading.astype(np.float16))
    votes = train.votes[:, :7]
    k = concentration(votes, reading)
    say(f"k = {k:.1f}")
    targets = (votes + k * reading) / (votes.sum(1, keepdims=True) + k)
    np.savez(options.out / "student.npz", *fit_student(train, test, targets, device, options.epochs))


if __name__ == "__main__":
    main()

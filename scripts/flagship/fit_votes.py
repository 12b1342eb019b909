"""Fit the flagship: `python -m scripts.flagship.fit_votes DATA [--votes FILE] [--out DIR]`; see `make flagship`.

First the teacher: a network seven times the student's size, trained from scratch in five folds, so that the reading of
each Training image comes from the one network of five that has not seen it. `teachers.npz` beside this file holds these
readings and is used unless `--teachers fit` asks for new ones.

Ten votes are a small sample of what people would say. So the target of an image is its n votes together with the
teacher's reading as a Dirichlet prior, ``(n · votes + k · reading) / (n + k)``, where k is the value that makes all
votes of Training most likely. The student is trained on these targets from scratch and written to `student.npz`, from
which `scripts/flagship/install_votes.py` makes a model.

Interrupted at any time, the same command goes on from the last epoch of the student, or the last fold of the teacher.
On one H200 the folds take 43 s each and the student 220 s; on two CPU cores an epoch of the student takes 85 s.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from emotion_core.data.dataset import LabeledFaces
from emotion_core.data.votes import shares
from emotion_core.errors import EmotionError
from emotion_core.files.atomic import replaced_file
from emotion_core.train.votes import vote_targets
from scripts.flagship.fitting import Faces, Fit, Recipe, read
from scripts.flagship.network import SeResNet, initialize, student, weights_of
from scripts.flagship.votes import Readings, line, load
from scripts.progress import say

FOLDS = 5
SHIPPED = Path(__file__).with_name("teachers.npz")
TEACHER = SeResNet.Shape((96, 192, 384, 512), (2, 3, 3, 2), 48)
TEACHER_RECIPE = Recipe(epochs=45, batch=256, learning_rate=0.1, average=0.998, seed=0)
STUDENT_RECIPE = Recipe(epochs=230, batch=256, learning_rate=0.12, average=0.9985, sharpness=0.5, seed=7)


def on_device(data: LabeledFaces, targets: np.ndarray, device: torch.device) -> Faces:
    """Return images, targets ``(n, 7)`` and weights: an image's weight is the share of its votes for the seven."""
    assert data.votes is not None
    weights = vote_targets(data.votes).sum(axis=1)
    parts = (data.images, targets.astype(np.float32), weights)
    return Faces(*(torch.from_numpy(part).to(device) for part in parts))


def out_of_fold_readings(train: LabeledFaces, test: LabeledFaces, out: Path, device: torch.device) -> Readings:
    """Return the reading of each image by the one network of five that has not seen it."""
    assert train.votes is not None
    network = SeResNet(TEACHER).to(device)
    faces, test_images = on_device(train, shares(train.votes), device), torch.from_numpy(test.images).to(device)
    fit = Fit(network, faces, TEACHER_RECIPE)
    fold = np.random.default_rng(2013).permutation(len(train)) % FOLDS
    values = np.empty((len(train), 7), np.float32)
    for held in range(FOLDS):
        rows, kept = np.flatnonzero(fold == held), out / f"fold-{held}.npy"
        if not kept.is_file():
            torch.manual_seed(100 + held)
            initialize(network)
            fit.restart()
            for _ in fit.run(np.flatnonzero(fold != held)):
                pass
            with fit.averaged() as averaged, replaced_file(kept) as part, part.open("wb") as file:
                np.save(file, read(averaged, faces.images[torch.from_numpy(rows)], mirrored=True))
                say(line(f"teacher, fold {held}", read(averaged, test_images, mirrored=True), test))
        values[rows] = np.load(kept)
    say(line("teacher, out of fold", values, train))
    return Readings.of(train.images, values)


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


def student_targets(train: LabeledFaces, readings: Readings) -> np.ndarray:
    """Return the targets, ``(n, 7)``; an image without a reading has the shares of its votes."""
    assert train.votes is not None
    votes = train.votes[:, :7]
    reading, found = readings.find(train.images)
    k = concentration(votes[found], reading[found]) if found.any() else 0.0
    say(f"k = {k:.1f}; the teacher has read {found.sum()} of {len(train)} images")
    return np.asarray((votes + k * reading) / (votes.sum(axis=1, keepdims=True) + k * found[:, None]))


def fit_student(
    train: LabeledFaces, test: LabeledFaces, targets: np.ndarray, recipe: Recipe, out: Path, device: torch.device
) -> list[np.ndarray]:
    """Train the student; return its averaged weights after the last epoch, in the order of `weights_of`."""
    torch.manual_seed(recipe.seed)
    network = student().to(device)
    initialize(network)
    fit = Fit(network, on_device(train, targets, device), recipe)
    test_images = torch.from_numpy(test.images).to(device)
    done = fit.restore(out / "student.checkpoint")
    for epoch, loss in fit.run(np.arange(len(train)), done):
        with fit.averaged() as averaged:
            say(line(f"student {epoch}/{recipe.epochs}, loss {loss:.3f}", read(averaged, test_images), test))
        fit.save(out / "student.checkpoint", epoch)
    with fit.averaged() as averaged:
        return weights_of(averaged)


def main() -> None:
    """Read the arguments, train, and write `student.npz`, and `teachers.npz` if the teacher is trained."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--votes", type=Path, help="ferplus_votes.csv or fer2013new.csv, if it is not beside the data")
    parser.add_argument("--out", type=Path, default=Path("out/flagship"))
    parser.add_argument("--teachers", default=str(SHIPPED), help="a file of readings, or `fit` to train the teacher")
    parser.add_argument("--epochs", type=int, default=STUDENT_RECIPE.epochs)
    parser.add_argument("--every", type=int, default=1, help="use only every Nth image, for a trial")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cudnn.benchmark = True
    try:
        _, *splits = load(options.data, options.votes)
    except EmotionError as error:
        parser.error(str(error))
    train, test = (data.select(np.arange(0, len(data), options.every)) for data in splits)
    say(f"{len(train)} images of Training and {len(test)} of PublicTest, on {device}")
    if options.teachers == "fit":
        readings = out_of_fold_readings(train, test, options.out, device)
        readings.save(options.out / "teachers.npz")
    else:
        readings = Readings.from_file(Path(options.teachers))
    recipe = STUDENT_RECIPE.with_epochs(options.epochs)
    weights = fit_student(train, test, student_targets(train, readings), recipe, options.out, device)
    with replaced_file(options.out / "student.npz") as part, part.open("wb") as file:
        np.savez(file, *weights)


if __name__ == "__main__":
    main()

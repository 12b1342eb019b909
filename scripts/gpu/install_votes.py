"""Make `models/flagship_votes` of a student's weights: `python -m scripts.gpu.install_votes student.npz ARCHIVE VOTES`.

Needs the project's own environment, but not PyTorch. The weights are loaded into the Keras architecture, which is
exported to ONNX, quantized, given the temperature that makes the votes of PublicTest most likely, and measured.
"""

from __future__ import annotations

import argparse
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from emotion_core.classify.card import ModelCard, ModelInput
from emotion_core.classify.onnx import OnnxClassifier
from emotion_core.data.dataset import LabelledFaces
from emotion_core.emotions import Emotion
from emotion_core.measure.accuracy import evaluate, read_faces
from emotion_core.measure.calibration import scaled
from emotion_core.measure.robustness import robustness
from emotion_core.measure.votes import VoteEvaluation, score_votes
from emotion_core.models.folder import new_model
from emotion_core.models.install import convert_in_subprocess
from emotion_core.models.quantize import quantize
from scripts.gpu.votes import Voted, load

NAME = "flagship_votes"
ARCHITECTURE = "fine_se_resnet"
BLOCKS = (
    (2, 48, 48),
    (2, 48, 96),
    (2, 96, 192),
    (1, 192, 256),
)  # for each stage: number of blocks, filters before it, filters in it
FIT = {  # what scripts/gpu/fit_votes.py did, under the keys that the cards of runs have
    "arch": ARCHITECTURE,
    "epochs": 230,
    "batch_size": 256,
    "optimizer": "sgd",
    "learning_rate": 0.12,
    "warmup_epochs": 2,
    "schedule": "cosine",
    "weight_decay": 0.005,
    "augmentation": "field",
    "sharpness": 0.5,
    "weight_average": 0.9985,
    "precision": "mixed_bfloat16",
    "seed": 7,
    "data": "FER-2013 with the votes of FER+",
    "protocol": "the last epoch was kept; of three fits this one was chosen on PublicTest, and the temperature fitted; "
    "no image of PublicTest, pixel for pixel, was trained on",
    "export": "int8",
    "teacher": "one larger network in five folds, each image read by the one that has not seen it",
    "command": "python -m scripts.gpu.fit_votes fer2013.tar.xz ferplus_votes.csv, then "
    "python -m scripts.gpu.install_votes",
}


def keras_layers(model: Any) -> list[Any]:
    """Return the layers with weights in the order of `weights_of` in network.py: as created, the fine path's last."""
    convolutions, norms = _numbered(model, "conv2d"), _numbered(model, "batch_normalization")
    layers = [next(convolutions)]
    for stage, (count, before, width) in enumerate(BLOCKS):
        for block in range(count):
            grows = not block and (stage > 0 or before != width)
            layers += [next(norms), *([next(convolutions)] if grows else []), next(convolutions)]
            layers += [next(norms), *(next(convolutions) for _ in range(3))]
    layers += [next(norms), *_numbered(model, "dense")]
    return layers + [
        model.get_layer(f"fine_{name}") for name in ("first", "first_norm", "second", "second_norm", "third")
    ]


def _numbered(model: Any, kind: str) -> Any:
    """Return an iterator over the layers that Keras named `kind`, `kind_1`, …, in this order."""

    def number(name: str) -> int:
        return int(name.removeprefix(kind).lstrip("_") or 0)

    found = [layer for layer in model.layers if re.fullmatch(rf"{kind}(_\d+)?", layer.name)]
    return iter(sorted(found, key=lambda layer: number(layer.name)))


def keras_model(arrays: list[np.ndarray]) -> Any:
    """Return the architecture with these weights."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    from emotion_core.networks.architectures import architecture

    model = architecture(ARCHITECTURE).build()
    start = 0
    for layer in keras_layers(model):
        count = len(layer.get_weights())
        layer.set_weights(arrays[start : start + count])
        start += count
    if start != len(arrays):
        raise ValueError(f"Expected {start} arrays of weights. Received: {len(arrays)}")
    return model


def as_labelled(data: Voted) -> LabelledFaces:
    """Return the images with their original labels, which are the names of their folders."""
    labels = [Emotion(name.split("/")[1]).column for name in data.names]
    return LabelledFaces(data.images, np.array(labels), tuple(data.hashes), tuple(data.names))


def temperature(probabilities: np.ndarray, votes: np.ndarray) -> float:
    """Return the temperature that makes the votes most likely."""

    def loss(value: float) -> float:
        return score_votes(NAME, scaled(probabilities, value), votes).cross_entropy

    return round(float(minimize_scalar(loss, bounds=(0.5, 2.0), method="bounded").x), 4)


def on_card(found: VoteEvaluation) -> dict[str, Any]:
    """Return the figures that the card states: those against the votes, and each expression's recall among them."""
    return {
        "majority": round(found.majority.accuracy, 4),
        "majority_images": found.majority.images,
        "recall": {name: round(row["recall"], 4) for name, row in (found.majority.per_class or {}).items()},
        "images": found.images,
        "cross_entropy": round(found.cross_entropy, 4),
        "distance": round(found.distance, 4),
        "share_error": round(found.share_error, 4),
        "human_accuracy": round(found.human_accuracy, 4),
    }


def main() -> None:
    """Convert, quantize, calibrate, measure, and put the model into the folder of models."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("archive", type=Path)
    parser.add_argument("votes", type=Path)
    parser.add_argument("--models", type=Path, default=Path("models"))
    options = parser.parse_args()
    train, test = load(options.archive, options.votes)
    faces = as_labelled(test)
    card = ModelCard(
        NAME, "Flagship (people's votes)", ARCHITECTURE, input=ModelInput(), license="MIT",
        source="Trained by this project on FER-2013 with the votes of FER+.",
    )  # fmt: skip
    with new_model(options.models / NAME) as folder:
        network = folder.network
        keras_model(list(np.load(options.weights).values())).save(folder.keras, include_optimizer=False)
        facts = convert_in_subprocess(folder.keras, network)
        before = read_faces(OnnxClassifier(network, card), faces)
        quantize(network, network, train.images, card.input)
        raw = read_faces(OnnxClassifier(network, card), faces)
        card = replace(card, temperature=temperature(raw, test.votes))
        classifier = OnnxClassifier(network, card)
        original = evaluate(classifier, faces, timed=1).to_dict()
        del original["model"], original["latency_ms_per_face"]
        changes = {name: round(value, 4) for name, value in robustness(classifier, faces).items()}
        against_votes = score_votes(NAME, read_faces(classifier, faces), test.votes)
        card = replace(
            card,
            metrics={"PublicTest": {"view": "single", **original, "chosen_on_it": True, "robustness": changes}},
            training={
                **FIT,
                "images": len(train.names),
                "data_fingerprint": as_labelled(train).fingerprint,
                "parameters": facts["parameters"],
                "onnx_difference": facts["largest_difference"],
                "int8_agreement": round(float(np.mean(raw.argmax(1) == before.argmax(1))), 4),
                "votes_public_test": on_card(against_votes),
            },
        )
        folder.write_card(card)


if __name__ == "__main__":
    main()

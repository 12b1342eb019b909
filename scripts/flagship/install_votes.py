"""Make a model of a student's weights: `python -m scripts.flagship.install_votes DATA [--votes FILE] [--out DIR]`.

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

from emotion_core.classify.card import ModelCard, ModelInput
from emotion_core.classify.onnx import OnnxClassifier
from emotion_core.emotions import VOTES
from emotion_core.measure.accuracy import read_faces
from emotion_core.models.folder import new_model
from emotion_core.models.install import convert_in_subprocess
from emotion_core.models.quantize import quantize
from emotion_core.train.figures import calibrated, measured, with_cross_fit
from scripts.flagship.votes import load

NAME = "flagship"
ARCHITECTURE = "fine_se_resnet"
BLOCKS = (
    (2, 48, 48),
    (2, 48, 96),
    (2, 96, 192),
    (1, 192, 256),
)  # for each stage: number of blocks, filters before it, filters in it
FIT = {  # what scripts/flagship/fit_votes.py did, under the keys that the cards of runs have
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
    "command": "make flagship DATA=DIR",
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


def main() -> None:
    """Convert, quantize, calibrate, measure, and put the model into the folder of models."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--votes", type=Path, help="ferplus_votes.csv or fer2013new.csv, if it is not beside the data")
    parser.add_argument("--out", type=Path, default=Path("out/flagship"), help="where student.npz is")
    parser.add_argument("--models", type=Path, help="the folder of models; by default, models in --out")
    options = parser.parse_args()
    dataset, train, _ = load(options.data, options.votes)
    test = dataset.splits["test"]  # whole, as cards measure it; images without votes have no part in the temperature
    card = ModelCard(
        NAME, "Flagship", ARCHITECTURE, input=ModelInput(), learned_from=VOTES, license="MIT",
        source="Trained by this project on FER-2013 with the votes of FER+.",
    )  # fmt: skip
    models = options.models or options.out / "models"
    models.mkdir(parents=True, exist_ok=True)
    with new_model(models / NAME, replace=True) as folder:
        network = folder.network
        weights = list(np.load(options.out / "student.npz").values())
        keras_model(weights).save(folder.keras, include_optimizer=False)
        facts = convert_in_subprocess(folder.keras, network)
        before = read_faces(OnnxClassifier(network, card), test)
        quantize(network, network, train.images, card.input)
        raw = read_faces(OnnxClassifier(network, card), test)
        training = FIT | {
            "images": len(train),
            "data_fingerprint": train.fingerprint,
            "parameters": facts["parameters"],
            "onnx_difference": facts["largest_difference"],
            "int8_agreement": round(float(np.mean(raw.argmax(1) == before.argmax(1))), 4),
        }
        card = calibrated(replace(card, training=training), raw, test)
        card = measured(card, network, dataset, chosen_on_it=True)
        folder.write_card(with_cross_fit(card, raw, test))


if __name__ == "__main__":
    main()

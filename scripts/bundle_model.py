"""Put a fitted run into ``models/``: measure it on PublicTest, write its card, export ONNX, keep the Keras file.

``python scripts/bundle_model.py --run RUN --data DIR --name article_cnn --title "Article CNN"``
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from emotion_core.card import ModelCard, ModelInput
from emotion_core.classify.onnx import OnnxClassifier
from emotion_core.data.fer2013 import LabelledFaces, read_fer_folder
from emotion_core.evaluate import Evaluation, evaluate
from emotion_core.train.architectures import architecture

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Read the arguments and bundle one model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--title", required=True)
    options = parser.parse_args()
    config = json.loads((options.run / "config.json").read_text())
    size = architecture(config["arch"]).INPUT_SIZE
    folder = ROOT / "models" / options.name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(options.run / "model.keras", folder / "model.keras")
    command = [sys.executable, "-m", "emotion_core.convert", str(folder / "model.keras"), str(folder / "model.onnx")]
    facts = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout)
    card = ModelCard(
        name=options.name,
        title=options.title,
        architecture=config["arch"],
        input=ModelInput(size_wh=(size, size)),
        source="Trained from scratch on FER-2013's Training split (Goodfellow et al., 2013) by emotion_core.train.fit.",
        license="MIT",
    )
    test = read_fer_folder(options.data, "test", size=size)
    train = read_fer_folder(options.data, "train", size=size).without(frozenset(test.hashes))
    result = evaluate(OnnxClassifier(folder / "model.onnx", card), test)
    card = with_figures(card, config, facts, train, result)
    (folder / "card.json").write_text(card.to_json(), encoding="utf-8")
    sys.stdout.write(json.dumps(result.to_dict()) + "\n")


def with_figures(card: ModelCard, config: dict, facts: dict, train: LabelledFaces, result: Evaluation) -> ModelCard:
    """The card with the protocol and what was measured."""
    from dataclasses import replace

    training = {
        **config,
        "data": "FER-2013 Training without the images that also stand in PublicTest",
        "images": len(train),
        "data_fingerprint": train.fingerprint,
        "protocol": "fixed schedule, last epoch kept; PublicTest took part in no choice",
        "parameters": facts["parameters"],
        "onnx_difference": facts["largest_difference"],
    }
    figures = result.to_dict()
    figures.pop("model")
    # A machine's speed is not a property of the model; `make bench` measures it.
    figures.pop("latency_ms_per_face")
    metrics = {"PublicTest": {"view": "single", **figures}}
    return replace(card, training=training, metrics=metrics)


if __name__ == "__main__":
    main()

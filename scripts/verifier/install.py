"""Make the verifier's file and card of a fit: `python -m scripts.verifier.install DATA [--out DIR] [--to DIR]`.

The tenth of Training's faces and of the pictures that were not learned from sets the temperature that makes its windows
most likely, and gives the figures on the card.
"""

from __future__ import annotations

import argparse
import json
import pickle
from pathlib import Path

import numpy as np
import torch

from emotion_core.data.load import load_dataset
from emotion_core.detect.squares import WINDOW
from emotion_core.files.atomic import replaced_file
from emotion_core.measure.accuracy import binned, mean_gap
from scripts.verifier.fit import held_out, outputs_of
from scripts.verifier.network import UNITS, VerifierNetwork, write_onnx
from scripts.verifier.pictures import Picture, backgrounds, some_proposals
from scripts.verifier.scenes import Windows, faces_and_none

SEED = 2013
LEAST = 0.5  # score from which a window counts as a face in the card's figures


def windows_held_out(faces: np.ndarray, pictures: list[Picture]) -> Windows:
    """Return windows of the faces and the pictures that were not learned from."""
    random, behind = np.random.default_rng(SEED), backgrounds(pictures, 500, SEED)
    rows = [random.permutation(len(picture.squares))[:80] for picture in pictures]
    return Windows.joined([faces_and_none(faces, behind, SEED), some_proposals(pictures, rows, behind, SEED)])


def scores_of(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Return the calibrated scores, 0–1."""
    return np.asarray(1 / (1 + np.exp(-logits / temperature)))


def best_temperature(logits: np.ndarray, faces: np.ndarray) -> float:
    """Return the temperature with the least cross-entropy."""

    def entropy(temperature: float) -> float:
        scores = scores_of(logits, temperature).clip(1e-6, 1 - 1e-6)
        return float(-np.mean(faces * np.log(scores) + (1 - faces) * np.log(1 - scores)))

    return float(min(np.arange(0.5, 2.01, 0.02), key=entropy))


def figures(windows: Windows, outputs: np.ndarray, temperature: float) -> dict[str, float]:
    """Return the card's figures."""
    scores, is_face = scores_of(outputs[:, 0], temperature), windows.faces > 0
    off = np.abs(outputs[is_face, 1:] * UNITS - windows.offsets[is_face])
    said = scores >= LEAST
    return {
        "windows": len(scores),
        "faces_found": float(said[is_face].mean()),
        "false_faces": float(said[~is_face].mean()),
        "calibration_error": float(mean_gap(binned(scores, windows.faces))),
        "median_offset_of_center": float(np.median(np.hypot(off[:, 0], off[:, 1]))),
        "median_offset_of_side": float(np.median(off[:, 2])),
        "median_offset_of_tilt_degrees": float(np.median(off[:, 3])),
    }


def main() -> None:
    """Write model.onnx and card.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("out/verifier"))
    parser.add_argument("--to", type=Path, default=Path("models/detectors/verifier"))
    options = parser.parse_args()
    state = torch.load(options.out / "last.pt")
    network = VerifierNetwork()
    network.load_state_dict(state["network"])
    faces = np.stack(held_out(list(load_dataset(options.data).splits["train"].images)))
    all_pictures = pickle.loads((options.out / "pictures.pickle").read_bytes())
    pictures = held_out(all_pictures)
    windows = windows_held_out(faces, pictures)
    outputs = outputs_of(network, windows.images)
    temperature = best_temperature(outputs[:, 0], windows.faces)
    options.to.mkdir(parents=True, exist_ok=True)
    with replaced_file(options.to / "model.onnx") as draft:
        write_onnx(network, temperature, draft)
    card = {
        "name": "verifier",
        "title": "Face verifier",
        "input": {"size_wh": [WINDOW, WINDOW], "color": "gray", "normalized": "each window"},
        "output": ["score", "center along", "center across", "log of the side's ratio", "tilt in degrees"],
        "parameters": sum(value.numel() for value in network.parameters()),
        "temperature": round(temperature, 2),
        "training": {
            "faces": "FER-2013 Training, nine of ten images",
            "pictures_without_a_face": f"nine of ten of {len(all_pictures)}",
            "epochs": state["epochs"],
        },
        "metrics": {
            "held-out tenth of Training's faces and of the pictures": {
                key: round(value, 4) for key, value in figures(windows, outputs, temperature).items()
            }
        },
        "source": "Trained by this project (scripts/verifier).",
        "license": "MIT",
    }
    with replaced_file(options.to / "card.json") as draft:
        draft.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()

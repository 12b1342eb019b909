"""Milliseconds per face of each network, for one face and for a batch of eight, on one core with ONNX Runtime.

``python -m benchmarks.models``: every installed model with its weights, and the other architectures, DeepFace's among
them, with random weights, which take as long. Accuracies come from the models' cards.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from emotion_core.classify.card import ModelCard, ModelInput
from emotion_core.classify.onnx import OnnxClassifier
from emotion_core.models.registry import DEEPFACE, ModelRegistry
from emotion_core.networks.architectures import ARCHITECTURES, architecture
from emotion_core.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "out" / "bench" / "models.json"
ROUNDS, CALLS = 3, 40
EXPORT = """
import sys
import numpy as np
from emotion_core.networks.architectures import architecture
for name in sys.argv[2:]:
    network = architecture(name)
    model = network.build()
    model(np.zeros((1, network.input_size, network.input_size, 1), np.float32))
    model.export(f"{sys.argv[1]}/{name}.onnx", format="onnx", verbose=False)
"""


def main() -> None:
    """Run, print and save."""
    with tempfile.TemporaryDirectory() as folder:
        classifiers, accuracies = _installed()
        covered = {card.architecture for card in accuracies.values()}
        others = [name for name in ARCHITECTURES if name not in covered]
        classifiers |= _with_random_weights(others, Path(folder))
        timings = [{name: _time(classifier) for name, classifier in classifiers.items()} for _ in range(ROUNDS)]
    rows = {}
    for name in classifiers:
        one, eight = (round(statistics.median(timing[name][i] for timing in timings), 2) for i in (0, 1))
        card = accuracies.get(name)
        accuracy = card.metrics.get("PublicTest", {}).get("accuracy") if card else None
        rows[name] = {"ms_one_face": one, "ms_eight_faces": eight, "public_test_accuracy": accuracy}
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(rows, indent=2) + "\n")
    sys.stdout.write(_table(rows))


def _installed() -> tuple[dict[str, OnnxClassifier], dict[str, ModelCard]]:
    registry = ModelRegistry(Settings().models_dir)
    cards = {entry.name: entry.card for entry in registry.entries() if entry.card and entry.name != DEEPFACE}
    classifiers = {name: registry.load(name) for name in cards}
    return {name: c for name, c in classifiers.items() if isinstance(c, OnnxClassifier)}, cards


def _with_random_weights(names: list[str], folder: Path) -> dict[str, OnnxClassifier]:
    command = [sys.executable, "-c", EXPORT, str(folder), *names]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    card = ModelCard("random", "Random weights")
    found = {}
    for name in names:
        size = architecture(name).input_size
        sized = replace(card, input=ModelInput(size_wh=(size, size)))
        found[f"{name} (random weights)"] = OnnxClassifier(folder / f"{name}.onnx", sized)
    return found


def _time(classifier: OnnxClassifier) -> tuple[float, float]:
    """Return the median milliseconds for one face and for eight in one call, from crops of 160 pixels."""
    crops = list(np.random.default_rng(0).integers(0, 255, (8, 160, 160, 3), np.uint8))
    return _median_ms(classifier, crops[:1]), _median_ms(classifier, crops)


def _median_ms(classifier: OnnxClassifier, crops: list[np.ndarray]) -> float:
    seconds = []
    for _ in range(CALLS):
        started = time.perf_counter()
        classifier.predict(crops)
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds) * 1000)


def _table(rows: dict[str, dict[str, float | None]]) -> str:
    lines = [f"{'Network':<36} {'1 face, ms':>10} {'8 faces, ms':>11} {'PublicTest':>11}"]
    for name, row in rows.items():
        accuracy = "–" if row["public_test_accuracy"] is None else f"{row['public_test_accuracy']:.1%}"
        lines.append(f"{name:<36} {row['ms_one_face']:>10} {row['ms_eight_faces']:>11} {accuracy:>11}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

"""A real fit of a few steps: it learns, keeps a checkpoint, and goes on where it stopped."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
SIDES = {"happy": slice(0, 24), "sad": slice(24, 48)}


def write_data(root: Path) -> None:
    """Two classes that a network tells apart at once: bright above, or bright below; 96 and 24 images."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 48), ("test", 12)):
        for emotion, side in SIDES.items():
            (root / split / emotion).mkdir(parents=True)
            for i in range(count):
                image = rng.integers(0, 60, (48, 48), np.uint8)
                image[side] += 150
                cv2.imwrite(str(root / split / emotion / f"{i}.png"), image)


def run_fit(*arguments: str) -> str:
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", "emotion_core.train.fit", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stderr


def history(run: Path) -> list[dict[str, str]]:
    with (run / "history.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_a_fit_learns_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    data, run = tmp_path / "data", tmp_path / "run"
    write_data(data)
    common = ["--data", str(data), "--run", str(run), "--batch-size", "16", "--preset", "flagship"]
    said = run_fit(*common, "--epochs", "2")
    assert "96 training faces, 24 PublicTest faces" in said
    assert [row["epoch"] for row in history(run)] == ["0", "1"]
    run_fit(*common, "--epochs", "4")
    rows = history(run)
    assert [row["epoch"] for row in rows] == ["0", "1", "2", "3"]
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])
    assert float(rows[-1]["accuracy"]) > 0.6
    assert (run / "model.keras").is_file()
    config = json.loads((run / "config.json").read_text())
    assert (config["arch"], config["epochs"], config["batch_size"]) == ("compact_se_resnet", 4, 16)

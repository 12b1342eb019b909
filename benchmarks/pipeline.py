"""The loops of the two articles and this project's pipeline on the same frames, in turns, in one run.

``python -m benchmarks.pipeline [CLIP]``: three rounds, in each of which every contender makes one pass over the clip.
Times are totals divided by the number of frames or faces; the table shows the median of the three rounds. The ratio
compares total times with the slower of the two articles' loops.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import child
from benchmarks.child import ROOT
from benchmarks.contenders import CONTENDERS, FOUR

RESULT = ROOT / "out" / "bench" / "pipeline.json"
TITLES = {
    "article_deepface": "Article: Haar 1.1/10/30 + DeepFace.analyze",
    "article_keras": "Article: Haar 1.3/3 + model.predict",
    "ours_deepface": "Here: DeepFace",
    "ours_article_cnn": "Here: Article CNN",
    "ours_flagship": "Here: flagship",
    "ours_flagship_haar_alone": "  with the Haar cascade alone",
    "ours_flagship_four": "  flagship, four faces",
    "ours_flagship_haar_alone_four": "  with the Haar cascade alone, four faces",
}


def main() -> None:
    """Run, print and save."""
    clip = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "assets" / "sample.mp4"
    with tempfile.TemporaryDirectory() as folder:
        environment, weights = _deepface_environment(Path(folder))
        names = [*CONTENDERS, *(name + FOUR for name in CONTENDERS if name.startswith("ours_flagship"))]
        rounds = child.take_turns([child.Child("benchmarks.contenders", name, clip, environment) for name in names])
    result = {
        "clip": clip.name,
        "deepface_weights": weights,
        "contenders": child.medians(rounds),
    }
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    sys.stdout.write(_table(result))


def _deepface_environment(folder: Path) -> tuple[dict[str, str], str]:
    """Return the environment and a description of the weights: DeepFace's own if they are here, else random ones."""
    from emotion_core.classify.deepface import WEIGHTS_FILE, weights_present

    if weights_present():
        return dict(os.environ), "DeepFace's own"
    target = folder / ".deepface" / "weights" / WEIGHTS_FILE
    command = [sys.executable, "-m", "scripts.deepface_stand_in", str(target)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return os.environ | {"DEEPFACE_HOME": str(folder)}, "random stand-ins: the speed is right, the labels mean nothing"


def _table(result: dict[str, Any]) -> str:
    rows = result["contenders"]
    slowest = max(rows[name]["ms_per_frame"] for name in ("article_deepface", "article_keras"))
    lines = [
        f"Clip {result['clip']}, {child.ROUNDS} rounds, means. DeepFace's weights: {result['deepface_weights']}.",
        f"{'':<44} {'frames/s':>9} {'ms/frame':>9} {'95th':>7} {'ms/face':>8} {'faces':>6} {'ratio':>7}",
    ]
    lines += [
        f"{TITLES[name]:<44} {1000 / row['ms_per_frame']:>9.1f} {row['ms_per_frame']:>9.1f} {row['ms_95th']:>7.1f} "
        f"{row['ms_per_face']:>8.2f} "
        f"{row['faces_per_frame']:>6.2f} {slowest / row['ms_per_frame']:>6.1f}×"
        for name, row in rows.items()
    ]
    lines += [
        f"Each further face, {TITLES[name].strip()}: {_further_ms(rows[name], rows[name + FOUR]):.2f} ms"
        for name in rows
        if name + FOUR in rows
    ]
    return "\n".join(lines) + "\n"


def _further_ms(one: dict[str, float], four: dict[str, float]) -> float:
    faces = four["faces_per_frame"] - one["faces_per_frame"]
    return (four["ms_per_frame"] - one["ms_per_frame"]) / faces if faces > 0 else float("nan")


if __name__ == "__main__":
    main()

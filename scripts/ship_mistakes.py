"""Write the worst mistakes of the models that come with the project into their folders.

    python -m scripts.ship_mistakes DATA [VOTES]

DATA is FER-2013, VOTES the table of FER+. The pictures themselves stay where they are.
"""

from __future__ import annotations

import sys
from pathlib import Path

from emotion_core.data.load import load_dataset
from emotion_core.data.votes import has_majority
from emotion_core.emotions import LABELS, VOTES
from emotion_core.measure.accuracy import read_faces
from emotion_core.measure.mistakes import worst, write_mistakes
from emotion_core.measure.votes import majority_faces
from emotion_core.models.folder import model_folders

COUNT = 24
ROOT = Path(__file__).resolve().parents[1]


def main(data: Path, votes: Path | None) -> None:
    """Read PublicTest with each model, and write the mistakes."""
    test = load_dataset(data, fer_plus=votes).splits["test"]
    for folder in model_folders(ROOT / "models"):
        probabilities = read_faces(folder.load(), test)
        found = {LABELS: worst(test, probabilities, COUNT)}
        agreed = has_majority(test.all_votes)
        if agreed.any():
            found[VOTES] = worst(majority_faces(test), probabilities[agreed], COUNT)
        write_mistakes(folder.mistakes, "PublicTest", found)
        sys.stdout.write(f"{folder.name}: {', '.join(f'{len(rows)} against {kind}' for kind, rows in found.items())}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)

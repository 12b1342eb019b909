"""Figure 1: how many of the camera's frames are shown, and how long the server's callback takes."""

from __future__ import annotations

from dataclasses import asdict

from benchmarks.live.contenders import BURNED, NAIVE, NAMES, STAGE
from benchmarks.live.figures import ratio
from benchmarks.live.results import Answer, Row, report
from benchmarks.live.rounds import FACES, rounds


def answer() -> Answer:
    """Measure."""
    found = rounds()
    rows = []
    for faces in FACES:
        figures, label = found.medians[faces], f"{faces} face{'s' * (faces > 1)}"
        rows += [Row(f"{label}: distinct frames, {name}", figures[name]["fps"], "/s") for name in NAMES]
        kept = ratio(figures[STAGE]["fps"], figures[STAGE]["camera_fps"])
        rows += [
            Row(f"{label}: stage against the camera's own preview", kept, "×", 0.97, at_least=True),
            Row(f"{label}: callback, burned in, median", figures[BURNED]["callback_ms"], "ms", 3),
            Row(f"{label}: callback, stage, median", figures[STAGE]["callback_ms"], "ms", 3),
            Row(f"{label}: callback, stage, 95th percentile", figures[STAGE]["callback_p95_ms"], "ms", 8),
            Row(f"{label}: callback, naive, median", figures[NAIVE]["callback_ms"], "ms"),
            Row(f"{label}: start to the first picture, stage", figures[STAGE]["start_ms"], "ms", 2000),
        ]
    return Answer("live_video", "1. The picture, 640×480", rows, asdict(found))


if __name__ == "__main__":
    report(answer)

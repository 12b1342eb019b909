"""Figure 1: how much of the frame rate comes back, and how long the callback takes."""

from __future__ import annotations

from dataclasses import asdict

from benchmarks.live.contenders import NAIVE, NAMES, OURS, PASS_THROUGH
from benchmarks.live.figures import ratio
from benchmarks.live.results import Answer, Row, report
from benchmarks.live.rounds import FACES, rounds


def answer() -> Answer:
    """Measure."""
    found = rounds()
    rows = []
    for faces in FACES:
        figures, label = found.medians[faces], f"{faces} face{'s' * (faces > 1)}"
        rows += [Row(f"{label}: distinct frames that come back, {name}", figures[name]["fps"], "/s") for name in NAMES]
        rows += [Row(f"{label}: frames shown, {name}", figures[name]["presented_fps"], "/s") for name in NAMES]
        kept = ratio(figures[OURS]["fps"], figures[PASS_THROUGH]["fps"])
        rows += [
            Row(f"{label}: ours against pass-through", kept, "×", 0.97, at_least=True),
            Row(f"{label}: callback, median", figures[OURS]["callback_ms"], "ms", 3),
            Row(f"{label}: callback, 95th percentile", figures[OURS]["callback_p95_ms"], "ms", 8),
            Row(f"{label}: callback of naive, median", figures[NAIVE]["callback_ms"], "ms"),
        ]
    return Answer("live_video", "1. Video, 640×480", rows, asdict(found))


if __name__ == "__main__":
    report(answer)

"""Figure 2: glass-to-glass delay, from a frame of the camera to the same frame in the returned video."""

from __future__ import annotations

from benchmarks.live.contenders import NAMES, OURS, PASS_THROUGH
from benchmarks.live.figures import median
from benchmarks.live.results import Answer, Row, report
from benchmarks.live.rounds import FACES, rounds


def answer() -> Answer:
    """Measure. Differences are taken within each round, because the machine's speed changes between rounds."""
    found = rounds()
    rows = []
    for faces in FACES:
        label, visits = f"{faces} face{'s' * (faces > 1)}", found.visits[faces]
        for key, title, most in (("delay_ms", "median", 15), ("delay_p95_ms", "95th percentile", 40)):
            rows += [Row(f"{label}: {name}, {title}", found.medians[faces][name][key], "ms") for name in NAMES]
            above = median(visit[OURS][key] - visit[PASS_THROUGH][key] for visit in visits)
            rows.append(Row(f"{label}: ours above pass-through, {title}", above, "ms", most))
    return Answer("live_delay", "2. Delay, glass to glass", rows, found.visits)


if __name__ == "__main__":
    report(answer)

"""Figure 2: how far the picture is behind the camera's own preview."""

from __future__ import annotations

from benchmarks.live.contenders import NAMES, STAGE
from benchmarks.live.results import Answer, Row, report
from benchmarks.live.rounds import FACES, rounds

MOST_MS = 20


def answer() -> Answer:
    """Measure."""
    found = rounds()
    rows = []
    for faces in FACES:
        label = f"{faces} face{'s' * (faces > 1)}"
        for key, title in (("delay_ms", "median"), ("delay_p95_ms", "95th percentile")):
            for name in NAMES:
                target = MOST_MS if name == STAGE and title == "median" else None
                rows.append(Row(f"{label}: {name}, {title}", found.medians[faces][name][key], "ms", target))
    return Answer("live_delay", "2. The picture behind the camera's own preview", rows, found.visits)


if __name__ == "__main__":
    report(answer)

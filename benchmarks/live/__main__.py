"""Run every benchmark of the live page, one after the other: ``python -m benchmarks.live``."""

from __future__ import annotations

import sys

from benchmarks.live import analysis, cpu, delay, sessions, soak, video
from benchmarks.live.results import report
from scripts.dashboard import NO_CHROMIUM, chromium_path

BENCHMARKS = (video, delay, analysis, cpu, sessions, soak)


def main() -> None:
    """Run all, or say what is missing."""
    if chromium_path() is None:
        sys.stdout.write(f"Live page: not measured. {NO_CHROMIUM}\n")
    else:
        for benchmark in BENCHMARKS:
            report(benchmark.answer)


if __name__ == "__main__":
    main()

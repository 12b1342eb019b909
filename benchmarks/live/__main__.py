"""Every question about the live page, one after the other: ``python -m benchmarks.live``."""

from __future__ import annotations

import sys

from benchmarks.live import analysis, charts, cpu, delay, sessions, soak, video
from benchmarks.live.processes import available
from benchmarks.live.results import tell
from scripts.dashboard import NO_CHROMIUM, chromium_path

QUESTIONS = (video, delay, analysis, cpu, sessions, soak, charts)


def main() -> None:
    """Answer all, or say what is missing."""
    if chromium_path() is None:
        sys.stdout.write(f"Live page: not measured. {NO_CHROMIUM}\n")
    elif not available():
        sys.stdout.write(
            "Live page: not measured. Processor time and memory are read from /proc, which only Linux has.\n"
        )
    else:
        for question in QUESTIONS:
            tell(question.answer)


if __name__ == "__main__":
    main()

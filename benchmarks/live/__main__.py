"""Every question about the live page, one after the other: ``python -m benchmarks.live``."""

from __future__ import annotations

import sys

from benchmarks.live import analysis, delay, video
from benchmarks.live.results import tell
from scripts.dashboard import NO_CHROMIUM, chromium_path

if chromium_path() is None:
    sys.stdout.write(f"Live page: not measured. {NO_CHROMIUM}\n")
else:
    for question in (video, delay, analysis):
        tell(question.answer)

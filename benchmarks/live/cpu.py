"""Figure 5: cores that the server uses for one visitor, beside pass-through, and while nobody watches."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.live import clip
from benchmarks.live.browser import LivePage, chromium, live_page
from benchmarks.live.contenders import NAMES, OURS, PASS_THROUGH, serving
from benchmarks.live.figures import median
from benchmarks.live.processes import CpuMeter
from benchmarks.live.results import Answer, Row, report
from benchmarks.live.rounds import FACES, SETTLE_S, rounds

WATCH_S = 6.0
MOST_ABOVE = {1: 0.22, 4: 0.35}  # cores, by the number of faces
IDLE = 0.02  # cores; an idle server still answers its visitor's heartbeat


@dataclass(frozen=True)
class Idle:
    """Cores that our server uses before the first start, after a stop, and with a hidden tab."""

    fresh: float
    stopped: float
    hidden: float


def answer() -> Answer:
    """Measure."""
    found = rounds()
    rows = []
    for faces in FACES:
        label, visits = f"{faces} face{'s' * (faces > 1)}", found.visits[faces]
        rows += [Row(f"{label}: server, {name}", found.medians[faces][name]["cores"], "cores") for name in NAMES]
        above = median(visit[OURS]["cores"] - visit[PASS_THROUGH]["cores"] for visit in visits)
        rows.append(Row(f"{label}: ours above pass-through", above, "cores", MOST_ABOVE[faces]))
    idle = measure_idle()
    rows += [
        Row("open, not started", idle.fresh, "cores", IDLE),
        Row("stopped", idle.stopped, "cores", IDLE),
        Row("tab hidden", idle.hidden, "cores", IDLE),
    ]
    return Answer("live_cpu", "5. The server's processor time", rows, found.medians)


def measure_idle() -> Idle:
    """Measure our server while nobody watches the video."""
    with tempfile.TemporaryDirectory() as name:
        camera = Path(name) / "camera.mjpeg"
        clip.write(camera, 1)
        with (
            serving(OURS, Path(name)) as contender,
            chromium(camera) as browser,
            live_page(browser, contender.server.url) as page,
        ):
            page.player()
            fresh = _cores(page, contender.server.pid)
            page.start()
            page.wait(SETTLE_S)
            page.stop()
            stopped = _cores(page, contender.server.pid)
            page.start()
            page.wait(SETTLE_S)
            page.hide()
            return Idle(fresh, stopped, _cores(page, contender.server.pid))


def _cores(page: LivePage, pid: int) -> float:
    page.wait(SETTLE_S)
    meter = CpuMeter(pid)
    page.wait(WATCH_S)
    return meter.cores()


if __name__ == "__main__":
    report(answer)

"""Figure 9: whether the charts cost the video frames, and how soon it plays after START."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.live import clip
from benchmarks.live.browser import chromium
from benchmarks.live.contenders import CHARTS, OURS, serving
from benchmarks.live.figures import median, ratio
from benchmarks.live.results import Answer, Row, tell
from benchmarks.live.rounds import ROUNDS, visit

WITHIN_MS = 2000
STEADY = 0.97  # of the frames without charts


def answer() -> Answer:
    """Measure: the page as it is and the page without what stands beside its video, in turns."""
    visits: dict[str, list[dict[str, float]]] = {"on": [], "off": []}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        camera = Path(name) / "camera.mjpeg"
        clip.write(camera, 1)
        servers = {}
        for charts in visits:
            folder = Path(name) / charts
            folder.mkdir()
            servers[charts] = stack.enter_context(serving(OURS, folder, {CHARTS: charts}))
        browser = stack.enter_context(chromium(camera))
        for contender in servers.values():  # the first visit loads models and code
            visit(browser, contender, 1.0)
        for _ in range(ROUNDS):
            for charts, contender in servers.items():
                visits[charts].append(visit(browser, contender))
    fps, shown = (
        {charts: median(one[key] for one in found) for charts, found in visits.items()}
        for key in ("fps", "presented_fps")
    )
    browser_cores = {charts: median(one["browser_cores"] for one in found) for charts, found in visits.items()}
    start_ms = median(one["start_ms"] for found in visits.values() for one in found)
    rows = [
        Row("distinct frames with the charts", fps["on"], "/s"),
        Row("distinct frames without them", fps["off"], "/s"),
        Row("with against without", ratio(fps["on"], fps["off"]), "×", STEADY, at_least=True),
        Row("frames that the browser showed with the charts", shown["on"], "/s"),
        Row("and without them", shown["off"], "/s"),
        Row("with against without", ratio(shown["on"], shown["off"]), "×", STEADY, at_least=True),
        Row("Chromium with the charts", browser_cores["on"], "cores"),
        Row("Chromium without them", browser_cores["off"], "cores"),
        Row("from START to the first returned frame", start_ms, "ms", WITHIN_MS),
    ]
    return Answer("live_charts", "9. Charts beside the video, and its start", rows, visits)


if __name__ == "__main__":
    tell(answer)

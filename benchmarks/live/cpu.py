"""Figure 5: cores that the server uses for one visitor, those of the browser's main thread, and both while idle."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.live import clip
from benchmarks.live.browser import LivePage, chromium, live_page
from benchmarks.live.contenders import BURNED, NAMES, OURS, STAGE, Contender, serving
from benchmarks.live.figures import median, ratio
from benchmarks.live.processes import CpuMeter
from benchmarks.live.results import Answer, Row, report
from benchmarks.live.rounds import FACES, ROUNDS, SETTLE_S, rounds

WATCH_S = 6.0
MOST_OF_BURNED = 0.5
MOST_MAIN_THREAD = 0.25  # cores
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
        share = median(ratio(visit[STAGE]["cores"], visit[BURNED]["cores"]) for visit in visits)
        rows.append(Row(f"{label}: stage against burned in", share, "×", MOST_OF_BURNED))
    main_thread, idle = measure_main_thread(), measure_idle()
    rows += [
        Row("browser's main thread, burned in", main_thread[BURNED], "cores"),
        Row("browser's main thread, stage", main_thread[STAGE], "cores", MOST_MAIN_THREAD),
        Row("sample playing: server", idle.fresh, "cores", IDLE),
        Row("stopped: server", idle.stopped, "cores", IDLE),
        Row("tab hidden: server", idle.hidden, "cores", IDLE),
    ]
    return Answer("live_cpu", "5. Processor time", rows, found.medians)


def measure_main_thread() -> dict[str, float]:
    """Return the cores that the main thread of our page keeps busy, without the notes of `reader.js`, in turns."""
    found: dict[str, list[float]] = {name: [] for name in OURS}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        camera = Path(name) / "camera.mjpeg"
        clip.write(camera, 1)
        contenders = [stack.enter_context(serving(one, Path(name))) for one in OURS]
        browser = stack.enter_context(chromium(camera))
        for _ in range(ROUNDS):
            for contender in contenders:
                found[contender.name].append(_main_thread(browser, contender))
    return {name: median(values) for name, values in found.items()}


def _main_thread(browser: Browser, contender: Contender) -> float:
    with live_page(browser, contender, "") as page:
        page.player()
        page.press_start()
        page.page.wait_for_function("emotionStage.data.running && emotionStage.reading")
        page.wait(SETTLE_S)
        devtools = page.page.context.new_cdp_session(page.page)
        devtools.send("Performance.enable")

        def busy_s() -> float:
            metrics = devtools.send("Performance.getMetrics")["metrics"]
            return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))

        before = busy_s()
        page.wait(WATCH_S)
        cores = (busy_s() - before) / WATCH_S
        page.stop()
    return cores


def measure_idle() -> Idle:
    """Measure our server while nobody watches a camera."""
    with tempfile.TemporaryDirectory() as name:
        camera = Path(name) / "camera.mjpeg"
        clip.write(camera, 1)
        with (
            serving(STAGE, Path(name)) as contender,
            chromium(camera) as browser,
            live_page(browser, contender) as page,
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

"""Figure 7: what long use leaves behind: ``python -m benchmarks.live.soak --minutes 20 --cycles 50 --settle 180``.

The video is started and stopped again and again, with a new visitor every five cycles, and then plays for some minutes.
Memory, threads and UDP sockets (one or more for each peer connection) are read while the video is stopped, after a
warm-up and at the end.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.live import clip
from benchmarks.live.browser import LivePage, chromium, live_page
from benchmarks.live.contenders import STAGE, Contender, serving
from benchmarks.live.processes import Usage, usage
from benchmarks.live.results import Answer, Row, report

MINUTES, CYCLES = 1.0, 6
WARM_UP_CYCLES, WARM_UP_S = 10, 60.0  # enough to fill the pools of the server and its libraries
PLAY_S, REST_S = 2.0, 1.0
SETTLE_S = 60.0  # a closed tab is noticed after about 35 s; its session is kept for another two minutes
FLAT_MB = 20


def answer(minutes: float = MINUTES, cycles: int = CYCLES, settle_s: float = SETTLE_S) -> Answer:
    """Measure."""
    course: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        camera = Path(name) / "camera.mjpeg"
        clip.write(camera, 1)
        contender = stack.enter_context(serving(STAGE, Path(name)))
        browser = stack.enter_context(chromium(camera))
        pid, began = contender.server.pid, time.monotonic()

        def note(_: LivePage) -> None:
            course.append({"at_s": round(time.monotonic() - began, 1), **asdict(usage(pid))})

        _cycles(browser, contender, WARM_UP_CYCLES, note)
        _play(browser, contender, WARM_UP_S, note)
        before = _settled(browser, contender, None, settle_s)
        _cycles(browser, contender, cycles, note)
        _play(browser, contender, minutes * 60, note)
        after = _settled(browser, contender, before, settle_s)
    grown = after.resident_mb - before.resident_mb
    rows = [
        Row(f"memory after {minutes:g} min and {cycles} cycles, against warm-up", grown, "MB", FLAT_MB),
        Row("memory after warm-up", before.resident_mb, "MB"),
        Row("threads more than before", after.threads - before.threads, "", 0),
        Row("UDP sockets more than before", after.udp_sockets - before.udp_sockets, "", 0),
    ]
    details = {"before": asdict(before), "after": asdict(after), "course": course}
    return Answer("live_soak", "7. Memory, threads and sockets", rows, details)


def _cycles(browser: Browser, contender: Contender, count: int, note: Callable[[LivePage], None]) -> None:
    for first in range(0, count, 5):
        with live_page(browser, contender) as page:
            for _ in range(min(5, count - first)):
                page.start()
                page.wait(PLAY_S)
                page.stop()
                page.wait(REST_S)
                note(page)


def _play(browser: Browser, contender: Contender, seconds: float, note: Callable[[LivePage], None]) -> None:
    with live_page(browser, contender) as page:
        page.start()
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            page.wait(min(10.0, left))
            note(page)
        page.stop()
        page.wait(REST_S)


def _settled(browser: Browser, contender: Contender, goal: Usage | None, settle_s: float) -> Usage:
    """Return the usage with a page open and nothing playing, once it is down to ``goal`` or after ``settle_s``."""
    end = time.monotonic() + settle_s
    with live_page(browser, contender) as page:
        page.player()
        page.wait(settle_s * 0.8)
        while time.monotonic() < end:
            found = usage(contender.server.pid)
            if goal and found.threads <= goal.threads and found.udp_sockets <= goal.udp_sockets:
                break
            page.wait(2.0)
        return usage(contender.server.pid)


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--cycles", type=int, default=CYCLES)
    parser.add_argument("--settle", type=float, default=SETTLE_S, metavar="SECONDS", help="180: closed tabs are gone")
    arguments = parser.parse_args()
    report(partial(answer, arguments.minutes, arguments.cycles, arguments.settle))


if __name__ == "__main__":
    main()

"""The run behind figures 1, 2, 3 and 5: the three pages take turns, with one and with four faces in the picture.

What a visit gives is kept raw enough for each question's file to take its own figures from it.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, TimeoutError

from benchmarks.live import clip
from benchmarks.live.browser import chromium, live_page
from benchmarks.live.contenders import NAMES, Contender, serving
from benchmarks.live.figures import delays_ms, frames_per_second, median, percentile
from benchmarks.live.processes import CpuMeter, chromium_seconds
from benchmarks.live.recorder import notes

ROUNDS = 3
FACES = (1, 4)
SETTLE_S, WATCH_S = 4.0, 8.0

Figures = dict[str, float]


@dataclass(frozen=True)
class Rounds:
    """Each page's figures, the median over the rounds, by the number of faces; and every visit's."""

    medians: dict[int, dict[str, Figures]]
    visits: dict[int, list[dict[str, Figures]]]


def visit(browser: Browser, contender: Contender, watch_s: float = WATCH_S) -> Figures:
    """One visit to a page: start, let it settle, look on."""
    with live_page(browser, contender.server.url) as page:
        start_ms = page.start()
        page.wait(SETTLE_S)
        since, meter, chromium_s = time.time(), CpuMeter(contender.server.pid), chromium_seconds()
        seen = page.watch(watch_s)
        cores, until, chromium_s = meter.cores(), time.time(), chromium_seconds() - chromium_s
        page.stop()
    delays = delays_ms(seen.camera, seen.returned)
    noted = list(notes(contender.notes, since, until))
    callback_ms = [note["ms"] for note in noted]
    analyses = [note.get("analyses", 0) for note in noted] or [0]
    return {
        "start_ms": start_ms,
        "camera_fps": frames_per_second(seen.camera),
        "fps": frames_per_second(seen.arrived),
        "fps_seen_by_page": frames_per_second(seen.returned),
        "presented_fps": seen.presented_per_s,
        "width": seen.width,
        "delay_ms": percentile(delays, 50),
        "delay_p95_ms": percentile(delays, 95),
        "callback_ms": percentile(callback_ms, 50),
        "callback_p95_ms": percentile(callback_ms, 95),
        "callbacks_per_s": len(noted) / (until - since),
        "analyses_per_s": (analyses[-1] - analyses[0]) / (until - since),
        "cores": cores,
        "browser_cores": chromium_s / (until - since),
    }


def _visit_again(browser: Browser, contender: Contender, watch_s: float = WATCH_S) -> Figures:
    """A visit, once more where a busy machine let the first one time out: it would cost the whole run."""
    try:
        return visit(browser, contender, watch_s)
    except TimeoutError:
        return visit(browser, contender, watch_s)


@cache
def rounds(count: int = ROUNDS) -> Rounds:
    """Run them, once in a process."""
    visits: dict[int, list[dict[str, Figures]]] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        contenders = [stack.enter_context(serving(name, folder)) for name in NAMES]
        for faces in FACES:
            camera = folder / f"faces-{faces}.mjpeg"
            clip.write(camera, faces)
            with chromium(camera) as browser:
                for contender in contenders:  # the first visit loads models and code
                    _visit_again(browser, contender, 1.0)
                visits[faces] = [{one.name: _visit_again(browser, one) for one in contenders} for _ in range(count)]
    return Rounds({faces: _medians(found) for faces, found in visits.items()}, visits)


def _medians(found: list[dict[str, Figures]]) -> dict[str, Figures]:
    return {
        name: {key: round(median(one[name][key] for one in found), 3) for key in figures}
        for name, figures in found[0].items()
    }

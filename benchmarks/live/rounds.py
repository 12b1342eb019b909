"""Visits to live pages in turns, and the run behind figures 1, 2, 3 and 5.

That run compares the four pages, with one face and with four faces in the picture. It keeps every visit's figures, so
that each benchmark can derive its own from them.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable
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
Visit = Callable[[Browser, Contender], Figures]


@dataclass(frozen=True)
class Rounds:
    """Figures by number of faces: for each page the median over the rounds, and those of every visit."""

    medians: dict[int, dict[str, Figures]]
    visits: dict[int, list[dict[str, Figures]]]


def visit(browser: Browser, contender: Contender, watch_s: float = WATCH_S) -> Figures:
    """Visit a page once: start the video, let it settle, then watch it."""
    with live_page(browser, contender) as page:
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
        "readings_per_s": len(seen.readings) / (until - since),
        "cores": cores,
        "browser_cores": chromium_s / (until - since),
    }


def _visit_with_retry(browser: Browser, contender: Contender, watch_s: float = WATCH_S) -> Figures:
    """Visit, once more if the first visit times out: on a busy machine, that would cost the whole run."""
    try:
        return visit(browser, contender, watch_s)
    except TimeoutError:
        return visit(browser, contender, watch_s)


@cache
def rounds(count: int = ROUNDS) -> Rounds:
    """Run the comparison of the four pages, once in a process."""
    visits: dict[int, list[dict[str, Figures]]] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        contenders = [stack.enter_context(serving(name, folder)) for name in NAMES]
        for faces in FACES:
            camera = folder / f"faces-{faces}.mjpeg"
            clip.write(camera, faces)
            with chromium(camera) as browser:
                for contender in contenders:  # the first visit loads models and code
                    _visit_with_retry(browser, contender, 1.0)
                visits[faces] = [
                    {one.name: _visit_with_retry(browser, one) for one in contenders} for _ in range(count)
                ]
    return Rounds({faces: medians(found) for faces, found in visits.items()}, visits)


def compare_variants(
    page: str,
    variable: str,
    values: Iterable[str],
    visit_variant: Callable[[str], Visit],
    *,
    count: int = ROUNDS,
    warm_up: Visit | None = None,
) -> list[dict[str, Figures]]:
    """Visit variants of one page in turns, each on a server of its own.

    Args:
        page: one of `NAMES`.
        variable: the environment variable by which the server knows its variant.
        values: its value for each variant.
        visit_variant: given a value, how to visit that variant.
        warm_up: a visit that is made to every server before the rounds.

    Returns:
        For each round, the figures of each value.
    """
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        camera = Path(name) / "camera.mjpeg"
        clip.write(camera, 1)
        servers = {}
        for value in values:
            folder = Path(name) / value
            folder.mkdir()
            servers[value] = stack.enter_context(serving(page, folder, {variable: value}))
        browser = stack.enter_context(chromium(camera))
        if warm_up:
            for server in servers.values():
                warm_up(browser, server)
        return [
            {value: visit_variant(value)(browser, server) for value, server in servers.items()} for _ in range(count)
        ]


def medians(found: list[dict[str, Figures]]) -> dict[str, Figures]:
    """Return the figures of each name, each the median over the rounds."""
    return {
        name: {key: round(median(one[name][key] for one in found), 3) for key in figures}
        for name, figures in found[0].items()
    }

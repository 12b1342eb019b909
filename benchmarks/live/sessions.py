"""Figure 6: four visitors at once, each with the sample clip, and one more than the limit allows.

The visitors play the clip instead of a camera, in small windows: their browsers run on the same machine and would
otherwise need more CPU time than the server.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, TimeoutError

from benchmarks.live import clip
from benchmarks.live.browser import WAIT_MS, LivePage, chromium, live_page
from benchmarks.live.contenders import OURS, serving
from benchmarks.live.recorder import notes
from benchmarks.live.results import Answer, Row, report
from benchmarks.live.rounds import SETTLE_S

VISITORS = 4
WATCH_S = 15.0
SOURCE, BUSY = "Sample clip", "All places are taken"
WINDOW_WH = (480, 480)
EVEN = 0.7  # rate of the slowest session as a share of the fastest one's


def answer() -> Answer:
    """Measure."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        camera = Path(name) / "camera.mjpeg"
        clip.write(camera, 1)
        contender = stack.enter_context(serving(OURS, Path(name), {"EMOTION_MAX_LIVE_SESSIONS": str(VISITORS)}))
        browser = stack.enter_context(chromium(camera))
        pages = []
        for _ in range(VISITORS):
            pages.append(stack.enter_context(live_page(browser, contender.server.url, size_wh=WINDOW_WH)))
            pages[-1].choose(SOURCE)
            pages[-1].start()
        polite = _refused_politely(browser, contender.server.url)
        pages[0].wait(SETTLE_S)
        since, shown = _watch(pages)
        noted = list(notes(contender.notes, since, time.time()))
    sessions = _rates(noted, time.time() - since)
    analyses = [rates["analyses_per_s"] for rates in sessions]
    frames = [rates["callbacks_per_s"] for rates in sessions]
    rows = [
        *(Row(f"session {i + 1}: analyses", rate, "/s") for i, rate in enumerate(analyses)),
        *(Row(f"session {i + 1}: frames through the callback", rate, "/s") for i, rate in enumerate(frames)),
        *(Row(f"browser {i + 1}: frames presented", rate, "/s") for i, rate in enumerate(shown)),
        Row("sessions that were read", len(sessions), "", VISITORS, at_least=True),
        Row("analyses, slowest against fastest session", _evenness(analyses), "×", EVEN, at_least=True),
        Row("frames, slowest against fastest session", _evenness(frames), "×", EVEN, at_least=True),
        Row("the fifth visitor is told that all places are taken (1: yes)", float(polite), "", 1, at_least=True),
    ]
    return Answer("live_sessions", f"6. {VISITORS} visitors at once", rows)


def _refused_politely(browser: Browser, url: str) -> bool:
    with live_page(browser, url, size_wh=WINDOW_WH) as page:
        try:
            page.page.get_by_text(BUSY).first.wait_for(timeout=WAIT_MS)
        except TimeoutError:
            return False
        return True


def _watch(pages: list[LivePage]) -> tuple[float, list[float]]:
    """Watch all pages; return the start time and the frames per second that each browser presented."""
    for page in pages:
        page.forget()
    since = time.time()
    pages[0].wait(WATCH_S)
    return since, [page.seen().presented_per_s for page in pages]


def _rates(noted: list[dict[str, Any]], seconds: float) -> list[dict[str, float]]:
    by_session = defaultdict(list)
    for note in noted:
        by_session[note["session"]].append(note)
    return [
        {
            "analyses_per_s": (found[-1]["analyses"] - found[0]["analyses"]) / seconds,
            "callbacks_per_s": len(found) / seconds,
        }
        for found in by_session.values()
    ]


def _evenness(rates: list[float]) -> float:
    fastest = max(rates, default=0.0)
    return min(rates) / fastest if fastest else float("nan")


if __name__ == "__main__":
    report(answer)

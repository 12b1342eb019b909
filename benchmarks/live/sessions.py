"""Figure 6: four visitors with their cameras at once, and one more than the limit allows.

Their browsers run on the same machine as the server. Each visitor's readings are counted where they are shown.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, TimeoutError

from benchmarks.live import clip
from benchmarks.live.browser import chromium, live_page
from benchmarks.live.contenders import BURNED, OURS, STAGE, Contender, serving
from benchmarks.live.results import Answer, Row, report
from benchmarks.live.rounds import SETTLE_S
from scripts.dashboard import KEEP_RESOLUTION

VISITORS = 4
WATCH_S = 15.0
BUSY = "All places are taken"
WINDOW_WH = (480, 700)
LEAST, EVEN = 5, 0.8  # readings a second; the slowest visitor's as a share of the fastest one's


def answer() -> Answer:
    """Measure both ways, one after the other."""
    rows = []
    for name in OURS:
        rates, polite = measure(name)
        least, even = (LEAST, EVEN) if name == STAGE else (None, None)
        rows += [
            Row(f"{name}: readings shown, visitor {i + 1}", rate, "/s", least, True) for i, rate in enumerate(rates)
        ]
        rows.append(Row(f"{name}: slowest against fastest", _evenness(rates), "×", even, at_least=True))
    rows.append(Row("the fifth visitor is told that all places are taken (1: yes)", float(polite), "", 1, True))
    return Answer("live_sessions", f"6. {VISITORS} visitors at once", rows)


def measure(name: str) -> tuple[list[float], bool]:
    """Return the readings a second of each visitor, and whether one more is refused politely."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        camera = Path(folder) / "camera.mjpeg"
        clip.write(camera, 1)
        contender = stack.enter_context(serving(name, Path(folder), {"EMOTION_MAX_LIVE_SESSIONS": str(VISITORS)}))
        browser = stack.enter_context(chromium(camera))
        pages = []
        for _ in range(VISITORS):
            page = stack.enter_context(live_page(browser, contender, KEEP_RESOLUTION, WINDOW_WH))
            page.player()
            page.press_start()
            page.page.wait_for_function("emotionStage.data.running && emotionStage.reading")
            pages.append(page)
        polite = name == BURNED or _refused_politely(browser, contender)
        pages[0].wait(2 * SETTLE_S)
        before, since = [page.page.evaluate("emotionStage.shown") for page in pages], time.monotonic()
        pages[0].wait(WATCH_S)
        after, seconds = [page.page.evaluate("emotionStage.shown") for page in pages], time.monotonic() - since
        return [(last - first) / seconds for first, last in zip(before, after, strict=True)], polite


def _refused_politely(browser: Browser, contender: Contender) -> bool:
    with live_page(browser, contender, KEEP_RESOLUTION, WINDOW_WH) as page:
        try:
            page.player()
            page.press_start()
            page.page.get_by_text(BUSY).first.wait_for()
        except TimeoutError:
            return False
        return True


def _evenness(rates: list[float]) -> float:
    fastest = max(rates, default=0.0)
    return min(rates) / fastest if fastest else float("nan")


if __name__ == "__main__":
    report(answer)

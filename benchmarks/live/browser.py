"""A Chromium with a fake camera, and a live page in it: start it, wait, and collect what `reader.js` noted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Frame, Page, TimeoutError, sync_playwright

from benchmarks.live.contenders import BURNED, OURS, Contender
from benchmarks.live.figures import Presented
from scripts.dashboard import chromium_flags, chromium_path


def load_script(name: str) -> str:
    """Return the text of a JavaScript file of this folder."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


READER = load_script("reader.js")
PLAYER = 'iframe[title*="webrtc_streamer"]:not([height="0"])'
SIZE_WH = (1280, 900)
WAIT_MS = 120_000

Note = list[Any]  # number, time, and for a video also its presented frames, width and time of receipt


@dataclass(frozen=True)
class Seen:
    """What the two videos of a page presented.

    camera, returned: number and time of every presented frame that a script in the page saw.
    arrived: number and time of every frame that came back, read by a worker, which a busy page does not delay.
    presented_per_s: the browser's own count of returned frames, repeated ones included.
    width: of the returned video, in pixels.
    boxes: on the stage, the time in seconds, the number of the frame and the middle of the box as a share of its width.
    readings: on the stage, the time in milliseconds of each reading that was shown.
    """

    camera: list[Presented]
    returned: list[Presented]
    arrived: list[Presented]
    presented_per_s: float
    width: int
    boxes: list[tuple[float, int, float]]
    readings: list[float]


class LivePage:
    """A page with one video player, streamlit-webrtc's own."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.set_default_timeout(WAIT_MS)
        page.goto(url, wait_until="commit")

    def player(self) -> Frame:
        """Return the document that shows the video."""
        handle = self.page.wait_for_selector(PLAYER)
        assert handle  # a time-out would have raised
        frame = handle.content_frame()
        assert frame
        return frame

    def start(self) -> float:
        """Press START, wait for the returned video, and return the milliseconds from the press to its first frame.

        The player ignores a press while it is still being set up, so START is pressed up to three times.
        """
        for _ in range(3):
            self.press_start()
            try:
                self.player().wait_for_function("window.benchmark.first !== null", timeout=15_000)
            except TimeoutError:
                continue
            return float(self.player().evaluate("window.benchmark.first - window.benchmark.pressed"))
        raise RuntimeError("No returned video after three presses of START")

    def stop(self) -> None:
        """Press STOP."""
        self._press("STOP")

    def press_start(self) -> None:
        """Press START."""
        self._press("START")

    def hide(self, hidden: bool = True) -> None:
        """Make the page and its player believe that their tab is hidden, or visible again."""
        for frame in self.page.frames:
            frame.evaluate("hidden => window.benchmark.hide(hidden)", hidden)

    def forget(self) -> None:
        """Forget what was presented so far."""
        self.player().evaluate("for (const list of Object.values(benchmark)) if (Array.isArray(list)) list.length = 0")

    def seen(self) -> Seen:
        """Return what was presented since `forget`."""
        names = ("camera", "returned", "arrived", "boxes", "readings")
        return _seen(*self.player().evaluate(f"[{', '.join(f'benchmark.{name}' for name in names)}]"))

    def watch(self, seconds: float) -> Seen:
        """Watch both videos for a while."""
        self.forget()
        self.wait(seconds)
        return self.seen()

    def wait(self, seconds: float) -> None:
        """Let time pass while the page goes on."""
        self.page.wait_for_timeout(seconds * 1000)

    def close(self) -> None:
        """Leave the page."""
        self.page.close()

    def _press(self, name: str) -> None:
        self.player().get_by_role("button", name=re.compile(f"^{name}$", re.IGNORECASE)).click()


class StagePage(LivePage):
    """The dashboard's Live page.

    Args:
        burned: choose *Burn into the video* first.
    """

    def __init__(self, page: Page, url: str, burned: bool) -> None:
        super().__init__(page, url)
        self._burn = burned

    def player(self) -> Frame:
        """Return the page's own document, in which the stage shows the video."""
        self.page.wait_for_function("window.emotionStage?.reading !== undefined")
        return self.page.main_frame

    def press_start(self) -> None:
        """Press *Use my camera*."""
        if self._burn:
            settings = "emotionStage.parts.get('stage').find('[data-do=settings]').click()"
            self.page.get_by_role("button", name="Settings").click()
            self.page.get_by_text("Burn into the video").click()
            self.page.wait_for_function("emotionStage.data.burn")
            self.page.evaluate(settings)  # in a narrow window the open sidebar covers the button
            self.page.wait_for_timeout(1000)
            self._burn = False
        self.page.get_by_role("button", name="Use my camera").click()

    def stop(self) -> None:
        """Press *Stop*."""
        self.page.get_by_role("button", name="Stop", exact=True).click()
        self.page.get_by_role("button", name="Use my camera").wait_for()


def _seen(
    camera: list[Note], returned: list[Note], arrived: list[Note], boxes: list[Note], readings: list[Note]
) -> Seen:
    presented_per_s = 0.0
    if len(returned) > 1:
        first, last = returned[0], returned[-1]
        presented_per_s = (last[2] - first[2]) / (last[1] - first[1]) * 1000
    shown, back, read = ([(row[0], row[1]) for row in rows] for rows in (camera, returned, arrived))
    drawn = [(at / 1000, number, x) for at, number, x in boxes]
    width = returned[-1][3] if returned else 0
    return Seen(shown, back, read, presented_per_s, width, drawn, [row[0] for row in readings])


@contextmanager
def chromium(camera: Path) -> Iterator[Browser]:
    """Start a Chromium whose camera shows a clip.

    Raises:
        RuntimeError: there is no Chromium.
    """
    path = chromium_path()
    if path is None:
        raise RuntimeError("There is no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium_flags(camera))
        yield browser
        browser.close()


@contextmanager
def live_page(
    browser: Browser, contender: Contender, script: str = READER, size_wh: tuple[int, int] = SIZE_WH
) -> Iterator[LivePage]:
    """Open a page for one visitor, in a browser context of its own."""
    context = browser.new_context(viewport={"width": size_wh[0], "height": size_wh[1]})
    context.add_init_script(script)
    page, url = context.new_page(), contender.server.url
    try:
        yield StagePage(page, url, contender.name == BURNED) if contender.name in OURS else LivePage(page, url)
    finally:  # a page that went on after a time-out would take its share of the processor
        context.close()

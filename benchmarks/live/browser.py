"""A Chromium with a fake camera, and a live page in it: start it, wait, and collect what `reader.js` noted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Frame, Page, TimeoutError, sync_playwright

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
    """

    camera: list[Presented]
    returned: list[Presented]
    arrived: list[Presented]
    presented_per_s: float
    width: int


class LivePage:
    """A page with one video player."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.set_default_timeout(WAIT_MS)
        page.goto(url, wait_until="commit")

    def player(self) -> Frame:
        """Return the document of the video player."""
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
            self._press("START")
            try:
                self.player().wait_for_function("window.benchmark.first !== null", timeout=15_000)
            except TimeoutError:
                continue
            return float(self.player().evaluate("window.benchmark.first - window.benchmark.pressed"))
        raise RuntimeError("No returned video after three presses of START")

    def stop(self) -> None:
        """Press STOP."""
        self._press("STOP")

    def choose(self, source: str) -> None:
        """Choose another source than the webcam."""
        former = self.player()
        self.page.get_by_role("radio", name=source).or_(self.page.get_by_role("button", name=source)).first.click()
        while not former.is_detached():
            self.page.wait_for_timeout(100)
        self.player()

    def hide(self, hidden: bool = True) -> None:
        """Make the page and its player believe that their tab is hidden, or visible again."""
        for frame in self.page.frames:
            frame.evaluate("hidden => window.benchmark.hide(hidden)", hidden)

    def forget(self) -> None:
        """Forget what was presented so far."""
        self.player().evaluate("benchmark.camera.length = benchmark.returned.length = benchmark.arrived.length = 0")

    def seen(self) -> Seen:
        """Return what was presented since `forget`."""
        return _seen(*self.player().evaluate("[benchmark.camera, benchmark.returned, benchmark.arrived]"))

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


def _seen(camera: list[Note], returned: list[Note], arrived: list[Note]) -> Seen:
    presented_per_s = 0.0
    if len(returned) > 1:
        first, last = returned[0], returned[-1]
        presented_per_s = (last[2] - first[2]) / (last[1] - first[1]) * 1000
    shown, back, read = ([(row[0], row[1]) for row in rows] for rows in (camera, returned, arrived))
    return Seen(shown, back, read, presented_per_s, returned[-1][3] if returned else 0)


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
    browser: Browser, url: str, script: str = READER, size_wh: tuple[int, int] = SIZE_WH
) -> Iterator[LivePage]:
    """Open a page for one visitor, in a browser context of its own."""
    context = browser.new_context(viewport={"width": size_wh[0], "height": size_wh[1]})
    context.add_init_script(script)
    yield LivePage(context.new_page(), url)
    context.close()

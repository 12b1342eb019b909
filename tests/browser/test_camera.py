"""A camera that is denied or absent: in a real Chromium, the pages say what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, TimeoutError, expect

from scripts.dashboard import Server, chromium_path

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DENIED = ["--no-sandbox", "--use-fake-device-for-media-stream", "--deny-permission-prompts"]
ABSENT = ["--no-sandbox"]
OpenWith = Callable[..., Page]


@pytest.fixture
def open_with(browser: Browser) -> Iterator[OpenWith]:
    """A function that opens a page in a Chromium of its own, with other flags and with ``permissions`` granted."""
    opened: list[Browser] = []

    def go(flags: list[str], permissions: list[str]) -> Page:
        opened.append(browser.browser_type.launch(executable_path=chromium_path(), args=flags))
        context = opened[-1].new_context(viewport={"width": 1200, "height": 900}, permissions=permissions)
        context.set_default_timeout(90_000)  # a second Chromium starts, on a machine that may be busy
        return context.new_page()

    yield go
    for one in opened:
        one.close()


def test_a_denied_camera_says_how_to_allow_it(open_with: OpenWith, server: Server) -> None:
    page = open_with(DENIED, [])
    page.goto(server.url)
    player = page.frame_locator('iframe[title*="webrtc_streamer"]:not([height="0"])')
    message = page.get_by_text("The browser denies this page the camera")
    for _ in range(3):  # the player misses a press while it is still being set up
        player.get_by_role("button", name=re.compile("^start$", re.IGNORECASE)).click()
        try:
            message.wait_for(timeout=15_000)
            break
        except TimeoutError:
            continue
    expect(message).to_be_visible()
    expect(page.get_by_text("allow the camera for this page")).to_be_visible()


def test_without_a_camera_both_pages_say_so(open_with: OpenWith, server: Server) -> None:
    page = open_with(ABSENT, ["camera"])
    page.goto(server.url)
    expect(page.get_by_text("No camera was found")).to_be_visible(timeout=90_000)
    expect(page.get_by_text("or try the sample clip.").first).to_be_visible()
    page.goto(f"{server.url}/image")
    page.get_by_role("tab", name="Snapshot").click()
    page.get_by_text("Use the camera").click()
    expect(page.get_by_text("No camera was found")).to_be_visible(timeout=90_000)
    expect(page.get_by_text("or upload a picture.")).to_be_visible()

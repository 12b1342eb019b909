"""A camera that is denied, absent or unplugged: in a real Chromium, the pages say what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.dashboard import Server, chromium_path
from tests.browser.live_page import open_stage, start, wait_for_readings

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


def refused(page: Page) -> Page:
    """Press *Use my camera* where that cannot work."""
    page.get_by_role("button", name="Use my camera").click()
    expect(page.get_by_role("alert").filter(has_text="camera")).to_be_visible()
    expect(page.get_by_text("NotAllowedError").or_(page.get_by_text("NotFoundError"))).to_have_count(0)
    assert page.evaluate("emotionStage.data.source") == "sample", "the sample plays on"
    return page


def test_a_denied_camera_says_how_to_allow_it(open_with: OpenWith, server: Server) -> None:
    page = open_with(DENIED, [])
    open_stage(page, server)
    refused(page)
    expect(page.get_by_text("The browser denies this page the camera")).to_be_visible()
    expect(page.get_by_text("allow the camera for this page")).to_be_visible()


def test_without_a_camera_both_pages_say_so(open_with: OpenWith, server: Server) -> None:
    page = open_with(ABSENT, ["camera"])
    open_stage(page, server)
    refused(page)
    expect(page.get_by_text("No camera was found")).to_be_visible()
    expect(page.get_by_text("Without a camera, open a video.")).to_be_visible()
    page.goto(f"{server.url}/image")
    page.get_by_role("tab", name="Snapshot").click()
    page.get_by_text("Use the camera").click()
    expect(page.get_by_text("No camera was found")).to_be_visible(timeout=90_000)
    expect(page.get_by_text("or upload a picture.")).to_be_visible()


def test_a_camera_that_is_unplugged_keeps_what_was_read(page: Page, server: Server) -> None:
    start(page, server)
    wait_for_readings(page, 10)
    page.evaluate("emotionStage.stream.getVideoTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.get_by_text("The camera was disconnected")).to_be_visible()
    expect(page.get_by_role("button", name="Table (CSV)")).to_be_visible()
    page.get_by_role("button", name="Use my camera").click()
    page.wait_for_function("emotionStage.data.running && emotionStage.reading?.faces.length > 0")
    expect(page.get_by_text("The camera was disconnected")).to_be_hidden()
    wait_for_readings(page, 10)

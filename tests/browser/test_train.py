"""From drawn faces to a model on the live page, in the browser: choose, start, leave, come back, evaluate, use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from scripts.dashboard import Server
from tests.browser.live_page import open_settings, use_camera

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
FINISH_MS = 300_000
PATIENCE_MS = 60_000  # a busy machine takes longer than the default of five seconds


def epochs_done(page: Page) -> int:
    text = page.get_by_text(re.compile(r"\d+ of \d+ epochs")).first.inner_text()
    return int(re.search(r"(\d+) of \d+ epochs", text).group(1))  # type: ignore[union-attr]


def curves(page: Page) -> Locator:
    """The curves of accuracy and loss; the drawing of the network is a plot of its own."""
    return page.locator(".js-plotly-plot").filter(has_text="Accuracy").locator(".scatterlayer path.js-line")


def points(page: Page) -> int:
    """The number of epochs in the first curve."""
    path = curves(page).first.get_attribute("d") or ""
    return len(re.findall("[MLHVC]", path))


def wait_for_growth(page: Page) -> int:
    """Watch the curve until it grows, which it does within an epoch, and return the number of finished epochs."""
    first = 0
    for _ in range(600):
        if curves(page).count():
            first = first or points(page)
            if points(page) > first:
                return epochs_done(page)
        page.wait_for_timeout(200)
    pytest.fail("The curve did not grow in two minutes")


def open_train(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_role("heading", name="Live").wait_for()
    page.goto(f"{server.url}/train")
    page.get_by_role("heading", name="Train", exact=True).wait_for()


def test_from_demo_set_to_live_page(context: BrowserContext, server: Server, screenshots: Path) -> None:
    page = context.new_page()
    open_train(page, server)
    expect(page.get_by_text("No runs yet")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Create demo data").click()
    name = page.get_by_role("textbox", name="Name", exact=True)
    expect(name).to_be_visible(timeout=60_000)
    name.fill("first-run")
    name.press("Tab")
    start = page.get_by_role("button", name="Start", exact=True)
    page.get_by_role("heading", name="Train", exact=True).scroll_into_view_if_needed()
    expect(start).to_be_in_viewport()  # wherever the page is scrolled to
    page.get_by_text("More settings").scroll_into_view_if_needed()
    expect(start).to_be_in_viewport()
    start.click()
    expect(page.get_by_role("heading", name="Training runs")).to_be_in_viewport(timeout=PATIENCE_MS)
    expect(curves(page).first).to_be_in_viewport(timeout=120_000)
    expect(page.get_by_text(re.compile(r"Epoch \d+, step \d+ of \d+")).first).to_be_visible(timeout=120_000)
    seen = wait_for_growth(page)
    page.get_by_role("heading", name="Train", exact=True).scroll_into_view_if_needed()
    page.screenshot(path=str(screenshots / "train-running.png"))
    page.close()

    page = context.new_page()
    open_train(page, server)
    expect(page.get_by_text("first-run").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("finished").first).to_be_visible(timeout=FINISH_MS)
    assert epochs_done(page) == 8 >= seen
    page.screenshot(path=str(screenshots / "train-finished.png"), full_page=True)

    page.get_by_role("button", name="See its evaluation").click()
    page.get_by_role("heading", name="Models").wait_for()
    expect(page.get_by_role("combobox", name="Model").first).to_have_value("first-run", timeout=PATIENCE_MS)
    expect(page.get_by_text("Confusion matrix").first).to_be_visible(timeout=PATIENCE_MS)
    page.go_back()
    page.get_by_role("button", name="Use on the live page").click()
    page.get_by_role("heading", name="Live").wait_for()
    open_settings(page)
    expect(page.get_by_role("combobox", name="Model").first).to_have_value("first-run", timeout=PATIENCE_MS)
    use_camera(page)
    assert page.evaluate("emotionStage.reading.model") == "first-run"

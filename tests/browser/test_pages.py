"""The other pages as a visitor uses them: pictures dropped in, cards read, on wide and narrow screens."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.dashboard import Server, running

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NARROW = {"width": 390, "height": 844}
PAGES = ("Live", "Images", "Video", "Dataset", "Train", "Models", "About")
SIDEBAR_IS_HIDDEN = """() => {
    const sidebar = document.querySelector('[data-testid="stSidebar"]')
    return sidebar && getComputedStyle(sidebar).visibility === "hidden"
}"""
RESTING = '[data-testid="stApp"][data-test-script-state="notRunning"]'
FOCUSED = """() => {
    let element = document.activeElement
    while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
    return element.textContent.trim() || element.outerHTML.slice(0, 120)
}"""


def open_page(page: Page, server: Server, name: str) -> None:
    """Open a page through the row of pages, as a visitor does."""
    page.goto(server.url)
    page.get_by_role("heading", name="Live").wait_for()
    page.locator(RESTING).wait_for()
    page.get_by_role("link", name=name).click()
    page.get_by_role("heading", name=name, exact=True).wait_for()


def test_pictures_are_dropped_in_and_taken_away(
    page: Page, server: Server, tmp_path: Path, astronaut_bgr: np.ndarray, screenshots: Path
) -> None:
    cv2.imwrite(str(tmp_path / "portrait.png"), astronaut_bgr)
    (tmp_path / "diary.jpg").write_text("no picture")
    open_page(page, server, "Images")
    page.locator('input[type="file"]').set_input_files([str(tmp_path / "portrait.png"), str(tmp_path / "diary.jpg")])
    expect(page.get_by_text("reads as happy").first).to_be_visible()
    expect(page.get_by_text("This is not a picture but text")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(1)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Annotated PNG").click()
    drawn = cv2.imread(str(waiting.value.path()))
    assert drawn is not None
    assert drawn.shape == astronaut_bgr.shape
    assert not np.array_equal(drawn, astronaut_bgr)
    page.screenshot(path=str(screenshots / "images.png"), full_page=True)


def test_a_fresh_servers_first_visit_may_be_to_any_page(page: Page, tmp_path: Path) -> None:
    with running(tmp_path / "server.log") as fresh:
        page.goto(f"{fresh.url}/about")
        expect(page.get_by_text("Rules to know")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize(
    ("address", "text"), [("image", "Try the sample picture"), ("models", "Add your own"), ("about", "Rules to know")]
)
def test_nothing_sticks_out_of_a_narrow_window(page: Page, server: Server, address: str, text: str) -> None:
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.goto(f"{server.url}/{address}")
    expect(page.get_by_text(text).first).to_be_visible()
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_snapshot_of_the_camera_is_read(page: Page, server: Server, screenshots: Path) -> None:
    open_page(page, server, "Images")
    page.get_by_role("tab", name="Snapshot").click()
    page.get_by_text("Use the camera").click()
    # A camera's first pictures may be black, and a press before them takes none.
    page.wait_for_function("document.querySelector('video')?.currentTime > 1")
    page.get_by_role("button", name="Take Photo").click()
    expect(page.get_by_text("reads as happy").first).to_be_visible()
    expect(page.get_by_text("1 face in 1 picture")).to_be_visible()
    expect(page.get_by_text("No camera was found")).to_have_count(0)
    page.screenshot(path=str(screenshots / "snapshot.png"), full_page=True)


def test_a_snapshots_result_needs_no_scrolling(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    open_page(page, server, "Images")
    page.get_by_role("tab", name="Snapshot").click()
    page.get_by_text("Use the camera").click()
    page.wait_for_function("document.querySelector('video')?.currentTime > 1")
    take, result = page.get_by_role("button", name="Take Photo"), page.get_by_role("img", name="snapshot.jpg: 1 face")
    expect(take).to_be_in_viewport(ratio=1)
    take.click()
    expect(page.get_by_text("1 face in 1 picture")).to_be_visible()
    page.wait_for_timeout(700)  # the camera becomes smaller
    expect(result).to_be_in_viewport(ratio=1)
    box = result.bounding_box()
    assert box and box["width"] > 300

    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.wait_for_timeout(700)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    expect(result).to_be_in_viewport()
    page.get_by_role("button", name="Clear photo").click()
    expect(result).to_have_count(0)
    expect(take).to_be_enabled()


def test_all_pages_stand_in_one_row_and_the_controls_follow_soon(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(server.url)
    page.get_by_role("heading", name="Live").wait_for()
    page.get_by_role("button", name="Use my camera").wait_for()
    page.wait_for_function(SIDEBAR_IS_HIDDEN)
    links = [page.get_by_role("link", name=name) for name in PAGES]
    tops = {round(box["y"]) for link in links if (box := link.bounding_box())}
    assert len(tops) == 1 and max(tops) < 60
    focused: list[str] = []
    while len(focused) < 14 and "Use my camera" not in focused:
        page.keyboard.press("Tab")
        focused.append(page.evaluate(FOCUSED))
    assert "Use my camera" in focused, "the settings of the closed sidebar must not come first"


def test_on_a_telephone_the_drawer_closes_after_a_choice_and_a_reload(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport=NARROW, is_mobile=True, has_touch=True)  # type: ignore[arg-type]
    page = context.new_page()
    drawer = page.locator('[data-testid="stSidebar"]')

    def arrive(name: str, visit: int) -> None:
        page.get_by_role("heading", name=name, exact=True).wait_for()
        page.wait_for_function(f"document.body.dataset.visit === '{visit}'")
        expect(drawer).to_have_attribute("data-collapsed", "true")

    def open_drawer() -> None:
        page.get_by_role("button", name="Expand sidebar").click()
        expect(drawer).to_have_attribute("data-collapsed", "false")

    try:
        page.goto(f"{server.url}/models")
        arrive("Models", 1)
        for visit, name in enumerate(("About", "Dataset"), 2):
            open_drawer()
            page.get_by_role("link", name=name).first.click()
            arrive(name, visit)
        open_drawer()
        page.reload()
        arrive("Dataset", 1)
    finally:
        context.close()

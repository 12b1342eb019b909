"""The other pages as a visitor uses them: pictures dropped in, cards read, on wide and narrow screens."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, TimeoutError, expect

from scripts.dashboard import Server, running

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NARROW = {"width": 390, "height": 844}


def open_page(page: Page, server: Server, section: str, name: str) -> None:
    """Open a page through the menu, as a visitor does; try again if a press came while the menu was being drawn."""
    page.goto(server.url)
    page.get_by_role("heading", name="Live").wait_for()
    for _ in range(3):
        page.get_by_text(section, exact=True).click()
        page.get_by_role("menuitem", name=name).click()
        try:
            page.get_by_role("heading", name=name, exact=True).wait_for(timeout=15_000)
            return
        except TimeoutError:
            page.keyboard.press("Escape")
    pytest.fail(f"The menu did not lead to {name} in three presses")


def test_pictures_are_dropped_in_and_taken_away(
    page: Page, server: Server, tmp_path: Path, astronaut_bgr: np.ndarray, screenshots: Path
) -> None:
    cv2.imwrite(str(tmp_path / "portrait.png"), astronaut_bgr)
    (tmp_path / "diary.jpg").write_text("no picture")
    open_page(page, server, "Analyze", "Images")
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
    open_page(page, server, "Analyze", "Images")
    page.get_by_role("tab", name="Snapshot").click()
    page.get_by_text("Use the camera").click()
    # A camera's first pictures may be black, and a press before them takes none.
    page.wait_for_function("document.querySelector('video')?.currentTime > 1")
    page.get_by_role("button", name="Take Photo").click()
    expect(page.get_by_text("reads as happy").first).to_be_visible()
    expect(page.get_by_text("1 face in 1 picture")).to_be_visible()
    expect(page.get_by_text("No camera was found")).to_have_count(0)
    page.screenshot(path=str(screenshots / "snapshot.png"), full_page=True)

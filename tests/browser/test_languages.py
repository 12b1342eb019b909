"""A Korean visitor's way through every page, in a browser that asks for Korean."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from emotion_core.language import gettext, speaking
from pages.entry.navigation import ORDER
from scripts.dashboard import KEEP_RESOLUTION, Server
from tests.app.test_languages import english
from tests.browser.test_pages import RESTING

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def korean(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, locale="ko-KR")
    context.add_init_script(KEEP_RESOLUTION)
    yield context.new_page()
    context.close()


def test_every_page_is_korean(korean: Page, server: Server, screenshots: Path) -> None:
    korean.goto(server.url)
    for path, title, _ in ORDER:
        with speaking("ko"):
            said = gettext(title)
        korean.get_by_role("link", name=said, exact=False).first.click()
        korean.get_by_role("heading", name=said, exact=True).wait_for()
        korean.locator(RESTING).wait_for()
        assert english(korean.locator("body").inner_text()) == [], path.name
        assert korean.evaluate("document.documentElement.lang") == "ko"
        korean.screenshot(path=str(screenshots / f"korean-{path.stem}.png"))


def test_word_bars_and_box_of_the_stage_are_korean(korean: Page, server: Server) -> None:
    korean.goto(server.url)
    korean.wait_for_function("window.emotionStage?.reading?.faces.length === 1")
    word, label = korean.evaluate("""() => [
        emotionStage.parts.get("reading").find(".word").textContent, emotionStage.reading.faces[0].label]""")
    with speaking("ko"):
        assert word == gettext(label) != label
    assert korean.locator(".part.reading .bars span").first.inner_text() == "분노"
    expect(korean.get_by_role("button", name="내 카메라 사용")).to_be_visible()


def test_the_camera_speaks_korean_from_reading_to_chart(korean: Page, server: Server) -> None:
    korean.context.grant_permissions(["camera"])
    korean.goto(server.url)
    korean.get_by_role("button", name="내 카메라 사용").click()
    korean.wait_for_function("emotionStage.data.source === 'camera' && emotionStage.reading?.faces.length > 0")
    word = korean.locator(".part.reading .word").inner_text()
    assert word and not word.isascii(), word
    korean.get_by_role("button", name="정지", exact=True).click()
    expect(korean.get_by_role("heading", name="결과", exact=True)).to_be_visible()


def test_a_choice_outlives_a_reload_and_changes_the_stage_at_once(page: Page, server: Server) -> None:
    page.goto(server.url)
    expect(page.get_by_role("button", name="Use my camera")).to_be_visible()
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("combobox", name="Language").click()
    page.get_by_role("option", name="한국어").click()
    expect(page.get_by_role("button", name="내 카메라 사용")).to_be_visible()
    page.locator(RESTING).wait_for()
    page.wait_for_function("document.cookie.includes('emotion_language=ko')")
    page.reload()
    expect(page.get_by_role("button", name="내 카메라 사용")).to_be_visible()
    page.goto(f"{server.url}/about")
    expect(page.get_by_role("heading", name="소개", exact=True)).to_be_visible()

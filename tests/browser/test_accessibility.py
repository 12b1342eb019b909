"""Every page with axe-core in both themes, on a narrow screen, and by keyboard alone.

axe-core comes with axe-playwright-python, so no test needs the network. The server is another than that of the other
browser tests: runs and data sets that are made here would be found there.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from scripts.dashboard import Server
from tests.browser.conftest import serving
from tests.browser.live_page import FACE_MS, open_settings
from tests.browser.test_pages import NARROW

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WIDE = {"width": 1440, "height": 1000}
THEMES = ("light", "dark")
FORBIDDEN = ("serious", "critical")
MOST_TABS = 40

# A page rests when, for a third of a second, Streamlit's script has not run, the theme is the one that the browser asks
# for, and no color fades into another one.
RESTS = """() => new Promise((resolve) => {
    let since = performance.now()
    const timer = setInterval(() => {
        const app = document.querySelector('[data-testid="stApp"]')
        const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"
        const rests = app?.dataset.testScriptState === "notRunning" && !app.querySelector('[data-testid="stSkeleton"]')
            && getComputedStyle(app).colorScheme === theme
            && !document.getAnimations().some((one) => one instanceof CSSTransition && one.playState === "running")
        if (!rests) since = performance.now()
        if (performance.now() - since > 333) { clearInterval(timer); resolve(true) }
    }, 50)
})"""
AXE = """(rules) => axe.run(document, { resultTypes: ["violations"], rules }).then(({ violations }) => violations)"""
RULES = {"target-size": {"enabled": True}}  # of WCAG 2.2; axe-core leaves it out by default
# What sticks out sideways, what is cut off, and what is too small for a finger. A table scrolls by itself. Of a switch
# or a slider, the browser's own control is hidden; axe-core judges what is drawn. A link within text may be small.
LAYOUT = """() => {
    const seen = (element) => {
        const { width, height } = element.getBoundingClientRect()
        return width > 1 && height > 1 && getComputedStyle(element).visibility !== "hidden"
    }
    const elements = (root) => [...root.querySelectorAll("*")].flatMap(
        (element) => [element, ...(element.shadowRoot ? elements(element.shadowRoot) : [])])
    const all = elements(document.body)
        .filter((element) => seen(element) && !element.closest('[data-testid="stDataFrame"]'))
    const wide = [document.scrollingElement, document.querySelector('[data-testid="stMain"]')]
        .filter((element) => element.scrollWidth > Math.min(innerWidth, element.clientWidth))
    const cut = all.filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth
        && getComputedStyle(element).overflowX !== "visible" && element.innerText && !element.matches("input, select"))
    const pressed = 'a[href], button, select, input:not([type="checkbox"], [type="range"]), summary, [role="tab"]'
    const small = all.filter((element) => {
        const { width, height } = element.getBoundingClientRect()
        const may = element.closest('p, li, [data-testid="stSkipToContent"]')
        return element.matches(pressed) && !may && (width < 24 || height < 24)
    })
    const say = (fault, found) => found.map((element) =>
        `${element.tagName} ${fault}: ${element.ariaLabel || element.textContent.trim().slice(0, 60)}`)
    return [...say("scrolls sideways", wide), ...say("is cut off", cut), ...say("is too small", small)]
}"""
# The focused element, also within the stage's shadow tree, and the part of the window where its ring is drawn.
FOCUSED = """() => {
    let element = document.activeElement
    while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
    window.wasFocused = element
    const drawn = element.closest("label, [data-testid='stSelectbox'], [data-testid='stSlider']") ?? element
    const { left, top, right, bottom } = drawn.getBoundingClientRect()
    const text = element.tagName === "MAIN" ? "" : element.textContent
    return {
        name: (element.ariaLabel || text).trim(),
        tag: element.tagName,
        kind: `${element.tagName} ${element.type} ${element.closest("[data-testid]")?.dataset.testid}`,
        box: [left - 6, top - 6, right + 6, bottom + 6].map((edge, i) =>
            Math.max(0, i === 2 ? Math.min(innerWidth, edge) : i === 3 ? Math.min(innerHeight, edge) : edge)),
    }
}"""
IN_MAIN = "document.activeElement.dataset.testid === 'stMain'"  # where the focus goes when its button is gone
NO_RING = ("BODY", "CANVAS", "VIDEO", "TD")  # tables and players draw their own, and would begin anew


@pytest.fixture(scope="module")
def server(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with folders of its own."""
    with serving(models_dir, tmp_path_factory.mktemp("accessibility")) as server:
        yield server


def rest(page: Page) -> None:
    """Wait until the page's script has ended and nothing follows."""
    page.evaluate(RESTS)


def open_at(page: Page, server: Server, address: str, heading: str) -> None:
    """Open a page by its address."""
    page.goto(f"{server.url}/{address}")
    page.get_by_role("heading", name=heading, exact=True).wait_for()
    rest(page)


def faults(page: Page) -> list[str]:
    """What axe-core finds serious, a line for each element."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE_SCRIPT)
    violations: list[dict[str, Any]] = page.evaluate(AXE, RULES)
    return [
        f"{violation['id']} ({violation['impact']}) at {node['target']}\n{node['failureSummary']}\n{node['html'][:200]}"
        for violation in violations
        if violation["impact"] in FORBIDDEN
        for node in violation["nodes"]
    ]


def check(page: Page, state: str, sizes: tuple[dict[str, int], ...] = (WIDE, NARROW)) -> None:
    """Check what is shown now in both themes, on a wide and on a narrow screen."""
    found = []
    for size in sizes:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            rest(page)
            wrong = faults(page) + (page.evaluate(LAYOUT) if size is NARROW else [])
            found += [f"{state}, {theme}, {size['width']} pixels: {fault}" for fault in wrong]
    assert not found, "\n".join(found)


# ----------------------------------------------------------------------------- the states of each page, with a mouse


def live(page: Page) -> Iterator[str]:
    page.wait_for_function("window.emotionStage?.reading", timeout=FACE_MS)
    page.locator(".js-plotly-plot").first.wait_for()
    yield "the sample plays"
    page.get_by_role("button", name="Keys").click()
    open_settings(page)
    yield "settings and keys"


def images(page: Page) -> Iterator[str]:
    page.get_by_role("button", name="Try the sample picture").wait_for()
    yield "nothing chosen"
    page.get_by_role("button", name="Try the sample picture").click()
    expect(page.get_by_text("All faces")).to_be_visible()
    page.locator(".js-plotly-plot").first.wait_for()
    yield "the sample is read"


def video(page: Page) -> Iterator[str]:
    page.get_by_role("button", name="Try the sample clip").wait_for()
    yield "nothing chosen"
    page.get_by_role("button", name="Try the sample clip").click()
    page.get_by_role("button", name="Start").click()
    page.locator(".js-plotly-plot").nth(1).wait_for()
    yield "the sample is read"


def dataset(page: Page) -> Iterator[str]:
    page.get_by_role("button", name="Create demo data").wait_for()
    yield "nothing chosen"
    page.get_by_role("button", name="Create demo data").click()
    page.get_by_role("button", name="Audit this data set").click()
    expect(page.get_by_role("button", name="Flags (CSV)")).to_be_visible()
    yield "the demo data is checked"


def train(page: Page) -> Iterator[str]:
    page.get_by_role("button", name="Create demo data").click()
    page.get_by_text("More settings").click()
    page.locator(".js-plotly-plot").first.wait_for()
    yield "the demo data is chosen"


def models(page: Page) -> Iterator[str]:
    page.get_by_role("button", name="Install").wait_for()
    page.get_by_role("combobox", name="Model").first.click()
    page.get_by_role("option", name="Test model always_sad").click()
    expect(page.get_by_role("combobox", name="Model").first).to_have_value("Test model always_sad")
    yield "a model is chosen"


def about(page: Page) -> Iterator[str]:
    expect(page.get_by_text("Rules to know")).to_be_visible()
    yield "read"


STATES: dict[str, tuple[str, Callable[[Page], Iterator[str]]]] = {
    "Live": ("", live),
    "Images": ("image", images),
    "Video": ("video", video),
    "Dataset": ("dataset", dataset),
    "Train": ("train", train),
    "Models": ("models", models),
    "About": ("about", about),
}


@pytest.mark.parametrize("name", STATES)
def test_axe_finds_nothing_serious_and_a_narrow_screen_suffices(page: Page, server: Server, name: str) -> None:
    address, states = STATES[name]
    open_at(page, server, address, name)
    for state in states(page):
        rest(page)
        check(page, state)
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["Live", "Images", "Video"])
def test_the_open_drawer_of_a_narrow_screen(page: Page, server: Server, name: str) -> None:
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # before: a drawer closes when the screen becomes narrow
    open_at(page, server, STATES[name][0], name)
    page.wait_for_function("document.body.dataset.visit === '1'")  # from now on, the drawer stays open
    page.get_by_role("button", name="Expand sidebar").click()
    drawer = page.get_by_test_id("stSidebar")
    expect(drawer).to_have_attribute("data-collapsed", "false")
    page.get_by_text("Face detector", exact=True).click()
    check(page, "the drawer is open", (NARROW,))
    expect(drawer).to_have_attribute("data-collapsed", "false")  # so it was while it was checked


# -------------------------------------------------------------------------------------------------- by keyboard alone


def ring(page: Page, box: list[float]) -> bool:
    """Whether the focused element looks different from one that is not."""
    left, top, right, bottom = box
    if right - left < 4 or bottom - top < 4:
        return False
    clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}

    def shot() -> np.ndarray:
        page.wait_for_timeout(60)  # rings fade in
        picture = page.screenshot(clip=clip, caret="hide", animations="disabled")  # type: ignore[arg-type]
        return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), int)

    focused = shot()
    page.evaluate("wasFocused.blur()")
    blurred = shot()
    page.evaluate("wasFocused.focus({ preventScroll: true })")
    return bool((abs(focused - blurred).max(axis=2) > 30).sum() >= 40)


_with_ring: set[str] = set()  # kinds of elements; each is looked at once, because a look takes a quarter of a second


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element of that name is focused; each on the way must be seen to be."""
    way: list[str] = []
    while len(way) < MOST_TABS:
        page.keyboard.press("Tab")
        now = page.evaluate(FOCUSED)
        way.append(now["name"][:60])
        if now["tag"] not in NO_RING and now["kind"] not in _with_ring:
            assert ring(page, now["box"]), f"{now['tag']} {way[-1]} is focused, and nothing shows it"
            _with_ring.add(now["kind"])
        if now["name"].endswith(name):
            return
    pytest.fail(f"{name} is not among {way}")


def enter(page: Page, name: str, key: str = "Enter") -> None:
    """Go to the element of that name, and press the key."""
    tab_to(page, name)
    page.keyboard.press(key)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """Without animations, and without a mouse that hovers over anything."""
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")
    return page


def test_keyboard_images_from_the_sample_to_why(page: Page, server: Server) -> None:
    open_at(page, server, "image", "Images")
    enter(page, "Skip to main content")
    enter(page, "Try the sample picture")
    expect(page.get_by_text("All faces")).to_be_visible()
    page.wait_for_function(IN_MAIN)
    enter(page, "Why?", "Space")
    expect(page.get_by_role("switch", name="Why?")).to_be_checked()


def test_keyboard_video_from_the_sample_to_cancel(page: Page, server: Server) -> None:
    open_at(page, server, "video", "Video")
    enter(page, "Skip to main content")
    enter(page, "Try the sample clip")
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    page.wait_for_function(IN_MAIN)
    enter(page, "Start")
    expect(page.get_by_text("Reading the video")).to_be_visible()
    page.wait_for_function(IN_MAIN)
    enter(page, "Cancel")
    expect(page.get_by_text("Analysis canceled")).to_be_visible()


def test_keyboard_models_another_is_chosen(page: Page, server: Server) -> None:
    open_at(page, server, "models", "Models")
    rest(page)
    enter(page, "Skip to main content")
    model = page.get_by_role("combobox", name="Model").first
    before = model.input_value()
    tab_to(page, "Model")
    page.keyboard.press("ArrowDown")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(model).not_to_have_value(before)
    rest(page)
    tab_to(page, "Use on the live page")


def test_keyboard_live_pauses_and_opens_its_settings(page: Page, server: Server) -> None:
    open_at(page, server, "", "Live")
    page.wait_for_function("window.emotionStage?.reading", timeout=FACE_MS)
    page.keyboard.press("p")  # nothing moves behind the rings
    page.wait_for_function("emotionStage.paused")
    enter(page, "Skip to main content")
    enter(page, "Go on", "Space")
    page.wait_for_function("!emotionStage.paused")
    page.keyboard.press("p")
    enter(page, "Settings")
    expect(page.get_by_role("combobox", name="Model").first).to_be_in_viewport()
    page.wait_for_function("document.activeElement.dataset.testid === 'stSidebarUserContent'")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('[data-testid=stSidebar]') !== null")


# The last, because the run would slow down the others.
def test_keyboard_dataset_and_train(page: Page, server: Server) -> None:
    open_at(page, server, "dataset", "Dataset")
    tab_to(page, "About")  # past all pages in the row
    enter(page, "Create demo data")
    expect(page.get_by_text("Audit", exact=True).first).to_be_visible()
    rest(page)
    page.get_by_role("link", name="Train").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="New training run").wait_for()
    rest(page)
    enter(page, "Start")
    expect(page.get_by_text("has started").first).to_be_visible()

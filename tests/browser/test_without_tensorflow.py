"""A server on a machine without TensorFlow: the live page reads a face, and the pages that need it say what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from scripts.dashboard import Server, running
from tests.browser.test_live import start, stop, table_of
from tests.hidden_packages import TENSORFLOW, environment

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WIDE, NARROW = {"width": 1440, "height": 1000}, {"width": 420, "height": 900}


@pytest.fixture(scope="module")
def bare(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app on a server that cannot import TensorFlow, and neither can the processes that it starts."""
    folder = tmp_path_factory.mktemp("without-tensorflow")
    shutil.copytree(models_dir, folder / "models")
    places = {
        "EMOTION_MODELS_DIR": str(folder / "models"),
        "EMOTION_DEFAULT_MODEL": "always_happy",
        "EMOTION_RUNS_DIR": str(folder / "runs"),
        "EMOTION_DATA_DIR": str(folder / "data"),
    }
    with running(folder / "server.log", places | environment(*TENSORFLOW)) as server:
        yield server


def test_the_live_page_reads_a_face(page: Page, bare: Server) -> None:
    start(page, bare)
    expect(page.get_by_text("happy").first).to_be_visible()
    page.wait_for_timeout(2000)
    stop(page)
    readings = table_of(page)["label"].dropna()
    assert len(readings) and (readings == "happy").all()
    assert "Traceback" not in bare.log.read_text()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("color", ["light", "dark"])
@pytest.mark.parametrize(
    ("address", "text"),
    [("train", "Training needs TensorFlow"), ("models", "Converting a Keras file to ONNX needs TensorFlow")],
)
def test_what_needs_tensorflow_says_what_to_do(
    address: str, text: str, color: str, size: dict[str, int], page: Page, bare: Server, screenshots: Path
) -> None:
    page.emulate_media(color_scheme=color)  # type: ignore[arg-type]
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.goto(f"{bare.url}/{address}")
    notice = page.get_by_role("alert").filter(has_text=text)
    expect(notice).to_be_visible()
    expect(notice).to_contain_text("pip install -r requirements.txt")
    notice.scroll_into_view_if_needed()
    page.wait_for_timeout(1500)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.screenshot(path=str(screenshots / f"without-tensorflow-{address}-{color}-{size['width']}.png"))


def test_the_demo_set_is_made_and_nothing_starts(page: Page, bare: Server, screenshots: Path) -> None:
    page.goto(f"{bare.url}/train")
    page.get_by_role("button", name="Create demo data").click()
    expect(page.get_by_text("Epochs").first).to_be_visible(timeout=60_000)
    button = page.get_by_role("button", name="Start", exact=True)
    expect(button).to_be_disabled()
    button.scroll_into_view_if_needed()
    page.screenshot(path=str(screenshots / "without-tensorflow-train-form.png"))

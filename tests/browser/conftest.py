"""A real server and a real Chromium whose camera shows a portrait."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from scripts.dashboard import KEEP_RESOLUTION, NO_CHROMIUM, ROOT, Server, chromium_flags, chromium_path, running
from scripts.make_sample_clip import write_clip
from tests.model_files import write_fixed_model
from tests.train.run_helpers import end_fits

SCREENSHOTS = ROOT / "out" / "screenshots"
PATIENCE_MS = 60_000  # on a busy machine, importing the libraries for the first picture takes long
expect.set_options(timeout=PATIENCE_MS)


# Package: Playwright's event loop ends with the browser tests, or no other test of this process could have one.
@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = chromium_path()
    if path is None:  # fail, because a skipped test would go unnoticed
        pytest.fail(NO_CHROMIUM, pytrace=False)
    camera = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    write_clip(camera, seconds=4)
    with sync_playwright() as playwright:
        running_browser = playwright.chromium.launch(executable_path=path, args=chromium_flags(camera))
        yield running_browser
        running_browser.close()


@pytest.fixture(scope="package")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled model, if there is one, and two that always give the same reading."""
    folder = tmp_path_factory.mktemp("models")
    bundled = ROOT / "models" / "article_cnn"
    if (bundled / "model.onnx").is_file():
        shutil.copytree(bundled, folder / bundled.name, ignore=shutil.ignore_patterns("*.keras"))
    write_fixed_model(folder / "always_happy", "happy")
    write_fixed_model(folder / "always_sad", "sad")
    return folder


@contextmanager
def serving(models_dir: Path, folder: Path) -> Iterator[Server]:
    """Serve these models, with runs, data and a log in ``folder``; fits that still run are ended with the server."""
    environment = {
        "EMOTION_MODELS_DIR": str(models_dir),
        "EMOTION_DEFAULT_MODEL": "article_cnn" if (models_dir / "article_cnn").is_dir() else "always_happy",
        "EMOTION_RUNS_DIR": str(folder / "runs"),
        "EMOTION_DATA_DIR": str(folder / "data"),
    }
    with running(folder / "server.log", environment) as server:
        yield server
    end_fits(folder / "runs")


@pytest.fixture(scope="package")
def server(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`streamlit run app.py`, started as a user starts it."""
    with serving(models_dir, tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    made.add_init_script(KEEP_RESOLUTION)
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """The folder for screenshots that people look at; git ignores it."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return SCREENSHOTS


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failure what each open page says."""
    report = yield
    context = getattr(item, "funcargs", {}).get("context")
    if report.failed and call.when == "call" and context:
        report.sections += [(f"Text of {page.url}", _text(page)) for page in context.pages]
    return report


def _text(page: Page) -> str:
    """Of the page and its frames; the player stands in one."""
    page.set_default_timeout(5_000)
    try:
        return "\n--\n".join(frame.locator("body").inner_text() for frame in page.frames)
    except Error as error:
        return str(error)

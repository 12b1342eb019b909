"""A real server and a real Chromium whose camera shows a portrait."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from scripts.dashboard import KEEP_RESOLUTION, NO_CHROMIUM, ROOT, Server, chromium_flags, chromium_path, running
from scripts.make_sample_clip import write_clip
from tests.model_files import write_fixed_model

SCREENSHOTS = ROOT / "out" / "screenshots"
expect.set_options(timeout=30_000)  # importing the libraries takes over five seconds on a busy machine


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled model, if there is one, and two that always give the same reading."""
    folder = tmp_path_factory.mktemp("models")
    bundled = ROOT / "models" / "article_cnn"
    if (bundled / "model.onnx").is_file():
        shutil.copytree(bundled, folder / bundled.name, ignore=shutil.ignore_patterns("*.keras"))
    write_fixed_model(folder / "always_happy", "happy")
    write_fixed_model(folder / "always_sad", "sad")
    return folder


@pytest.fixture(scope="session")
def server(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`streamlit run app.py`, started as a user starts it."""
    default = "article_cnn" if (models_dir / "article_cnn").is_dir() else "always_happy"
    folder = tmp_path_factory.mktemp("server")
    environment = {
        "EMOTION_MODELS_DIR": str(models_dir),
        "EMOTION_DEFAULT_MODEL": default,
        "EMOTION_RUNS_DIR": str(folder / "runs"),
        "EMOTION_DATA_DIR": str(folder / "data"),
    }
    with running(folder / "server.log", environment) as server:
        yield server


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    made.add_init_script(KEEP_RESOLUTION)
    made.set_default_timeout(30_000)
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

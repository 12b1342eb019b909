"""A real server and a real Chromium whose camera shows a portrait."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from scripts.make_sample_clip import write_clip
from tests.app.models import write_fixed_model

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "out" / "screenshots"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chromium would lower the resolution by itself within seconds; "detail" keeps 640×480.
_KEEP_RESOLUTION = """
const original = navigator.mediaDevices && navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
if (original) navigator.mediaDevices.getUserMedia = async (constraints) => {
  const stream = await original(constraints);
  stream.getVideoTracks().forEach((track) => { track.contentHint = "detail"; });
  return stream;
};
"""


@dataclass(frozen=True)
class Server:
    """A running dashboard."""

    url: str
    pid: int
    log: Path


def chromium_path() -> str:
    """Where Chromium is; without it the browser tests fail rather than pass unseen."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if not found:
        pytest.fail(
            "The browser tests need Chromium. On Debian or Ubuntu: sudo apt-get install chromium fonts-dejavu-core. "
            "Elsewhere set CHROMIUM to its path.",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = chromium_path()
    camera = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    write_clip(camera, seconds=4)
    flags = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={camera}",
        "--no-sandbox",
    ]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=flags)
        yield running
        running.close()


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled model where there is one, and two that always read the same."""
    folder = tmp_path_factory.mktemp("models")
    bundled = ROOT / "models" / "article_cnn"
    if (bundled / "model.onnx").is_file():
        shutil.copytree(bundled, folder / bundled.name, ignore=shutil.ignore_patterns("*.keras"))
    write_fixed_model(folder / "always_happy", "happy")
    write_fixed_model(folder / "always_sad", "sad")
    return folder


@pytest.fixture(scope="session")
def server(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`streamlit run app.py`, as a user starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "server.log"
    default = "article_cnn" if (models_dir / "article_cnn").is_dir() else "always_happy"
    environment = os.environ | {"EMOTION_MODELS_DIR": str(models_dir), "EMOTION_DEFAULT_MODEL": default}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.fileWatcherType", "none"]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health", process, log)
            yield Server(f"http://127.0.0.1:{port}", process.pid, log)
        finally:
            process.terminate()
            process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        assert process.poll() is None, f"The server ended:\n{log.read_text()}"
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.25)
    pytest.fail(f"The server did not answer within a minute:\n{log.read_text()}")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    made.add_init_script(_KEEP_RESOLUTION)
    made.set_default_timeout(30_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures for people go; git ignores it."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return SCREENSHOTS

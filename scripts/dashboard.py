"""Run the dashboard in a process of its own and find a Chromium, for browser tests, benchmarks and screenshots."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

ROOT = Path(__file__).resolve().parent.parent
START_S = 60.0
PORTS = range(20_000, 30_000)  # below the ports that systems use for outgoing connections
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_CHROMIUM = (
    "Chromium is needed. On Debian or Ubuntu: sudo apt-get install chromium fonts-dejavu-core. "
    "Elsewhere set CHROMIUM to its path."
)
KEEP_RESOLUTION = Path(__file__).with_name("keep_resolution.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Server:
    """A running Streamlit app."""

    url: str
    pid: int
    log: Path


def chromium_path() -> str | None:
    """Return the path of Chromium; None if there is none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def chromium_flags(camera: Path | None = None) -> list[str]:
    """Return the arguments of a Chromium without a screen, with the clip ``camera`` (MJPEG) as its webcam."""
    flags = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--disable-background-networking"]
    if camera:
        flags += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={camera}"]
    return flags


@contextmanager
def running(
    log: Path,
    environment: Mapping[str, str] | None = None,
    app: Path = ROOT / "app.py",
    module: str = "streamlit",
) -> Iterator[Server]:
    """Run ``streamlit run`` as a user would, on a free port, until the block ends.

    Args:
        module: a module to run instead of Streamlit, with the same arguments.

    Raises:
        RuntimeError: the server ended or did not answer within a minute. The message holds its log.
    """
    command = [sys.executable, "-m", module, "run", str(app), "--server.headless", "true"]
    command += ["--server.fileWatcherType", "none"]
    with reserved_port() as port, log.open("w") as output:
        process = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=ROOT,
            env=os.environ | dict(environment or {}),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health", process, log)
            yield Server(f"http://127.0.0.1:{port}", process.pid, log)
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def reserved_port() -> Iterator[int]:
    """Yield a free TCP port that this function gives to no other process until the block ends.

    Without the lock, two servers that start at the same time could get the same free port.

    Raises:
        RuntimeError: none of a hundred random ports is free.
    """
    for port in random.sample(PORTS, 100):
        lock = FileLock(Path(tempfile.gettempdir()) / f"emotion-dashboard-port-{port}.lock", timeout=0)
        try:
            lock.acquire()
        except (Timeout, OSError):  # OSError: another user's file
            continue
        try:
            if _is_free(port):
                yield port
                return
        finally:
            lock.release()
    raise RuntimeError(f"None of 100 ports between {PORTS.start} and {PORTS.stop} is free")


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError(f"The server did not answer within a minute:\n{log.read_text()}")

"""The first start on a new machine must not wait for an answer in the terminal."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

from scripts.dashboard import ROOT, reserved_port


def test_a_fresh_home_with_a_screen_is_asked_nothing(tmp_path: Path) -> None:
    # With a screen, Streamlit asks for an e-mail address. Without other programs in PATH, it cannot open a browser.
    environment = {"HOME": str(tmp_path), "DISPLAY": ":0", "PATH": str(Path(sys.executable).parent)}
    with reserved_port() as port:
        shown = _shown_at_start(port, environment)
    assert f"127.0.0.1:{port}" in shown, shown
    assert "mail" not in shown


def _shown_at_start(port: int, environment: dict[str, str]) -> str:
    terminal, other_end = pty.openpty()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=other_end, stdout=other_end, stderr=other_end, start_new_session=True
    )
    try:
        return _read_until(terminal, f"127.0.0.1:{port}", "mail")
    finally:
        process.terminate()
        process.wait(20)
        os.close(terminal)
        os.close(other_end)


def _read_until(terminal: int, *marks: str, limit_s: float = 60.0) -> str:
    shown, end = "", time.monotonic() + limit_s
    while time.monotonic() < end and not any(mark in shown for mark in marks):
        if select.select([terminal], [], [], 0.5)[0]:
            shown += os.read(terminal, 4096).decode(errors="replace")
    return shown

"""How long a visitor waits for the first page of a fresh server, compared with a one-line Streamlit app, in turns.

``python -m benchmarks.first_page``: three rounds in one Chromium. A page counts as shown once its title is visible.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from scripts.dashboard import NO_CHROMIUM, ROOT, chromium_flags, chromium_path, running

ROUNDS = 3
RESULT = ROOT / "out" / "bench" / "first_page.json"
APPS = {"one line": ROOT / "benchmarks" / "one_line_app.py", "dashboard": ROOT / "app.py"}


def seconds_to_title(browser: Browser, app: Path, log: Path) -> float:
    """Return the seconds from the request to the title, on a server that nobody has visited before."""
    with running(log, app=app) as server:
        context = browser.new_context()
        page = context.new_page()
        started = time.perf_counter()
        page.goto(server.url, wait_until="commit")
        page.locator("h1").first.wait_for(timeout=60_000)
        seconds = time.perf_counter() - started
        context.close()
    return seconds


def main() -> None:
    """Run, print and save."""
    path = chromium_path()
    if path is None:
        sys.stdout.write(f"First page: not measured. {NO_CHROMIUM}\n")
        return
    waits: dict[str, list[float]] = {name: [] for name in APPS}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium_flags())
        for _ in range(ROUNDS):
            for name, app in APPS.items():
                waits[name].append(seconds_to_title(browser, app, Path(folder) / "server.log"))
        browser.close()
    medians = {name: round(statistics.median(values), 2) for name, values in waits.items()}
    later = medians["dashboard"] - medians["one line"]
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({"seconds": medians, "later_s": round(later, 2), "rounds": waits}, indent=2) + "\n")
    one_line, dashboard = medians["one line"], medians["dashboard"]
    sys.stdout.write(f"First page: one-line app {one_line:.2f} s, dashboard {dashboard:.2f} s ({later:+.2f} s)\n")


if __name__ == "__main__":
    main()

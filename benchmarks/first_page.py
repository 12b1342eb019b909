"""How long a visitor waits for the first page of a fresh server, compared with a one-line Streamlit app, in turns.

``python -m benchmarks.first_page``: three rounds in one Chromium. A page counts as shown once its title is visible, and
the dashboard as alive once the stage shows what the sample's face reads as.
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
FIRST_WORD = "dashboard, first word"
APPS = {"one line": ROOT / "benchmarks" / "one_line_app.py", "dashboard": ROOT / "app.py"}


_WORD = "() => window.emotionStage?.parts.get('reading')?.root.dataset.time"


def seconds_to_title(browser: Browser, app: Path, log: Path) -> tuple[float, float]:
    """Return the seconds from the request to the title, and to the first word, on a server that nobody has visited."""
    with running(log, app=app) as server:
        context = browser.new_context()
        page = context.new_page()
        started = time.perf_counter()
        page.goto(server.url, wait_until="commit")
        page.locator("h1").first.wait_for(timeout=60_000)
        title_s = word_s = time.perf_counter() - started
        if app == APPS["dashboard"]:
            page.wait_for_function(_WORD, timeout=60_000)
            word_s = time.perf_counter() - started
        context.close()
    return title_s, word_s


def main() -> None:
    """Run, print and save."""
    path = chromium_path()
    if path is None:
        sys.stdout.write(f"First page: not measured. {NO_CHROMIUM}\n")
        return
    waits: dict[str, list[float]] = {name: [] for name in (*APPS, FIRST_WORD)}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium_flags())
        for _ in range(ROUNDS):
            for name, app in APPS.items():
                title_s, word_s = seconds_to_title(browser, app, Path(folder) / "server.log")
                waits[name].append(title_s)
                if name == "dashboard":
                    waits[FIRST_WORD].append(word_s)
        browser.close()
    medians = {name: round(statistics.median(values), 2) for name, values in waits.items()}
    one_line, dashboard, word = (medians[name] for name in (*APPS, FIRST_WORD))
    later_s, word_later_s = round(dashboard - one_line, 2), round(word - one_line, 2)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    found = {"seconds": medians, "later_s": later_s, "word_later_s": word_later_s, "rounds": waits}
    RESULT.write_text(json.dumps(found, indent=2) + "\n")
    sys.stdout.write(
        f"First page: one-line app {one_line:.2f} s, dashboard {dashboard:.2f} s ({later_s:+.2f} s), "
        f"its first word {word:.2f} s ({word_later_s:+.2f} s)\n"
    )


if __name__ == "__main__":
    main()

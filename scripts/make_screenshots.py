"""Make docs/images/*.png: the pages as a visitor sees them, in a real Chromium.

    python scripts/make_screenshots.py [NAME…]        (or: make screenshots, for all of them)

The faces are those of assets/; the model is the default one.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.dashboard import NO_CHROMIUM, chromium_flags, chromium_path, running  # noqa: E402
from scripts.make_sample_clip import write_clip  # noqa: E402

IMAGES = ROOT / "docs" / "images"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 400, "height": 860}


def live(page: Page, url: str) -> None:
    """Show the sample while its face smiles."""
    page.goto(url)
    page.wait_for_function("window.emotionStage?.reading?.time_s > 8", timeout=60_000)
    page.locator(".js-plotly-plot").first.wait_for()


def five(page: Page, url: str) -> None:
    """Show five faces before the camera."""
    page.goto(url)
    page.get_by_role("button", name="Use my camera").click(timeout=60_000)
    page.wait_for_function("emotionStage.reading?.faces.length === 5", timeout=60_000)
    page.wait_for_timeout(9000)


def present(page: Page, url: str) -> None:
    """Show the sample in the full window."""
    live(page, url)
    page.keyboard.press("f")
    page.wait_for_timeout(500)


def image(page: Page, url: str) -> None:
    """Show the sample picture."""
    page.goto(f"{url}/image")
    page.locator('[data-testid="stBaseButton-primary"]').click()  # whatever the language calls it
    page.locator('[data-testid="stDataFrame"]').wait_for()
    page.wait_for_timeout(1500)


def video(page: Page, url: str) -> None:
    """Show the sample clip as a file, analyzed and playing."""
    page.goto(f"{url}/video")
    page.locator('input[type="file"]').set_input_files(str(ROOT / "assets" / "expressions.mp4"))
    page.get_by_role("button", name="Start").click()
    page.locator("video").wait_for(timeout=120_000)
    page.wait_for_function("document.querySelector('video').readyState > 2")
    page.evaluate("document.querySelector('video').currentTime = 8")
    page.locator(".js-plotly-plot").nth(1).wait_for()
    page.wait_for_timeout(1500)


def dataset(page: Page, url: str) -> None:
    """Show the drawn demo set and its audit."""
    page.goto(f"{url}/dataset")
    page.get_by_role("button", name="Create demo data").click()
    page.get_by_role("button", name="Audit this data set").click(timeout=60_000)
    page.get_by_text("Look-alike pairs").wait_for()
    page.wait_for_timeout(2500)
    page.locator('[data-testid="stMain"]').evaluate("main => main.scrollTo(0, 0)")


def train(page: Page, url: str) -> None:
    """Show a finished run on the drawn demo set; the first visit trains it."""
    page.goto(f"{url}/train")
    page.get_by_role("heading", name="New training run").wait_for()
    page.wait_for_timeout(2000)
    if not page.get_by_text("finished").count():
        page.get_by_role("button", name="Create demo data").click()
        page.get_by_role("button", name="Start", exact=True).click(timeout=60_000)
        page.get_by_text("finished").first.wait_for(timeout=600_000)
        page.reload()
    page.get_by_text("finished").first.wait_for()
    page.wait_for_timeout(2500)


def models(page: Page, url: str) -> None:
    """Show the figures of the default model."""
    page.goto(f"{url}/models")
    page.get_by_text("Add your own").wait_for()
    page.locator(".js-plotly-plot").nth(2).wait_for()
    page.wait_for_timeout(1500)


def about(page: Page, url: str) -> None:
    """Show the beginning of the text."""
    page.goto(f"{url}/about")
    page.get_by_text("Rules to know").wait_for()
    page.wait_for_timeout(1000)


PAGES = {"live": live, "images": image, "video": video, "dataset": dataset, "train": train, "models": models,
         "about": about}  # fmt: skip
# Each page wide and light, and dark on a telephone; what else the README shows; two pages in Korean.
SHOTS = [
    *((name, "light", WIDE, "en-US", visit) for name, visit in PAGES.items()),
    *((f"{name}-narrow", "dark", NARROW, "en-US", visit) for name, visit in PAGES.items()),
    ("live-dark", "dark", WIDE, "en-US", live),
    ("live-five", "dark", WIDE, "en-US", five),
    ("live-present", "light", WIDE, "en-US", present),
    ("live-korean", "light", WIDE, "ko-KR", live),
    ("images-korean", "light", WIDE, "ko-KR", image),
]


def main(names: list[str]) -> None:
    """Take the screenshots of these names, or all."""
    path = chromium_path()
    if path is None:
        raise SystemExit(NO_CHROMIUM)
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        camera = Path(folder) / "camera.mjpeg"
        write_clip(camera, seconds=3, people=5)
        browser = playwright.chromium.launch(executable_path=path, args=chromium_flags(camera))
        shutil.copytree(ROOT / "models", f"{folder}/models")  # the run adds one
        kept = {f"EMOTION_{kind.upper()}_DIR": f"{folder}/{kind}" for kind in ("models", "runs", "data")}
        with running(Path(folder) / "server.log", kept) as server:
            for name, scheme, size, locale, visit in SHOTS:
                if names and name not in names:
                    continue
                context: BrowserContext = browser.new_context(viewport=size, color_scheme=scheme, locale=locale)
                page = context.new_page()
                visit(page, server.url)
                page.screenshot(path=str(IMAGES / f"{name}.png"))
                context.close()
                sys.stdout.write(f"docs/images/{name}.png\n")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])

"""The video page as a visitor uses it: a clip with sound goes in, and comes out annotated, with its sound and times."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import islice
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from emotion_core.media.video import read_video
from scripts.dashboard import ROOT, Server
from tests.browser.test_pages import NARROW, open_page
from tests.films import TONE_HZ, UNEVEN_MS, frame_times, loudest_hz, sound_packets, write_film

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SAMPLE = ROOT / "assets" / "sample.mp4"
LONG_MS = 120_000
KEYS_AND_TIMES = [
    ("Home", 0.0), ("ArrowLeft", 0.0), ("ArrowRight", 1.0), ("Shift+ArrowRight", 1.1), ("End", 7.9),
    ("Shift+ArrowLeft", 7.8), ("ArrowLeft", 6.8), ("Control+Home", 6.8), ("Home", 0.0),
]  # fmt: skip
# Where the line stands on the chart's time axis, 0–1.
LINE_SHARE = """() => {
    const [line, plot] = [".playhead i", ".st-key-video_timeline .nsewdrag"]
        .map((selector) => document.querySelector(selector).getBoundingClientRect())
    return (line.left + line.width / 2 - plot.left) / plot.width
}"""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """The sample's first frames at uneven times, with a tone."""
    frames = [frame.frame_bgr for frame in islice(read_video(SAMPLE), 4 * len(UNEVEN_MS))]
    stamps = [800 * lap + ms for lap in range(4) for ms in UNEVEN_MS]
    return write_film(tmp_path / "talk.mkv", frames, stamps, sound="aac", sound_s=3.2)


def test_a_clip_with_sound_is_read_played_and_taken_away(
    page: Page, server: Server, clip: Path, screenshots: Path
) -> None:
    open_page(page, server, "Video")
    expect(page.get_by_text("Drop a video above")).to_be_visible(timeout=LONG_MS)
    page.locator('input[type="file"]').set_input_files(str(clip))
    expect(page.get_by_text("640×480")).to_be_visible(timeout=LONG_MS)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("Reading the video")).to_be_visible(timeout=LONG_MS)
    video = page.locator("video")
    video.wait_for(timeout=LONG_MS)
    expect(page.get_by_role("heading", name="Share of time")).to_be_visible(timeout=LONG_MS)
    page.locator(".js-plotly-plot").nth(1).wait_for()

    page.evaluate("document.querySelector('video').muted = true")
    page.evaluate("document.querySelector('video').play()")
    page.wait_for_function("document.querySelector('video').currentTime > 0.3", timeout=LONG_MS)
    size = page.evaluate("[document.querySelector('video').videoWidth, document.querySelector('video').videoHeight]")
    assert size == [640, 480]

    with page.expect_download() as waiting:
        page.get_by_role("button", name="Video (MP4)").click()
    assert re.fullmatch(r"talk_\w+_haar_20\d\d-\d\d-\d\d\.mp4", waiting.value.suggested_filename)
    drawn = Path(str(waiting.value.path()))
    assert frame_times(drawn) == frame_times(clip)
    assert sound_packets(drawn) == sound_packets(clip)
    assert loudest_hz(drawn) == pytest.approx(TONE_HZ, abs=5)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Table (CSV)").click()
    assert "happy" in Path(str(waiting.value.path())).read_text().splitlines()[0]
    page.screenshot(path=str(screenshots / "video.png"), full_page=True)

    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.wait_for_timeout(700)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    page.screenshot(path=str(screenshots / "video-narrow.png"), full_page=True)


def test_a_click_or_a_key_on_the_curve_seeks_and_the_line_follows_the_video(
    page: Page, server: Server, screenshots: Path
) -> None:
    open_page(page, server, "Video")
    page.get_by_role("button", name="Try the sample clip").click()
    page.get_by_role("button", name="Start").click()
    slider = page.get_by_role("slider", name="Position in the video")
    expect(slider).to_have_attribute("aria-valuetext", "0.0 of 7.9 seconds", timeout=LONG_MS)
    page.wait_for_function("document.querySelector('video').readyState > 0")

    click_curve(page, 0.75)
    assert shown_s(page) == pytest.approx(6, abs=0.3)
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^(5\.9|6\.0) of 7\.9 seconds$"))
    assert page.evaluate("document.querySelector('video').paused")
    expect(page.locator(".hovertext").first).to_be_visible()  # the chart below the line still names its values
    page.screenshot(path=str(screenshots / "video-playhead.png"))

    slider.focus()
    for keys, time_s in KEYS_AND_TIMES:
        page.keyboard.press(keys)
        assert shown_s(page) == pytest.approx(time_s, abs=0.03)

    page.evaluate("Object.assign(document.querySelector('video'), { muted: true }).play()")
    place = line_share(page)
    page.wait_for_function(f"({LINE_SHARE})() > {place + 0.1}")
    page.evaluate("document.querySelector('video').pause()")
    page.wait_for_timeout(300)
    assert line_share(page) == pytest.approx(shown_s(page) / 7.92, abs=0.02)

    page.get_by_text("5 /s").click()  # the page runs again, and the result stays
    page.get_by_role("button", name="Analyze again").wait_for()
    expect(slider).to_have_count(1)
    click_curve(page, 0.25)
    assert shown_s(page) == pytest.approx(2, abs=0.3)

    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.wait_for_timeout(700)
    click_curve(page, 0.5)
    assert shown_s(page) == pytest.approx(4, abs=0.3)
    assert line_share(page) == pytest.approx(0.5, abs=0.02)


def test_without_an_annotated_video_the_curve_has_no_playhead(page: Page, server: Server) -> None:
    open_page(page, server, "Video")
    page.get_by_text("Annotated video", exact=True).click()
    page.get_by_role("button", name="Try the sample clip").click()
    page.get_by_role("button", name="Start").click()
    page.locator(".st-key-video_timeline .nsewdrag").wait_for(timeout=LONG_MS)
    expect(page.get_by_text("No annotated video was made")).to_be_visible()
    expect(page.get_by_role("slider")).to_have_count(0)
    expect(page.get_by_text("Click the curve")).to_have_count(0)
    page.get_by_text("Annotated video", exact=True).click()
    page.get_by_role("button", name="Analyze again").click()
    expect(page.get_by_role("slider", name="Position in the video")).to_be_visible(timeout=LONG_MS)
    page.get_by_role("link", name="About").click()
    page.get_by_text("Rules to know").wait_for()
    expect(page.locator(".playhead")).to_have_count(0)


def click_curve(page: Page, share: float) -> None:
    """Click so far along the time axis, and wait until the video is there."""
    plot = page.locator(".st-key-video_timeline .nsewdrag")
    plot.scroll_into_view_if_needed()
    page.wait_for_timeout(300)  # the narrow page may still be moving
    box = plot.bounding_box()
    assert box
    plot.click(position={"x": box["width"] * share, "y": box["height"] - 4})
    page.wait_for_function("!document.querySelector('video').seeking")


def shown_s(page: Page) -> float:
    return float(page.evaluate("document.querySelector('video').currentTime"))


def line_share(page: Page) -> float:
    return float(page.evaluate(f"({LINE_SHARE})()"))


def test_cancel_works_at_once_and_another_start_begins_anew(page: Page, server: Server, tmp_path: Path) -> None:
    frames = [frame.frame_bgr for frame in read_video(SAMPLE)]
    long = write_film(tmp_path / "long.mp4", frames * 5, codec="mpeg4", time_base=Fraction(1, 25))
    open_page(page, server, "Video")
    page.locator('input[type="file"]').set_input_files(str(long))
    page.get_by_role("button", name="Start").click()
    text = page.get_by_text(re.compile(r"Reading the video · [1-9]\d?% · \d+:\d\d left"))
    text.first.wait_for(timeout=LONG_MS)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Analysis canceled")).to_be_visible(timeout=LONG_MS)
    expect(page.locator("video")).to_have_count(0)
    page.get_by_role("button", name="Start").click()
    text.first.wait_for(timeout=LONG_MS)
    first = share(page)
    page.wait_for_function(
        f"(() => {{ const t = document.body.innerText.match(/Reading the video · (\\d+)%/); "
        f"return t && Number(t[1]) > {first}; }})()"
    )
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Analysis canceled")).to_be_visible(timeout=LONG_MS)


def share(page: Page) -> int:
    found = re.search(r"Reading the video · (\d+)%", page.inner_text("body"))
    assert found
    return int(found[1])

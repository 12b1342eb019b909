"""The live page as a visitor uses it: a real Chromium, a camera that shows a real face, a real server."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, FrameLocator, Locator, Page, TimeoutError, expect

from scripts.dashboard import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# Long, since other tests run at the same time: only a failing test waits this long.
WAIT_S = 90
FACE_MS = 90_000
EMOTIONS = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]
_SENT = """() => [...(window.emotionConnections ?? new Map()).keys()].map(connection => [
    connection.connectionState, ...connection.getSenders().map(sender => sender.track?.readyState ?? null)
])"""
# What a browser reports when no packet has come for some seconds, as from a server that is busy.
_INTERRUPT = """() => {
    for (const connection of window.emotionConnections.keys()) {
        Object.defineProperty(connection, "connectionState", { configurable: true, get: () => "disconnected" })
        connection.dispatchEvent(new Event("connectionstatechange"))
    }
}"""
_RECOVER = """() => {
    for (const connection of window.emotionConnections.keys()) {
        delete connection.connectionState
        connection.dispatchEvent(new Event("connectionstatechange"))
    }
}"""
_VIDEO = """video => [video.videoWidth, video.currentTime, video.getVideoPlaybackQuality().totalVideoFrames]"""


def stream(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[title*="webrtc_streamer"]:not([height="0"])')


def press(page: Page, name: str) -> None:
    stream(page).get_by_role("button", name=re.compile(f"^{name}$", re.IGNORECASE)).click()


def video(page: Page) -> Locator:
    return stream(page).locator("video")


def progress(page: Page) -> tuple[int, float, int]:
    """Width, seconds played and frames shown of the returned video."""
    width, played_s, frames = video(page).evaluate(_VIDEO)
    return int(width), float(played_s), int(frames)


def start(page: Page, server: Server, source: str | None = None) -> None:
    """Open the page, press Start, and wait until a face is read."""
    page.goto(server.url)
    if source:
        choose_source(page, source)
    press_start(page)
    wait_for_a_face(page)


def wait_for_a_face(page: Page) -> None:
    try:
        expect(page.get_by_text("Face 1", exact=True).first).to_be_visible(timeout=FACE_MS)
    except AssertionError as error:
        pytest.fail(f"{error}\n{what_shows(page)}")


def what_shows(page: Page) -> str:
    """Describe for a failure's message: the returned video, what the player sends, and the text of both pages."""
    tracks = stream(page).locator("body").evaluate(_SENT)
    said = [stream(page).locator("body").inner_text(), page.locator("body").inner_text()]
    return "\n".join([f"Width, seconds and frames shown: {progress(page)}", f"Sent: {tracks}", *said])


def press_start(page: Page) -> None:
    """Press Start until the video shows; the player misses a press while it is still being set up."""
    for _ in range(3):
        press(page, "START")
        try:
            video(page).wait_for(state="visible", timeout=15_000)
            return
        except TimeoutError:
            continue
    pytest.fail("The video did not show after three presses of Start")


def choose_source(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).or_(page.get_by_role("button", name=name)).first.click()
    # The former player disappears before the new one comes; without a file there is no player.
    expect(page.locator('iframe[title*="webrtc_streamer"]:not([height="0"])')).to_have_count(
        0 if name == "Video file" else 1
    )


def analyses(page: Page) -> int:
    text = page.get_by_text("analyses in all").first.inner_text()
    return int(text.split(" analyses in all")[0].split()[-1])


def wait_for_analyses(page: Page, count: int) -> None:
    for _ in range(WAIT_S * 4):
        if analyses(page) >= count:
            return
        page.wait_for_timeout(250)
    pytest.fail(f"Fewer than {count} analyses after {WAIT_S} s: {analyses(page)}\n{what_shows(page)}")


def wait_for_frames(page: Page, count: int) -> None:
    for _ in range(WAIT_S * 4):
        if progress(page)[2] > count:
            return
        page.wait_for_timeout(250)
    pytest.fail(f"Not more than {count} frames shown after {WAIT_S} s: {progress(page)[2]}")


def choose_model(page: Page, title: str) -> None:
    page.get_by_role("combobox", name="Model").first.click()
    page.get_by_role("option", name=title).click()


def download(page: Page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name).click()
    return Path(waiting.value.path()).read_bytes()


def stop(page: Page) -> None:
    press(page, "STOP")
    expect(page.get_by_role("button", name="Table (CSV)")).to_be_visible()


def table_of(page: Page) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(download(page, "Table (CSV)")))


def screenshot(page: Page, path: Path) -> None:
    page.wait_for_timeout(700)  # charts ease in
    page.screenshot(path=str(path))


def found_share(table: pd.DataFrame) -> float:
    """Share of the analyses, after the first second, in which a face was found."""
    settled = table[table["time_s"] > table["time_s"].min() + 1]
    return float(settled.groupby("time_s")["track_id"].first().notna().mean())


def test_webcam_from_start_to_downloads(page: Page, server: Server, screenshots: Path) -> None:
    start(page, server)
    first = progress(page)
    page.wait_for_timeout(3000)
    later = progress(page)
    assert later[0] >= 320
    assert later[1] > first[1] + 1.5, "the returned video must play on"
    assert later[2] > first[2] + 20, "the returned video must show new frames"

    wait_for_analyses(page, 40)
    expect(page.locator(".js-plotly-plot")).to_have_count(3)
    # One line for each expression, and the circle of the plane.
    expect(page.locator(".scatterlayer path.js-line")).to_have_count(7 + 1)
    screenshot(page, screenshots / "live-wide-light.png")

    choose_model(page, "Test model always_sad")
    before = analyses(page)
    wait_for_analyses(page, before + 60)  # in the first ones, the smoothed label is still changing
    assert progress(page)[2] > later[2], "the video must go on through a model switch"

    stop(page)
    kept = analyses(page)
    page.wait_for_timeout(1500)
    assert analyses(page) == kept >= before + 60, "Stop keeps what was seen"
    screenshot(page, screenshots / "live-stopped.png")

    table = table_of(page)
    assert found_share(table) >= 0.8
    assert table["model"].iloc[-1] == "always_sad"
    assert table["model"].nunique() == 2
    switched = table[(table["model"] == "always_sad") & table["track_id"].notna()]
    assert (switched["label"].tail(15) == "sad").all()
    assert table["dominant_face"].dropna().any()
    faces = table[table["track_id"].notna()]
    assert faces[EMOTIONS].sum(axis=1).to_numpy() == pytest.approx(1.0, abs=0.01)
    assert Image.open(io.BytesIO(download(page, "Charts (PNG)"))).size == (1200, 760)

    page.get_by_role("button", name="Start over").click()
    expect(page.get_by_text("0 analyses in all").first).to_be_visible()


def test_nothing_reruns_while_nothing_plays(page: Page, server: Server) -> None:
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(data)))
    start(page, server)
    page.wait_for_timeout(2000)
    while_playing = len(sent)
    assert while_playing >= 3
    stop(page)
    page.wait_for_timeout(1500)
    quiet = len(sent)
    page.wait_for_timeout(2500)
    assert len(sent) == quiet


def set_hidden(page: Page, hidden: bool) -> None:
    """Tell the page what a browser does when the visitor leaves its tab or comes back."""
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden })
            document.dispatchEvent(new Event("visibilitychange"))
        }""",
        hidden,
    )


def wait_for_stillness(page: Page) -> int:
    """Wait until no frame comes for two seconds, and return how many came before."""
    for _ in range(8):
        before = progress(page)[2]
        page.wait_for_timeout(2000)
        if progress(page)[2] == before:
            return before
    pytest.fail("Frames still come")


@pytest.mark.parametrize("source", [None, "Sample clip"])
@pytest.mark.parametrize("how", ["hidden", "paused"])
def test_a_video_that_nobody_watches_rests(page: Page, server: Server, source: str | None, how: str) -> None:
    def rest(wanted: bool) -> None:
        if how == "hidden":
            set_hidden(page, wanted)
        else:
            page.get_by_text("Pause", exact=True).click()

    start(page, server, source)
    wait_for_analyses(page, 10)
    rest(True)
    before = wait_for_stillness(page)
    read = analyses(page)
    rest(False)
    wait_for_analyses(page, read + 10)
    wait_for_frames(page, before + 10)
    stop(page)


def test_a_video_goes_on_after_a_glance_at_another_tab(page: Page, server: Server) -> None:
    start(page, server)
    for _ in range(5):  # the page is visible again before the browser has let go of the track
        page.evaluate(
            """() => {
                for (const hidden of [true, false]) {
                    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden })
                    document.dispatchEvent(new Event("visibilitychange"))
                }
            }"""
        )
        page.wait_for_timeout(500)
    wait_for_frames(page, progress(page)[2] + 20)
    wait_for_analyses(page, analyses(page) + 10)
    stop(page)


def test_a_short_interruption_of_the_connection_does_not_end_the_video(page: Page, server: Server) -> None:
    start(page, server)
    player = stream(page).locator("body")
    player.evaluate(_INTERRUPT)
    page.wait_for_timeout(2000)
    player.evaluate(_RECOVER)
    wait_for_frames(page, progress(page)[2] + 20)
    wait_for_analyses(page, analyses(page) + 10)
    player.evaluate(_INTERRUPT)  # one that lasts ends it
    expect(stream(page).get_by_role("button", name=re.compile("^start$", re.IGNORECASE))).to_be_visible()


def test_sample_clip_needs_no_camera(context: BrowserContext, page: Page, server: Server, screenshots: Path) -> None:
    page.emulate_media(color_scheme="dark")
    start(page, server, "Sample clip")
    wait_for_analyses(page, 60)
    screenshot(page, screenshots / "live-wide-dark.png")
    assert progress(page)[2] > 20
    stop(page)
    assert found_share(table_of(page)) >= 0.8


def test_own_video_on_a_telephone(page: Page, server: Server, screenshots: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(server.url)
    choose_source(page, "Video file")
    clip = Path(__file__).resolve().parents[2] / "assets" / "sample.mp4"
    page.locator('input[type="file"]').set_input_files(str(clip))
    press_start(page)
    wait_for_a_face(page)
    wait_for_analyses(page, 20)
    page.set_viewport_size({"width": 390, "height": 2000})
    screenshot(page, screenshots / "live-narrow.png")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "nothing may stick out of a narrow window"


def test_two_visitors_do_not_share_results(page: Page, context: BrowserContext, server: Server) -> None:
    start(page, server, "Sample clip")
    wait_for_analyses(page, 10)
    other = context.new_page()
    other.goto(server.url)
    expect(other.get_by_text("0 analyses in all").first).to_be_visible()
    stop(page)


def test_tensorflow_is_not_in_the_web_process(page: Page, server: Server) -> None:
    start(page, server, "Sample clip")
    maps = Path(f"/proc/{server.pid}/maps")
    if not maps.is_file():
        pytest.skip("needs /proc")
    loaded = maps.read_text()
    assert "onnxruntime" in loaded, "the page must have analyzed something"
    assert "tensorflow" not in loaded
    stop(page)
    log = server.log.read_text()
    assert "Traceback" not in log, log

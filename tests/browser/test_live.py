"""The live page as a visitor uses it: a real Chromium, a camera that shows a real face, a real server."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from scripts.dashboard import ROOT, Server, chromium_flags, chromium_path
from scripts.make_sample_clip import write_clip
from tests.browser.live_page import (
    open_settings,
    open_stage,
    picture,
    shown,
    start,
    stop,
    use_camera,
    wait_for_face,
    wait_for_frames,
    wait_for_readings,
    wait_for_stillness,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]
EMOTIONS = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]
CLIP = ROOT / "assets" / "sample.mp4"
_SENT = """() => [...emotionStage.connections.keys()].flatMap(
    (connection) => connection.getSenders().map(({ track }) => track?.readyState ?? null))"""
# What a browser reports when no packet has come for some seconds, as from a server that is busy.
_INTERRUPT = """() => {
    for (const connection of emotionStage.connections.keys()) {
        Object.defineProperty(connection, "connectionState", { configurable: true, get: () => "disconnected" })
        connection.dispatchEvent(new Event("connectionstatechange"))
    }
}"""
_RECOVER = """() => {
    for (const connection of emotionStage.connections.keys()) {
        delete connection.connectionState
        connection.dispatchEvent(new Event("connectionstatechange"))
    }
}"""
_HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden })
    document.dispatchEvent(new Event("visibilitychange"))
}"""


def download(page: Page, name: str) -> bytes:
    """Press a download button once the page has rested for two seconds: a press while it runs is lost."""
    rested = 0
    for _ in range(240):
        state = page.get_by_test_id("stApp").get_attribute("data-test-script-state")
        rested = rested + 1 if state == "notRunning" else 0
        if rested == 8:
            break
        page.wait_for_timeout(250)
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name).click()
    return Path(waiting.value.path()).read_bytes()


def table_of(page: Page) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(download(page, "Table (CSV)")))


def found_share(table: pd.DataFrame) -> float:
    """Share of the analyses, after the first second, in which a face was found."""
    settled = table[table["time_s"] > table["time_s"].min() + 1]
    return float(settled.groupby("time_s")["track_id"].first().notna().mean())


def choose_model(page: Page, title: str) -> None:
    page.get_by_role("combobox", name="Model").first.click()
    page.get_by_role("option", name=title).click()


def assert_one_reading_everywhere(page: Page, moments: int = 20) -> None:
    """Word, bars, box and curve come from one reading, at every sampled moment."""
    with_face = 0
    while with_face < moments:
        now = shown(page)
        face = now["face"]
        if not face:  # on a busy machine no reading may come for a moment; then nothing is shown
            assert now["word"] in ("–", "no face")
            page.wait_for_timeout(97)
            continue
        with_face += 1
        assert set(now["times"]) == {str(now["reading"])} == {now["box"]["time"]}
        assert now["word"] == face["label"] == now["box"]["label"]
        assert now["bars"] == pytest.approx([face["probabilities"][name] for name in now["emotions"]], abs=0.001)
        assert now["tags"][0][5] in (
            face["words"],
            face["tight"],
        )
        page.wait_for_timeout(97)


def test_the_page_is_alive_without_a_camera(page: Page, server: Server, screenshots: Path) -> None:
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    open_stage(page, server)
    wait_for_frames(page, 30)
    first = shown(page)["reading"]
    page.wait_for_timeout(600)
    assert shown(page)["reading"] != first
    assert_one_reading_everywhere(page)
    expect(page.get_by_text("Share of time in the whole clip")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    assert not [url for url in sockets if "/readings/" in url], "the sample costs the server nothing"
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(300)
    still = shown(page)["reading"]
    page.wait_for_timeout(500)
    assert shown(page)["reading"] == still
    page.screenshot(path=str(screenshots / "live-sample.png"))


def test_webcam_from_start_to_downloads(page: Page, server: Server, screenshots: Path) -> None:
    start(page, server)
    first = picture(page)
    assert first[0] >= 640, "the camera's own picture"
    wait_for_readings(page, 40)
    later = picture(page)
    assert later[2] > first[2] + 20, "the picture must go on"
    assert_one_reading_everywhere(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    page.screenshot(path=str(screenshots / "live-wide-light.png"))

    open_settings(page)
    choose_model(page, "Test model always_sad")
    page.wait_for_function("emotionStage.reading?.model === 'always_sad'")
    wait_for_readings(page, 60)  # in the first ones, the smoothed label is still changing
    assert picture(page)[2] > later[2], "the video must go on through a model switch"

    stop(page)
    page.wait_for_timeout(700)
    page.screenshot(path=str(screenshots / "live-stopped.png"), full_page=True)
    table = table_of(page)
    assert found_share(table) >= 0.8
    assert table["model"].iloc[-1] == "always_sad"
    assert table["model"].nunique() == 2
    switched = table[(table["model"] == "always_sad") & table["track_id"].notna()]
    assert (switched["label"].tail(15) == "sad").all()
    assert table["dominant_face"].dropna().any()
    faces = table[table["track_id"].notna()]
    assert faces[EMOTIONS].sum(axis=1).to_numpy() == pytest.approx(1.0, abs=0.01)
    assert Image.open(io.BytesIO(download(page, "Charts (PNG)"))).size == (1200, 790)
    expect(page.locator(".js-plotly-plot")).to_have_count(3)

    page.reload()
    expect(page.get_by_role("button", name="Table (CSV)")).to_be_visible()
    assert len(table_of(page)) == len(table), "a reload keeps the results"
    page.get_by_role("button", name="Clear results").click()
    page.get_by_role("button", name="Clear them").click()
    expect(page.get_by_role("button", name="Table (CSV)")).to_have_count(0)


def test_the_script_rests_while_the_video_runs(page: Page, server: Server) -> None:
    sent: list[object] = []
    page.on(
        "websocket", lambda socket: "_stcore" in socket.url and socket.on("framesent", lambda data: sent.append(data))
    )
    start(page, server)
    page.wait_for_timeout(3000)  # the connection is made with some runs of the script
    before = len(sent)
    page.wait_for_timeout(4000)
    assert 1 <= len(sent) - before <= 6, "the frequency chart asks once a second, and nothing else does"
    stop(page)
    page.wait_for_timeout(1500)
    quiet = len(sent)
    page.wait_for_timeout(2500)
    assert len(sent) == quiet


@pytest.mark.parametrize("how", ["hidden", "paused"])
def test_a_camera_that_nobody_watches_rests(page: Page, server: Server, how: str) -> None:
    start(page, server)
    wait_for_readings(page, 10)
    page.evaluate(_HIDE, True) if how == "hidden" else page.get_by_role("button", name="Pause").click()
    wait_for_stillness(page)
    # On a busy machine, the player may have connected more than once.
    assert set(page.evaluate(_SENT)) == {None}, "nothing is sent"
    page.evaluate(_HIDE, False) if how == "hidden" else page.get_by_role("button", name="Go on").click()
    wait_for_readings(page, 10)
    wait_for_frames(page, 10)
    for _ in range(5):  # the page is visible again before the browser has let go of the track
        page.evaluate(_HIDE, True)
        page.evaluate(_HIDE, False)
        page.wait_for_timeout(300)
    wait_for_readings(page, 10)
    stop(page)


def test_a_short_interruption_of_the_connection_does_not_end_the_video(page: Page, server: Server) -> None:
    start(page, server)
    page.evaluate(_INTERRUPT)
    page.wait_for_timeout(2000)
    page.evaluate(_RECOVER)
    wait_for_readings(page, 20)
    page.evaluate("emotionStage.socket.close()")  # the readings' own socket is lost, and found again
    page.wait_for_function("emotionStage.socket?.readyState === 1")
    wait_for_readings(page, 20)
    assert page.evaluate("emotionStage.course.length") > 40, "what was lost meanwhile is told again"
    stop(page)


def test_a_file_plays_to_its_end_and_again_as_another_person(page: Page, server: Server) -> None:
    page.emulate_media(color_scheme="dark")
    open_stage(page, server)
    page.get_by_role("button", name="Open a video").click()
    page.locator('input[type="file"]').set_input_files(str(CLIP))
    wait_for_face(page, "file")
    assert page.evaluate("emotionStage.parts.get('stage').overlay.dataset.tags") == "[]", "the server has drawn them"
    page.get_by_role("button", name="Pause").click()
    wait_for_stillness(page)
    page.get_by_role("button", name="Go on").click()
    wait_for_readings(page, 10)
    again = page.get_by_role("button", name="Play again")
    expect(again).to_be_visible()
    table = table_of(page)
    assert found_share(table) >= 0.8
    assert table["time_s"].max() - table["time_s"].min() > 5
    again.click()
    wait_for_face(page, "file")
    wait_for_readings(page, 10)
    stop(page)
    page.get_by_text("Person 1", exact=True).click()
    expect(page.get_by_text(re.compile(rf"^{table['time_s'].nunique()} analyses in all"))).to_be_visible()
    assert len(table_of(page)) == len(table), "the first person's results stay"


def test_burned_in_labels_come_back_from_the_server(page: Page, server: Server) -> None:
    start(page, server)
    own = page.evaluate("emotionStage.shownTrack.id")
    open_settings(page)
    page.get_by_text("Burn into the video").click()
    page.wait_for_function(f"emotionStage.data.burn && emotionStage.shownTrack.id !== '{own}'")
    wait_for_readings(page, 20)
    wait_for_frames(page, 20)
    assert shown(page)["tags"] == [], "the browser does not draw them a second time"
    page.get_by_text("Burn into the video").click()
    page.wait_for_function(f"!emotionStage.data.burn && emotionStage.shownTrack.id === '{own}'")
    wait_for_readings(page, 20)
    stop(page)
    wait_for_stillness(page)  # the player that was exchanged twice reports once more, and the page runs again
    assert len(table_of(page)) > 40
    expect(page.get_by_text("Person 2")).to_have_count(0)


def test_everything_works_by_keyboard_alone(page: Page, server: Server, screenshots: Path) -> None:
    open_stage(page, server)
    page.get_by_role("button", name="Use my camera").focus()
    page.keyboard.press("Enter")
    wait_for_face(page, "camera")
    wait_for_readings(page, 10)
    page.keyboard.press("p")
    wait_for_stillness(page)
    page.keyboard.press("p")
    wait_for_readings(page, 10)
    expect(page.locator(".announce")).to_have_text(re.compile("happy|uncertain|neutral|sad|surprise"))
    page.keyboard.press("n")
    page.wait_for_function("emotionStage.course.length < 20 && emotionStage.course.length > 3")
    page.keyboard.press("?")
    expect(page.get_by_text("Present in the full window")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_text("Present in the full window")).to_be_hidden()
    page.keyboard.press("f")
    wait_for_readings(page, 5)
    frame = page.locator(".stage .frame").bounding_box()
    assert frame
    assert (frame["x"], frame["y"], frame["width"], frame["height"]) == (0, 0, 1440, 1000)
    assert (
        page.evaluate("parseFloat(getComputedStyle(emotionStage.parts.get('stage').find('.inner .word')).fontSize)")
        >= 80
    )
    page.screenshot(path=str(screenshots / "live-present.png"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Live")).to_be_visible()
    page.keyboard.press("s")
    expect(page.get_by_text("Person 2")).to_be_visible()


def test_two_tabs_of_one_visitor_and_a_stranger(
    page: Page, context: BrowserContext, browser: Browser, server: Server
) -> None:
    start(page, server)
    other = context.new_page()
    start(other, server)
    assert page.evaluate("emotionStage.data.token") != other.evaluate("emotionStage.data.token")
    wait_for_readings(other, 10)
    page.bring_to_front()
    wait_for_readings(page, 10)
    address = page.evaluate("emotionStage.socket.url")
    knock = """address => new Promise(resolve => {
        const socket = new WebSocket(address)
        socket.onmessage = () => resolve("heard")
        socket.onclose = ({ code }) => resolve(code)
    })"""
    assert page.evaluate(knock, address) == "heard"
    stranger = browser.new_context().new_page()
    stranger.goto(server.url)
    assert stranger.evaluate(knock, address) == 1006, "another visitor's token"
    stranger.goto(server.url.replace("127.0.0.1", "localhost"))
    assert stranger.evaluate(knock, address) == 1006, "a page of another origin"
    stranger.context.close()
    stop(page)


@pytest.fixture(scope="module")
def crowd(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium whose camera shows five faces side by side."""
    camera = tmp_path_factory.mktemp("crowd") / "crowd.mjpeg"
    write_clip(camera, seconds=3, people=5)
    crowded = browser.browser_type.launch(executable_path=chromium_path(), args=chromium_flags(camera))
    yield crowded
    crowded.close()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (390, "light")])
def test_labels_of_five_faces_never_cover_each_other(
    crowd: Browser, server: Server, screenshots: Path, width: int, scheme: str
) -> None:
    context = crowd.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    start(page, server)
    page.wait_for_function("emotionStage.reading?.faces.length === 5", timeout=90_000)
    seen = 0
    for _ in range(20):
        now = shown(page)
        tags, (frame_w, frame_h) = now["tags"], now["size"]
        seen = max(seen, len(tags))
        for i, (_, x, y, w, h, _) in enumerate(tags):
            assert x >= 0 and y >= 0 and x + w <= frame_w + 0.5 and y + h <= frame_h + 0.5
            for _, x2, y2, w2, h2, _ in tags[:i]:
                assert x + w <= x2 + 0.01 or x2 + w2 <= x + 0.01 or y + h <= y2 + 0.01 or y2 + h2 <= y + 0.01
        page.wait_for_timeout(150)
    assert seen == 5
    colors = page.evaluate("emotionStage.reading.faces.map(({ track_id }) => emotionStage.faceColors.get(track_id))")
    assert len(set(colors)) == len(colors), "each face has a color of its own"
    rows = page.locator(".part.stage .inner .faces li" if width < 640 else ".part.reading .faces li")
    expect(rows).to_have_count(5)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing may stick out of a narrow window"
    page.screenshot(path=str(screenshots / f"live-five-{width}.png"), full_page=width < 640)
    context.close()


def test_tensorflow_is_not_in_the_web_process(page: Page, server: Server) -> None:
    start(page, server)
    wait_for_readings(page, 5)
    maps = Path(f"/proc/{server.pid}/maps")
    if not maps.is_file():
        pytest.skip("needs /proc")
    loaded = maps.read_text()
    assert "onnxruntime" in loaded, "the page must have analyzed something"
    assert "tensorflow" not in loaded
    stop(page)
    log = server.log.read_text()
    assert "Traceback" not in log, log


def test_a_click_that_the_server_did_not_hear_is_told_again(page: Page, server: Server) -> None:
    open_stage(page, server)
    page.evaluate("() => { const { act } = emotionStage; emotionStage.act = () => { emotionStage.act = act } }")
    use_camera(page)
    stop(page)

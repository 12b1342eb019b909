"""The Live page as the browser tests use it: what its stage shows, and what a visitor presses."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from scripts.dashboard import Server

# Long, since other tests run at the same time: only a failing test waits this long.
WAIT_S = 90
FACE_MS = 90_000

# What all parts show at one moment: the script runs between two animation frames, never within one.
SHOWN = """() => {
    const { parts, reading, data } = emotionStage, stage = parts.get("stage"), side = parts.get("reading")
    const text = (selector) => side.root.querySelector(selector).textContent
    return {
        reading: reading?.time_s ?? null,
        face: reading?.faces.length ? reading.faces[reading.largest] : null,
        word: text(".word"),
        bars: [...side.root.querySelectorAll(".bars b")].map((bar) => Number(bar.style.transform.slice(7, -1))),
        emotions: data.emotions.map(({ name }) => name),
        times: [...parts.values()].map(({ root }) => root.dataset.time),
        box: { time: stage.overlay.dataset.time, label: stage.overlay.dataset.label },
        tags: JSON.parse(stage.overlay.dataset.tags || "[]"),
        size: [stage.overlay.clientWidth, stage.overlay.clientHeight],
    }
}"""
_PICTURE = """() => {
    const { video } = emotionStage.parts.get("stage")
    return [video.videoWidth, video.currentTime, video.getVideoPlaybackQuality().totalVideoFrames]
}"""
_READ = "emotionStage.data.source === '{}' && emotionStage.data.running && emotionStage.reading?.faces.length > 0"


def shown(page: Page) -> dict[str, Any]:
    """Return what the parts of the stage show at one moment."""
    found: dict[str, Any] = page.evaluate(SHOWN)
    return found


def picture(page: Page) -> tuple[int, float, int]:
    """Width, seconds played and frames shown of the stage's video."""
    width, played_s, frames = page.evaluate(_PICTURE)
    return int(width), float(played_s), int(frames)


def readings(page: Page) -> int:
    """How many readings were shown so far."""
    return int(page.evaluate("emotionStage.shown"))


def wait_for_readings(page: Page, more: int) -> None:
    """Wait until so many further readings were shown."""
    wanted = readings(page) + more
    page.wait_for_function(f"emotionStage.shown >= {wanted}", timeout=WAIT_S * 1000)


def wait_for_frames(page: Page, more: int) -> None:
    """Wait until the video has shown so many further frames."""
    wanted = picture(page)[2] + more
    page.wait_for_function(f"({_PICTURE})()[2] > {wanted}", timeout=WAIT_S * 1000)


def open_stage(page: Page, server: Server) -> None:
    """Open the page and wait until the stage shows the sample's first reading."""
    page.goto(server.url)
    page.wait_for_function("window.emotionStage?.reading", timeout=FACE_MS)


def use_camera(page: Page) -> None:
    """Press *Use my camera* and wait for the first face."""
    page.get_by_role("button", name="Use my camera").click()
    wait_for_face(page, "camera")


def wait_for_face(page: Page, source: str) -> None:
    """Wait until a running camera or file shows a face."""
    page.wait_for_function(_READ.format(source), timeout=FACE_MS)


def start(page: Page, server: Server) -> None:
    """Open the page, use the camera, and wait until a face is read."""
    open_stage(page, server)
    use_camera(page)


def stop(page: Page) -> None:
    """Press *Stop* and wait for the downloads."""
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Table (CSV)")).to_be_visible()


def open_settings(page: Page) -> None:
    """Show the sidebar with the settings, unless it is there."""
    if page.get_by_test_id("stSidebar").get_attribute("data-collapsed") != "false":
        page.get_by_role("button", name="Settings").click()
    expect(page.get_by_role("combobox", name="Model").first).to_be_in_viewport()


def wait_for_stillness(page: Page) -> None:
    """Wait until no reading comes for two seconds."""
    for _ in range(8):
        before = page.evaluate("emotionStage.arrivedMs")
        page.wait_for_timeout(2000)
        if page.evaluate("emotionStage.arrivedMs") == before:
            return
    pytest.fail("Readings still come")

"""Figure 3: readings that are shown while the video runs, and how far a drawn box lags behind its face."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.live import clip
from benchmarks.live.browser import chromium, live_page
from benchmarks.live.contenders import BURNED, STAGE, serving
from benchmarks.live.figures import lag_ms, median, windows
from benchmarks.live.results import Answer, Row, report
from benchmarks.live.rounds import FACES, SETTLE_S, rounds
from scripts.make_sample_clip import SIZE_WH

WATCH_S = 24.0
LEAST = {1: 15, 4: 10}


def answer() -> Answer:
    """Measure."""
    found = rounds()
    rows = []
    for faces in FACES:
        label = f"{faces} face{'s' * (faces > 1)}"
        for name in (BURNED, STAGE):
            rate = found.medians[faces][name]["readings_per_s"]
            rows.append(Row(f"{label}: readings shown, {name}", rate, "/s", LEAST[faces], at_least=True))
    boxes, lags = box_lags()
    rows += [
        Row("1 face: the box behind its face, as drawn, median over pans", median(lags), "ms", 100),
        Row("1 face: frames with a box", len(boxes) / max(1, WATCH_S * clip.RATE), "×"),
    ]
    return Answer("live_analysis", "3. Readings while the video runs", rows, {"lags_ms": lags, "boxes": boxes})


def box_lags(watch_s: float = WATCH_S) -> tuple[list[tuple[float, int, float]], list[float]]:
    """Return time, frame number and place of each drawn box, and the lag of each pan in milliseconds.

    Boxes are noted with the number of the camera's frame on which they are shown, so this is what a visitor sees.
    """
    with tempfile.TemporaryDirectory() as name:
        folder, camera = Path(name), Path(name) / "camera.mjpeg"
        clip.write(camera, 1)
        with (
            serving(STAGE, folder) as contender,
            chromium(camera) as browser,
            live_page(browser, contender) as page,
        ):
            page.start()
            page.wait(SETTLE_S)
            seen = page.watch(watch_s)
    drawn = [(at, number, x * SIZE_WH[0]) for at, number, x in seen.boxes]
    face = clip.faces(1)[0]
    pans = windows(drawn, clip.PERIOD / clip.RATE)
    return drawn, [lag_ms(pan, lambda number: clip.face_x(number, face), clip.RATE) for pan in pans]


if __name__ == "__main__":
    report(answer)

"""Figure 3: analyses per second while the video runs, and how far a drawn box lags behind its face."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.live import clip
from benchmarks.live.browser import chromium, live_page
from benchmarks.live.contenders import OURS, serving
from benchmarks.live.figures import lag_ms, median, windows
from benchmarks.live.recorder import DRAWN, notes
from benchmarks.live.results import Answer, Row, report
from benchmarks.live.rounds import FACES, SETTLE_S, rounds
from scripts.make_sample_clip import SIZE_WH

WATCH_S = 24.0
LEAST = {1: 15, 4: 10}


def answer() -> Answer:
    """Measure."""
    found = rounds()
    rows = [
        Row(
            f"{faces} face{'s' * (faces > 1)}: analyses",
            found.medians[faces][OURS]["analyses_per_s"],
            "/s",
            LEAST[faces],
            at_least=True,
        )
        for faces in FACES
    ]
    boxes, lags = box_lags()
    rows += [
        Row("1 face: a drawn box lags its face, median over pans", median(lags), "ms", 100),
        Row("1 face: frames with a box", len(boxes) / max(1, WATCH_S * clip.RATE), "×"),
    ]
    return Answer("live_analysis", "3. Analysis while the video runs", rows, {"lags_ms": lags, "boxes": boxes})


def box_lags(watch_s: float = WATCH_S) -> tuple[list[tuple[float, int, float]], list[float]]:
    """Return time, frame number and place of each drawn box, and the lag of each pan in milliseconds.

    Finding the boxes takes the server time on every frame, so this is measured in a run of its own.
    """
    with tempfile.TemporaryDirectory() as name:
        folder, camera = Path(name), Path(name) / "camera.mjpeg"
        clip.write(camera, 1)
        with (
            serving(OURS, folder, {DRAWN: "1"}) as contender,
            chromium(camera) as browser,
            live_page(browser, contender.server.url) as page,
        ):
            page.start()
            page.wait(SETTLE_S)
            since = time.time()
            page.wait(watch_s)
            until = time.time()
        drawn = [
            (note["at"], note["number"], note["box_x"] * SIZE_WH[0])
            for note in notes(contender.notes, since, until)
            if "box_x" in note
        ]
    face = clip.faces(1)[0]
    pans = windows(drawn, clip.PERIOD / clip.RATE)
    return drawn, [lag_ms(pan, lambda number: clip.face_x(number, face), clip.RATE) for pan in pans]


if __name__ == "__main__":
    report(answer)

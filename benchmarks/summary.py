"""One table of all figures, from what the other benchmarks left in out/bench/.

``python -m benchmarks.summary`` measures nothing itself. A figure whose file is missing is listed as "not measured".
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.contenders import FOUR
from benchmarks.live.results import FOLDER, Row

_REST = ("unit", "target", "at_least")
ARTICLES = ("article_deepface", "article_keras")


def pipeline_rows(found: dict[str, Any]) -> list[Row]:
    """Return the rows of figure 4, from pipeline.json."""
    ms = {name: figures["ms_per_frame"] for name, figures in found["contenders"].items()}
    slowest = max(ms[name] for name in ARTICLES)
    rows = []
    for name in ms:
        if not name.startswith("ours_") or name.endswith(FOUR):
            continue
        title = name.removeprefix("ours_").replace("_", " ")
        rows.append(Row(f"{title}: a frame with one face, mean", ms[name], "ms", 8))
        rows.append(Row(f"{title}: faster than the article's loop", slowest / ms[name], "×", 25, at_least=True))
    return rows


def detection_rows(found: dict[str, Any]) -> list[Row]:
    """Return the rows of figure 4 about detection, from detection.json."""
    rows = []
    for name, detectors in found.items():
        for detector, figures in detectors.items():
            rows += _detection_rows(f"{name}, {detector}", figures)
    return rows


def _detection_rows(name: str, figures: dict[str, float]) -> list[Row]:
    if "side_jitter" in figures:
        return [Row(f"{name}: jitter of the side", 100 * figures["side_jitter"], "%", 1)]
    if "recall" in figures:
        return [
            Row(f"{name}: recall against the full-size search", figures["recall"], "", 0.98, at_least=True),
            Row(f"{name}: false boxes", figures["false_boxes"], "", figures["full_size_false_boxes"]),
            Row(f"{name}: a frame", figures["ms_mean"], "ms"),
            Row(f"{name}: a new face is found within", figures["new_face_ms"], "ms", 300),
        ]
    rows = [Row(f"{name}: false boxes in {figures['pictures']:.0f} pictures", figures["false_boxes"], "")]
    if figures["faces"]:
        rows.insert(
            0, Row(f"{name}: found of {figures['faces']:.0f}", figures["hits"] / figures["faces"], "", 0.9, True)
        )
        rows.append(Row(f"{name}: mean overlap", figures["mean_iou"], "", 0.75, at_least=True))
    return [*rows, Row(f"{name}: a picture", figures["ms_mean"], "ms", 300)]


def models_rows(found: dict[str, dict[str, Any]]) -> list[Row]:
    """Return milliseconds per face, from models.json."""
    return [Row(f"{name}: one face", figures["ms_one_face"], "ms") for name, figures in found.items()]


def offline_rows(found: dict[str, Any]) -> list[Row]:
    """Return the rows of figure 8, from offline.json."""
    times = {name: figures["times_real_time"] for name, figures in found["contenders"].items()}
    titles = {"ten_per_second": "10 analyses per second", "every_frame": "every frame", "annotated": "annotated MP4"}
    return [
        Row(f"{titles[name]}: faster than it plays", times[name], "×", 4, at_least=True)
        for name in titles
        if name in times
    ] + [Row(f"{name}: faster than it plays", value, "×") for name, value in times.items() if name not in titles]


def first_page_rows(found: dict[str, Any]) -> list[Row]:
    """Return the rows of figure 9 about the first page, from first_page.json."""
    return [
        *(Row(f"first page, {name}", seconds, "s") for name, seconds in found["seconds"].items()),
        Row("first page later than the one-line app's", found["later_s"], "s", 1),
        Row("first word later than the one-line app's page", found["word_later_s"], "s", 1.5),
    ]


def input_pipeline_rows(found: dict[str, Any]) -> list[Row]:
    """Return images per second in training, from input_pipeline.json."""
    return [
        Row(f"{name}, {key.replace('_', ' ')}", value)
        for name, figures in found["contenders"].items()
        for key, value in figures.items()
        if key.endswith("images_per_s")
    ]


def live_rows(found: dict[str, Any]) -> list[Row]:
    """Return the rows in a file of the live page's benchmarks."""
    return [
        Row(row["what"], float("nan") if row["value"] is None else row["value"], *(row[name] for name in _REST))
        for row in found["rows"]
    ]


# Title, file in out/bench/, and the function that reads its rows.
FIGURES: tuple[tuple[str, str, Callable[[Any], list[Row]]], ...] = (
    ("1. Video", "live_video", live_rows),
    ("2. Delay, glass to glass", "live_delay", live_rows),
    ("3. Analysis while the video runs", "live_analysis", live_rows),
    ("4. One analyzed frame", "pipeline", pipeline_rows),
    ("4. What is found", "detection", detection_rows),
    ("5. The server's processor time", "live_cpu", live_rows),
    ("6. Several visitors", "live_sessions", live_rows),
    ("7. Memory, threads and sockets", "live_soak", live_rows),
    ("8. Video files", "offline", offline_rows),
    ("9. The page: its first sight", "first_page", first_page_rows),
    ("Networks", "models", models_rows),
    ("Training", "input_pipeline", input_pipeline_rows),
)


def table(folder: Path) -> str:
    """Return the whole table."""
    parts = []
    for title, name, rows_of in FIGURES:
        path = folder / f"{name}.json"
        lines = [row.line() for row in rows_of(json.loads(path.read_text()))] if path.is_file() else ["  not measured"]
        parts.append("\n".join([title, *lines]))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table(FOLDER))

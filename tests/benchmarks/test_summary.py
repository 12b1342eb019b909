"""The table of all figures, from files in the form that the benchmarks write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import summary
from benchmarks.live import results
from benchmarks.live.results import Answer, Row


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (Row("fast enough", 0.98, "×", 0.97, at_least=True), True),
        (Row("too slow", 0.9, "×", 0.97, at_least=True), False),
        (Row("short enough", 15.0, "ms", 15), True),
        (Row("too long", 15.1, "ms", 15), False),
        (Row("not measured", float("nan"), "ms", 15), False),
        (Row("no target", 3.0), None),
    ],
    ids=lambda value: value.what if isinstance(value, Row) else "",
)
def test_a_row_knows_its_target(row: Row, met: bool | None) -> None:
    assert row.met is met
    assert {None: row.what, True: " met", False: "missed"}[met] in row.line()


def test_an_answer_comes_back_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    rows = [Row("delay", 120.5, "ms", 15), Row("lag", float("nan"), "ms")]
    Answer("live_delay", "Delay", rows, {1: [float("nan"), 2.0]}).save()
    kept = json.loads((tmp_path / "live_delay.json").read_text(), parse_constant=pytest.fail)
    assert kept["details"] == {"1": [None, 2.0]}
    again = summary.live_rows(kept)
    assert again[0] == rows[0]
    assert [row.line() for row in again] == [row.line() for row in rows]


def test_the_table_of_everything(tmp_path: Path) -> None:
    loops = {"article_deepface": 200.0, "article_keras": 150.0, "ours_flagship": 10.0}
    files = {
        "pipeline": {"contenders": {name: {"ms_per_frame": ms} for name, ms in loops.items()}},
        "offline": {"contenders": {name: {"times_real_time": 5.0} for name in ("naive", "ten_per_second")}},
        "first_page": {
            "seconds": {"one line": 5.0, "dashboard": 5.5},
            "later_s": 0.5,
            "word_later_s": 0.9,
        },
        "models": {"flagship": {"ms_one_face": 1.5}},
        "input_pipeline": {"contenders": {"ours": {"training_images_per_s": 300.0}}},
    }
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    table = summary.table(tmp_path)
    assert "20.00 ×        ≥ 25 ×         missed" in table
    assert "10.00 ms       ≤ 8 ms         missed" in table
    assert table.count("not measured") == len(summary.FIGURES) - len(files)


def test_the_table_of_nothing(tmp_path: Path) -> None:
    assert summary.table(tmp_path).count("not measured") == len(summary.FIGURES)

"""Variants of a page are visited in turns, each on a server of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.live import charts, rounds
from benchmarks.live.rounds import Figures, Visit, compare_variants, medians


@pytest.fixture
def environments(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """The environment of each server that is started. Neither servers nor Chromium are real."""
    started: list[dict[str, str]] = []

    @contextmanager
    def serving(name: str, folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
        assert folder.is_dir()
        started.append(dict(environment))
        yield f"{name} {next(iter(environment.values()))}"

    @contextmanager
    def chromium(camera: Path) -> Iterator[str]:
        yield "browser"

    monkeypatch.setattr(rounds, "serving", serving)
    monkeypatch.setattr(rounds, "chromium", chromium)
    monkeypatch.setattr(rounds.clip, "write", lambda path, faces: None)
    return started


def test_variants_take_turns(environments: list[dict[str, str]]) -> None:
    visited: list[str] = []

    def visit_variant(value: str) -> Visit:
        def visit(browser: Any, contender: Any) -> Figures:
            visited.append(f"{value} at {contender}")
            return {"visits": len(visited)}

        return visit

    def warm_up(browser: Any, contender: Any) -> Figures:
        visited.append(f"warm-up at {contender}")
        return {}

    found = compare_variants("page", "VARIABLE", ("a", "b"), visit_variant, count=2, warm_up=warm_up)
    assert environments == [{"VARIABLE": "a"}, {"VARIABLE": "b"}]
    assert visited == ["warm-up at page a", "warm-up at page b", *["a at page a", "b at page b"] * 2]
    assert found == [{"a": {"visits": 3}, "b": {"visits": 4}}, {"a": {"visits": 5}, "b": {"visits": 6}}]
    assert medians(found) == {"a": {"visits": 4}, "b": {"visits": 5}}


def test_the_page_with_and_without_charts(environments: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    def visit(browser: Any, contender: str, watch_s: float = 8.0) -> Figures:
        fps = 30.0 if contender.endswith("off") else 27.0
        return {"fps": fps, "presented_fps": fps, "browser_cores": 0.5, "start_ms": 400.0}

    monkeypatch.setattr(charts, "visit", visit)
    rows = {row.what: row for row in charts.answer().rows}
    assert rows["distinct frames with the charts"].value == 27
    assert rows["distinct frames without them"].value == 30
    assert rows["with against without"].value == pytest.approx(0.9)
    assert not rows["with against without"].met
    assert rows["from START to the first returned frame"].value == 400

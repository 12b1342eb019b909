"""Variants of a page are visited in turns, each on a server of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.live import rounds
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

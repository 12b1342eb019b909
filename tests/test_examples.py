"""The examples in docstrings do what they say."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import emotion_core

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "emotion_core"
# Without an example, a main type of the library would be documented with a gap.
WITH_EXAMPLE = ("Emotion", "EmotionAnalyzer", "EmotionTimeline", "Faces", "FrameResult", "Settings", "Tracker")


def modules_with_examples() -> list[str]:
    """Return the names of all modules that show an example. None is imported to find out."""
    paths = sorted(path for path in PACKAGE.rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))
    parts = [path.relative_to(ROOT).with_suffix("").parts for path in paths]
    return [".".join(part).removesuffix(".__init__") for part in parts]


@pytest.mark.parametrize("name", modules_with_examples())
def test_examples(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # an example may name models/flagship or assets/sample.mp4
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for example in doctest.DocTestFinder(exclude_empty=True).find(import_module(name)):
        runner.run(example, out=report.append)
    assert runner.summarize(verbose=False).attempted, f"{name} has no example that doctest finds"
    assert not report, "".join(report)


@pytest.mark.parametrize("name", WITH_EXAMPLE)
def test_main_types_have_an_example(name: str) -> None:
    assert ">>> " in getattr(emotion_core, name).__doc__

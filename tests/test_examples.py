"""The examples in docstrings do what they show."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module

import pytest

import emotion_core

# A main type of the library without an example would be a gap in its documentation.
WITH_EXAMPLE = ("Emotion", "EmotionAnalyzer", "EmotionTimeline", "Faces", "FrameResult", "Settings", "Tracker")
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(emotion_core.__path__, "emotion_core.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_show(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0


@pytest.mark.parametrize("name", WITH_EXAMPLE)
def test_main_types_have_an_example(name: str) -> None:
    assert ">>> " in getattr(emotion_core, name).__doc__

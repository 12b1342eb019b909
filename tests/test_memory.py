"""Giving memory back: garbage that only a full collection finds is gone, and it works wherever the tests run."""

from __future__ import annotations

import ctypes
import gc
import weakref

import pytest

from emotion_core.memory import release_memory


class Ring:
    """Refers to itself."""

    def __init__(self) -> None:
        self.me = self


def test_rings_are_collected() -> None:
    gc.disable()
    try:
        ring = Ring()
        seen = weakref.ref(ring)
        del ring
        assert seen() is not None
        release_memory()
        assert seen() is None
    finally:
        gc.enable()


def test_a_system_library_without_trimming_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    release_memory()

"""Memory is given back: cyclic garbage is collected, and free pages are returned where the system can."""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
import weakref
from pathlib import Path
from types import SimpleNamespace

import pytest

from emotion_core.analyze.memory import release_memory


class Ring:
    """An object that refers to itself."""

    def __init__(self) -> None:
        self.me = self


def test_cyclic_garbage_is_collected() -> None:
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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc trims")
def test_free_memory_is_trimmed_where_the_system_library_can(monkeypatch: pytest.MonkeyPatch) -> None:
    trimmed: list[int] = []
    monkeypatch.setattr(ctypes, "CDLL", lambda name: SimpleNamespace(malloc_trim=trimmed.append))
    release_memory()
    assert trimmed == [0]


def test_a_system_library_without_trimming_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(ctypes, "CDLL", lambda name: asked.append(name) or object())
    release_memory()
    assert asked == ([None] if sys.platform.startswith("linux") else [])


HEAPS = """
import ctypes, threading
from emotion_core.analyze.memory import share_heaps
libc = ctypes.CDLL(None)
if {shared}:
    share_heaps()
wait = threading.Barrier(9)
def allocate():
    block = bytearray(1000)
    wait.wait()
threads = [threading.Thread(target=allocate) for _ in range(8)]
[thread.start() for thread in threads]
libc.fopen.restype = ctypes.c_void_p
file = libc.fopen(b"{path}", b"w")
libc.malloc_info(0, ctypes.c_void_p(file))
libc.fclose(ctypes.c_void_p(file))
wait.wait()
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="only glibc has heaps to share")
def test_threads_share_two_heaps(tmp_path: Path) -> None:
    heaps = {}
    for shared in (False, True):
        path = tmp_path / f"{shared}.xml"
        subprocess.run([sys.executable, "-c", HEAPS.format(shared=shared, path=path)], check=True)
        heaps[shared] = path.read_text().count("<heap nr=")
    assert heaps[True] <= 2 < heaps[False]

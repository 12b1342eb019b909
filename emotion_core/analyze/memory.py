"""Keep the memory of a server that shows video for long small, and give back what is no longer needed."""

from __future__ import annotations

import ctypes
import gc
import sys

_M_ARENA_MAX = -8  # of glibc's malloc.h
_ARENAS = 2


def share_heaps() -> None:
    """With glibc, let all threads allocate from two heaps instead of up to eight for each core.

    Every connection brings threads of its own, and each heap keeps what they leave behind: a server grew by 0.6 MB with
    each start of a video, and with two heaps it does not. Call it before these threads start; again changes nothing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform.startswith("linux") else None
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)


def release_memory() -> None:
    """Run a full garbage collection and, with glibc, return free pages to the system.

    Decoders, encoders and pages leave the heap fragmented, and glibc keeps its free pages: a server that had shown
    video for twenty minutes held 70 MB more than before. This takes about a tenth of a second, during which no other
    thread runs, so do not call it while a video plays.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform.startswith("linux") else None
    if trim is not None:  # musl, for example, has none
        trim(0)

"""How this process' threads share the processor with a live video."""

from __future__ import annotations

import os
import sys
import threading

_NICENESS = 4  # of 19: on a full processor 0.4 of the time that another thread gets


def step_back() -> None:
    """Let the calling thread run when the video's threads leave time; where the system has no such thing, nothing.

    Only Linux gives each thread a priority of its own.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        # Only root may raise a priority again, and the whole process may have a lower one already.
        os.setpriority(os.PRIO_PROCESS, thread, max(_NICENESS, os.getpriority(os.PRIO_PROCESS, thread)))

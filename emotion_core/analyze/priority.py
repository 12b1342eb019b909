"""How the threads of this process share the processor with a live video."""

from __future__ import annotations

import os
import sys
import threading

# Of 19. On a busy processor Linux gives such a thread about 0.4 of the time that a thread of niceness 0 gets (each step
# is a factor of 1.25): the video comes first, and the analysis does not starve.
_NICENESS = 4


def step_back() -> None:
    """Lower the priority of the calling thread, so that the video's threads run first.

    Does nothing except on Linux, the only system that gives each thread a priority of its own.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        # max(): the whole process may have a lower priority already, and only root may raise it again.
        os.setpriority(os.PRIO_PROCESS, thread, max(_NICENESS, os.getpriority(os.PRIO_PROCESS, thread)))


def one_core_for_opencv() -> None:
    """Keep OpenCV from using all cores for a detection: the video needs them, and small pictures gain little."""
    import cv2

    cv2.setNumThreads(1)

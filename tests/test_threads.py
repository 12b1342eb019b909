"""The priority of analysis threads, which leave the CPU to the live video."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from emotion_core.analyze.priority import step_back

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives each thread a priority of its own")


def niceness_after(before: int) -> int:
    """Return the niceness after `step_back` of a thread that had ``before``."""

    def lowered() -> int:
        os.setpriority(os.PRIO_PROCESS, 0, before)
        step_back()
        return os.getpriority(os.PRIO_PROCESS, 0)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lowered).result()


def test_it_steps_back_and_the_thread_that_started_it_does_not() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    assert niceness_after(before) == max(4, before)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_a_priority_that_is_lower_already_stays() -> None:
    assert niceness_after(15) == 15

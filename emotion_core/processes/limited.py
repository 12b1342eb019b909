"""Limit this process, then run a module in it: ``python -m emotion_core.processes.limited MEMORY CPU MODULE …``.

MEMORY is in bytes, CPU in seconds; 0 sets no limit. `emotion_core.processes.run` starts it.
"""

from __future__ import annotations

import runpy
import sys
from contextlib import suppress


def limit(memory_bytes: int, cpu_s: int) -> None:
    """Set the limits that this system has. Those that it lacks are left out: the time-out on the clock still holds."""
    try:
        import resource
    except ImportError:  # Windows
        return
    wanted = [(resource.RLIMIT_DATA, memory_bytes), (resource.RLIMIT_CPU, cpu_s)]
    if memory_bytes or cpu_s:
        # A process that crashes at a limit would write all its memory to the disk.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for kind, value in wanted:
        hard = resource.getrlimit(kind)[1]
        if value and (hard == resource.RLIM_INFINITY or value < hard):
            # At the soft limit on processor time SIGXCPU ends the process; SIGKILL follows, should it be ignored.
            grace = 5 if kind == resource.RLIMIT_CPU else 0
            top = value + grace if hard == resource.RLIM_INFINITY else min(value + grace, hard)
            with suppress(ValueError, OSError):  # macOS refuses some of them
                resource.setrlimit(kind, (value, top))


if __name__ == "__main__":
    limit(int(sys.argv[1]), int(sys.argv[2]))
    sys.argv = sys.argv[3:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)

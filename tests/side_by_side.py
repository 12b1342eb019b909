"""Which tests run side by side: in how many processes, in which order, and at which priority.

`conftest` hands this to pytest-xdist. The tests of a file stay together in one process, since they share what takes
long to make. All browser tests stay together too: they share a server and a browser, and count the frames of a live
video. Most tests wait for another process, so there is one process more than there are cores.
"""

from __future__ import annotations

import os

import pytest
from xdist.scheduler import LoadScopeScheduling

BROWSER = "tests/browser/"
# Begun last, any of these would run on alone when all others are done. The order of the others makes no difference.
LONGEST_FIRST = (
    BROWSER,
    "tests/train/test_jobs.py",
    "tests/networks/test_architectures.py",
    "tests/train/test_sharpness.py",
    "tests/models/test_install.py",
    "tests/models/test_article_model.py",
    "tests/classify/test_deepface.py",
)
MOST_PROCESSES = 6  # more have nothing to do while the longest file runs
NICENESS = 10  # of 19; the server's analyses run at 4
# Several networks that each take all cores only wait for each other.
ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}


class FilesSideBySide(LoadScopeScheduling):
    """Hands out whole files, and all browser tests as if they were one."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else nodeid.split("::", 1)[0]


def processes(config: pytest.Config) -> int:
    """How many processes share the tests; 0 for a single file and for chosen tests, which this process runs itself."""
    chosen = any(config.getoption(name, None) for name in ("keyword", "lf", "failedfirst"))
    chosen = chosen or any("::" in argument for argument in config.args)
    several = len(config.args) > 1 or (config.rootpath / config.args[0]).is_dir()
    return min((os.cpu_count() or 1) + 1, MOST_PROCESSES) if several and not chosen else 0


def longest_first(items: list[pytest.Item]) -> None:
    """Sort the tests; those of one file keep their order."""

    def rank(item: pytest.Item) -> int:
        return next((i for i, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start)), len(LONGEST_FIRST))

    items.sort(key=rank)


def step_back(item: pytest.Item) -> None:
    """Leave the processor to the live video first: lower this process' priority, unless it runs the browser tests.

    A process cannot have its old priority back. It need not: the browser tests come first.
    """
    if hasattr(os, "nice") and not item.nodeid.startswith(BROWSER):
        os.nice(max(0, NICENESS - os.nice(0)))

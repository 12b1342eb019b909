"""How tests run side by side: in how many processes, in which order, and at which priority.

`conftest` passes this to pytest-xdist. The tests of a file run in one process, because they share fixtures that take
long to make. All browser tests run in one process too: they share a server and a browser, and count the frames of a
live video. Most tests wait for another process, so there is one process more than there are cores.
"""

from __future__ import annotations

import os

import pytest
from xdist.scheduler import LoadScopeScheduling

BROWSER = "tests/browser/"
# If one of these started last, it would still run alone after all others are done. The order of the others is
# irrelevant.
LONGEST_FIRST = (
    BROWSER,
    "tests/train/test_jobs.py",
    "tests/networks/test_architectures.py",
    "tests/train/test_sharpness.py",
    "tests/models/test_install.py",
    "tests/models/test_article_model.py",
    "tests/classify/test_deepface.py",
)
MOST_PROCESSES = 6  # more would have nothing to do while the longest file runs
NICENESS = 10  # of 19; the server's analysis threads run at 4
# Several networks that each use all cores would only wait for each other.
ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}


class FilesSideBySide(LoadScopeScheduling):
    """Assign whole files to processes, and all browser tests as if they were one file."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else nodeid.split("::", 1)[0]


def processes(config: pytest.Config) -> int:
    """Return how many processes share the tests; 0 for a single file or selected tests, which run in this process."""
    chosen = any(config.getoption(name, None) for name in ("keyword", "lf", "failedfirst"))
    chosen = chosen or any("::" in argument for argument in config.args)
    several = len(config.args) > 1 or (config.rootpath / config.args[0]).is_dir()
    return min((os.cpu_count() or 1) + 1, MOST_PROCESSES) if several and not chosen else 0


def longest_first(items: list[pytest.Item]) -> None:
    """Sort the tests by file, so that the longest files start first."""

    def rank(item: pytest.Item) -> int:
        return next((i for i, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start)), len(LONGEST_FIRST))

    items.sort(key=rank)


def step_back(item: pytest.Item) -> None:
    """Lower the priority of this process unless it runs the browser tests, whose live video needs the CPU first.

    A process cannot get its old priority back. It need not, because the browser tests come first.
    """
    if hasattr(os, "nice") and not item.nodeid.startswith(BROWSER):
        os.nice(max(0, NICENESS - os.nice(0)))

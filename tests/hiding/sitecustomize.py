"""Hide packages from a process, as if they were not installed.

Python imports this file at its start if the file's folder is in ``PYTHONPATH``. `tests.hidden_packages` sets this
variable, and ``HIDDEN_PACKAGES`` to the names of the packages.

This file imports nothing from this project, because Python runs it before the project can be found.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any


class Without:
    """A module finder that hides some packages.

    For these, ``import`` fails with Python's own error, and ``importlib.util.find_spec`` returns None.
    """

    def __init__(self, finder: Any, names: frozenset[str]) -> None:
        self._finder = finder
        self._names = names

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname.partition(".")[0] in self._names:
            return None
        return self._finder.find_spec(fullname, path, target)

    def __getattr__(self, name: str) -> Any:  # invalidate_caches, find_distributions
        return getattr(self._finder, name)


def without(names: Iterable[str]) -> list[Any]:
    """Return the finders of ``sys.meta_path``, each without ``names``."""
    hidden = frozenset(names)
    return [Without(finder, hidden) for finder in sys.meta_path]


if os.environ.get("HIDDEN_PACKAGES"):
    sys.meta_path[:] = without(os.environ["HIDDEN_PACKAGES"].split(","))

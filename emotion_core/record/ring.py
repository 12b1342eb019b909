"""Rows of a structured array that grow at the end and are forgotten at the front."""

from __future__ import annotations

from typing import Any

import numpy as np

_FIRST_ROOM = 256


class Rows:
    """A queue of records in one block of memory: a fiftieth of what the objects that it stands for would take.

    Args:
        dtype: of one row, with named fields.
    """

    def __init__(self, dtype: np.dtype) -> None:
        self._block = np.empty(_FIRST_ROOM, dtype)
        self._start = self._end = 0

    def __len__(self) -> int:
        return self._end - self._start

    @property
    def rows(self) -> np.ndarray:
        """``(n,)`` of the dtype, oldest first; a view, which the next `append` may outdate."""
        return self._block[self._start : self._end]

    def append(self, *values: Any) -> None:
        """Add a row at the end, its values in the order of the fields."""
        if self._end == len(self._block):
            self._make_room()
        self._block[self._end] = values
        self._end += 1

    def forget(self, count: int) -> None:
        """Drop the ``count`` oldest rows."""
        self._start += min(count, len(self))

    def clear(self) -> None:
        """Drop all rows and the memory they took."""
        self._block = np.empty(_FIRST_ROOM, self._block.dtype)
        self._start = self._end = 0

    def _make_room(self) -> None:
        kept = self.rows
        block = np.empty(max(_FIRST_ROOM, 2 * len(kept)), self._block.dtype)
        block[: len(kept)] = kept
        self._block, self._start, self._end = block, 0, len(kept)

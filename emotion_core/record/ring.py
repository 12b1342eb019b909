"""Rows of a structured array that are added at the end and forgotten at the front."""

from __future__ import annotations

import numpy as np

_FIRST_CAPACITY = 256


class Rows:
    """A queue of records in one block of memory; objects of the same content would take fifty times as much.

    A row is written once and never moved within its block: when the block is full, the rows that are left are copied
    into a new one. A view from `rows` therefore keeps its values, whatever happens to the queue.

    Args:
        dtype: of one row, with named fields.
    """

    def __init__(self, dtype: np.dtype[np.void]) -> None:
        self._block = np.empty(_FIRST_CAPACITY, dtype)
        self._start = self._end = 0

    def __len__(self) -> int:
        return self._end - self._start

    @property
    def rows(self) -> np.ndarray:
        """``(n,)`` of the dtype, oldest first; a read-only view of the rows that are there now."""
        view = self._block[self._start : self._end]
        view.flags.writeable = False
        return view

    def append(self, *values: object) -> None:
        """Add a row at the end, its values in the order of the fields."""
        if self._end == len(self._block):
            self._replace_block()
        self._block[self._end] = values
        self._end += 1

    def forget(self, count: int) -> None:
        """Drop the ``count`` oldest rows."""
        self._start += min(count, len(self))

    def clear(self) -> None:
        """Drop all rows and the memory that they took."""
        self._block = np.empty(_FIRST_CAPACITY, self._block.dtype)
        self._start = self._end = 0

    def _replace_block(self) -> None:
        kept = self.rows
        block = np.empty(max(_FIRST_CAPACITY, 2 * len(kept)), self._block.dtype)
        block[: len(kept)] = kept
        self._block, self._start, self._end = block, 0, len(kept)

from __future__ import annotations

import numpy as np
import pytest

from emotion_core.record.ring import Rows

DTYPE = np.dtype([("number", "i4"), ("pair", "f4", 2)])


def filled(count: int) -> Rows:
    rows = Rows(DTYPE)
    for i in range(count):
        rows.append(i, (i, -i))
    return rows


def test_rows_keep_their_order_however_many_there_are() -> None:
    rows = filled(1000)
    assert len(rows) == 1000
    assert rows.rows["number"].tolist() == list(range(1000))
    assert rows.rows["pair"][7].tolist() == [7, -7]


def test_the_oldest_are_forgotten_and_their_memory_is_used_again() -> None:
    rows = filled(300)
    for i in range(300, 100_000):
        rows.append(i, (0, 0))
        rows.forget(len(rows) - 300)
    assert rows.rows["number"].tolist() == list(range(99_700, 100_000))
    assert len(rows._block) <= 1024


def test_a_view_keeps_its_values_whatever_happens_to_the_queue() -> None:
    rows = filled(300)
    view = rows.rows
    rows.forget(200)
    for i in range(300, 5000):
        rows.append(i, (0, 0))
    rows.clear()
    assert view["number"].tolist() == list(range(300))
    with pytest.raises(ValueError, match="read-only"):
        view["number"] = 0


def test_clear_leaves_nothing() -> None:
    rows = filled(1000)
    rows.clear()
    assert len(rows) == 0
    rows.append(1, (0, 0))
    assert rows.rows["number"].tolist() == [1]

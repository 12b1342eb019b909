"""Tables of comma-separated values, read row by row, so that a bad row does not spoil the others."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from emotion_core.errors import DataError
from emotion_core.language import Message

MAX_ROWS = 500_000
PROGRESS_STEP = 100  # rows between two reports


@dataclass(frozen=True)
class Row:
    """One row of the table, whose values have not been checked.

    number: 1 is the first row below the header.
    values: by column name.
    error: why the row could not be split into values; None where it could.
    """

    number: int
    values: dict[str, str]
    error: Message | None = None


def read_rows(
    path: Path, required: tuple[str, ...], progress: Callable[[float], object] | None = None
) -> Iterator[Row]:
    """Yield the rows of a table. Column names are in lower case; names and values have no spaces around them.

    Args:
        required: columns that must be there.
        progress: called with the share that is done, 0–1.

    Raises:
        DataError: it cannot be read, lacks a ``required`` column, or has more than `MAX_ROWS` rows.
    """
    try:
        with path.open("rb") as raw:
            total = max(1, path.stat().st_size)
            reader = csv.reader(io.TextIOWrapper(raw, encoding="utf-8-sig", errors="replace", newline=""))
            columns = _columns(reader, required)
            for number, row in enumerate(_rows(reader, columns), 1):
                if number > MAX_ROWS:
                    raise DataError(
                        "The table has more than {max_rows} rows. Split it into smaller ones.", max_rows=MAX_ROWS
                    )
                if progress and number % PROGRESS_STEP == 0:
                    progress(min(1.0, raw.tell() / total))
                yield Row(number, *row)
    except OSError as error:
        raise DataError(
            "The table cannot be read: {reason}. Check the name and its permissions.", reason=error.strerror
        ) from error


def _columns(reader: Iterator[list[str]], required: tuple[str, ...]) -> list[str]:
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
    except csv.Error as error:
        raise DataError(
            "This is not a table of comma-separated values: {error}. Choose fer2013.csv.", error=error
        ) from error
    missing = [name for name in required if name not in columns]
    if missing:
        raise DataError(
            "The table has no column {missing!r}. Expected the columns {required}, as in fer2013.csv.",
            missing=missing[0],
            required=", ".join(required),
        )
    return columns


def _rows(reader: Iterator[list[str]], columns: list[str]) -> Iterator[tuple[dict[str, str], Message | None]]:
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # The reader is still usable and continues with the next line.
            yield {}, Message("The row cannot be read: {error}.", error=error)
            continue
        if values:
            cells = zip_longest(columns, values[: len(columns)], fillvalue="")
            yield {name: value.strip() for name, value in cells}, None

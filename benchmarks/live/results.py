"""The result of a benchmark of the live page: figures and their targets, for the screen and as JSON in out/bench/."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from playwright.sync_api import Error

from scripts.dashboard import NO_CHROMIUM, ROOT, chromium_path

FOLDER = ROOT / "out" / "bench"


@dataclass(frozen=True)
class Row:
    """One figure beside its target.

    Args:
        value: measured, in ``unit``.
        target: what the value should reach; None if there is no target.
        at_least: True if the value should be at least the target; otherwise it should be at most the target.
    """

    what: str
    value: float
    unit: str = ""
    target: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without a target, False if nothing could be measured."""
        if self.target is None:
            return None
        if math.isnan(self.value):
            return False
        return self.value >= self.target if self.at_least else self.value <= self.target

    def line(self) -> str:
        """Return the text for the screen."""
        target = "" if self.target is None else f"{'≥' if self.at_least else '≤'} {self.target:g} {self.unit}"
        verdict = {None: "", True: "met", False: "missed"}[self.met]
        return f"  {self.what:<62} {self.value:>9.2f} {self.unit:<8} {target:<14} {verdict}".rstrip()


@dataclass(frozen=True)
class Answer:
    """The rows of a benchmark, and the details behind them."""

    name: str  # of the JSON file
    title: str
    rows: list[Row]
    details: Any = None

    def text(self) -> str:
        """Return the text for the screen."""
        return "\n".join([self.title, *(row.line() for row in self.rows)]) + "\n"

    def save(self) -> None:
        """Write it to out/bench/."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        rows = [{**asdict(row), "met": row.met} for row in self.rows]
        content = _without_nan({"title": self.title, "rows": rows, "details": self.details})
        (FOLDER / f"{self.name}.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _without_nan(value: Any) -> Any:
    """Return the value with None in place of every NaN, which JSON does not have."""
    if isinstance(value, Mapping):
        return {str(key): _without_nan(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def report(benchmark: Callable[[], Answer]) -> None:
    """Run a benchmark, print and save its result, or say why there is none: no Chromium, or a page that failed."""
    if chromium_path() is None:
        sys.stdout.write(f"Live page: not measured. {NO_CHROMIUM}\n")
        return
    try:
        found = benchmark()
    except (Error, RuntimeError) as error:
        sys.stdout.write(f"Live page: not measured. {type(error).__name__}: {str(error).splitlines()[0]}\n")
        return
    found.save()
    sys.stdout.write(found.text())
    sys.stdout.flush()

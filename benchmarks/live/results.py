"""What every question's file gives: figures with their targets, as lines on the screen and JSON in out/bench/."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from scripts.dashboard import NO_CHROMIUM, ROOT, chromium_path

FOLDER = ROOT / "out" / "bench"


@dataclass(frozen=True)
class Row:
    """One figure beside its target.

    Args:
        value: measured, in ``unit``.
        target: what it must reach; None where it is only told.
        at_least: whether more is better; otherwise it must be at most the target.
    """

    what: str
    value: float
    unit: str = ""
    target: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without a target, False where nothing could be measured."""
        if self.target is None:
            return None
        if math.isnan(self.value):
            return False
        return self.value >= self.target if self.at_least else self.value <= self.target

    def line(self) -> str:
        """For the screen."""
        target = "" if self.target is None else f"{'≥' if self.at_least else '≤'} {self.target:g} {self.unit}"
        verdict = {None: "", True: "met", False: "missed"}[self.met]
        return f"  {self.what:<62} {self.value:>9.2f} {self.unit:<8} {target:<14} {verdict}".rstrip()


@dataclass(frozen=True)
class Answer:
    """A question's rows, and the figures behind them."""

    name: str  # of the JSON file
    title: str
    rows: list[Row]
    details: Any = None

    def text(self) -> str:
        """For the screen."""
        return "\n".join([self.title, *(row.line() for row in self.rows)]) + "\n"

    def save(self) -> None:
        """Keep it in out/bench/."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        rows = [{**asdict(row), "met": row.met} for row in self.rows]
        content = {"title": self.title, "rows": rows, "details": self.details}
        (FOLDER / f"{self.name}.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def tell(question: Callable[[], Answer]) -> None:
    """Answer one question on the screen and in its file, or say that Chromium is missing."""
    if chromium_path() is None:
        sys.stdout.write(f"Live page: not measured. {NO_CHROMIUM}\n")
        return
    found = question()
    found.save()
    sys.stdout.write(found.text())
    sys.stdout.flush()

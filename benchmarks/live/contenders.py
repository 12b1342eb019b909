"""The three pages that are compared, each on a server of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.live.recorder import LOG
from scripts.dashboard import ROOT, Server, running

HERE = Path(__file__).parent
CHARTS, VARIANT = "EMOTION_BENCH_CHARTS", "EMOTION_BENCH_VARIANT"  # read by ours.py and pass_through.py
PASS_THROUGH, NAIVE, OURS = "pass-through", "naive", "ours"
NAMES = (PASS_THROUGH, NAIVE, OURS)
_APPS = {PASS_THROUGH: HERE / "pass_through.py", NAIVE: HERE / "naive.py", OURS: ROOT / "app.py"}


@dataclass(frozen=True)
class Contender:
    """A page on its server. notes: the file in which the server notes every frame."""

    name: str
    server: Server
    notes: Path


@contextmanager
def serving(name: str, folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[Contender]:
    """Start the server of a contender; it ends with the block."""
    notes = folder / f"{name}.jsonl"
    module = "benchmarks.live.ours" if name == OURS else "streamlit"
    variables = {LOG: str(notes), "PYTHONPATH": str(ROOT)} | dict(environment or {})
    with running(folder / f"{name}.log", variables, _APPS[name], module) as server:
        yield Contender(name, server, notes)

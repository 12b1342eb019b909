"""The four pages that are compared, each on a server of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.live.recorder import LOG
from scripts.dashboard import ROOT, Server, running

HERE = Path(__file__).parent
VARIANT = "EMOTION_BENCH_VARIANT"  # read by pass_through.py
# BURNED is the dashboard with "Burn into the video": the server draws, and sends the picture back.
NAIVE, PASS_THROUGH, BURNED, STAGE = "naive", "pass-through", "burned in", "stage"
NAMES = (NAIVE, PASS_THROUGH, BURNED, STAGE)
OURS = (BURNED, STAGE)
_APPS = {NAIVE: HERE / "naive.py", PASS_THROUGH: HERE / "pass_through.py"}


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
    module = "benchmarks.live.ours" if name in OURS else "streamlit"
    variables = {LOG: str(notes), "PYTHONPATH": str(ROOT)} | dict(environment or {})
    with running(folder / f"{name}.log", variables, _APPS.get(name, ROOT / "app.py"), module) as server:
        yield Contender(name, server, notes)

"""A process's share of the processor, its memory, threads and sockets, from /proc."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Held:
    """What a process holds at one moment."""

    resident_mb: float
    threads: int
    udp_sockets: int


def available() -> bool:
    """Whether this system has /proc as Linux writes it."""
    return Path("/proc/self/stat").exists()


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and all its threads since it began."""
    values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(values[11]) + int(values[12])) / _TICKS


class CpuMeter:
    """Cores that a process keeps busy: ``CpuMeter(pid)``, and later `cores`."""

    def __init__(self, pid: int) -> None:
        self._pid, self._cpu, self._wall = pid, cpu_seconds(pid), time.monotonic()

    def cores(self) -> float:
        """Mean since the start."""
        return (cpu_seconds(self._pid) - self._cpu) / (time.monotonic() - self._wall)


def held(pid: int) -> Held:
    """Resident memory in MB (10⁶ bytes), threads and UDP sockets of a process."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return Held(int(status["VmRSS"].split()[0]) * 1024 / 1e6, int(status["Threads"]), _udp_sockets(pid))


def _udp_sockets(pid: int) -> int:
    udp = set()
    for name in ("udp", "udp6"):
        table = Path(f"/proc/{pid}/net/{name}")
        if table.exists():
            udp |= {line.split()[9] for line in table.read_text().splitlines()[1:]}
    return sum(_inode(link) in udp for link in Path(f"/proc/{pid}/fd").iterdir())


def _inode(link: Path) -> str | None:
    try:
        target = str(link.readlink())
    except FileNotFoundError:  # closed since the folder was listed
        return None
    return target[len("socket:[") : -1] if target.startswith("socket:[") else None


def chromium_seconds() -> float:
    """Processor time of every Chromium process that this one started, directly or not."""
    parents, names = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            before, _, after = stat.read_text().rpartition(")")
        except (FileNotFoundError, ProcessLookupError):  # ended since the folder was listed
            continue
        pid = int(stat.parent.name)
        parents[pid], names[pid] = int(after.split()[1]), before.partition("(")[2]
    return sum(
        cpu_seconds(pid)
        for pid, name in names.items()
        if name.startswith("chrom") and os.getpid() in _ancestors(pid, parents)
    )


def _ancestors(pid: int, parents: dict[int, int]) -> Iterator[int]:
    while pid in parents:
        pid = parents[pid]
        yield pid

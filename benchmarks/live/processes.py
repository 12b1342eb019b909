"""CPU time, memory, threads and sockets of a process."""

from __future__ import annotations

import time
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Usage:
    """What a process holds at one moment. resident_mb: in units of 10⁶ bytes."""

    resident_mb: float
    threads: int
    udp_sockets: int


class CpuMeter:
    """Measure how many cores a process keeps busy: ``CpuMeter(pid)`` starts, `cores` reads."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._cpu_s, self._wall_s = cpu_seconds(self._process), time.monotonic()

    def cores(self) -> float:
        """Return the mean since the start."""
        return (cpu_seconds(self._process) - self._cpu_s) / (time.monotonic() - self._wall_s)


def cpu_seconds(process: psutil.Process) -> float:
    """Return the CPU time of a process and all its threads since it started."""
    times = process.cpu_times()
    return float(times.user + times.system)


def usage(pid: int) -> Usage:
    """Return what a process holds now."""
    process = psutil.Process(pid)
    with process.oneshot():
        return Usage(process.memory_info().rss / 1e6, process.num_threads(), len(process.net_connections(kind="udp")))


def chromium_seconds() -> float:
    """Return the CPU time of every Chromium process that this process started, directly or not."""
    total_s = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            total_s += cpu_seconds(process) if "chrom" in process.name().lower() else 0.0
        except psutil.NoSuchProcess:  # it ended after the list was made
            continue
    return total_s

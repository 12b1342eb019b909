"""Start ``python -m MODULE`` and read its answer: one JSON object in the last line of what it prints."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from emotion_core.errors import EmotionError
from emotion_core.language import Message

ROOT = Path(__file__).resolve().parents[2]  # the project: `python -m emotion_core…` works from here
_TAIL_BYTES = 100_000  # of what a process prints; an answer is far shorter
_REASON_CHARACTERS = 300
# What NumPy, TensorFlow, the C++ library, the loader and Python's own C code say when memory is refused, in small
# letters. The last two are of extension modules that fail without a word: seen while TensorFlow was being imported.
_OUT_OF_MEMORY = (
    "memoryerror",
    "bad_alloc",
    "unable to allocate",
    "oom when allocating",
    "cannot allocate memory",
    "out of memory",
    "failed to map segment",
    "without exception set",
    "without setting an exception",
)


class ProcessError(EmotionError):
    """A process gave no answer. The message says why, in a clause that ends with a full stop."""


@dataclass(frozen=True)
class Limits:
    """What a process may use, see `run_module`.

    memory_bytes and cpu_s hold where the system has such limits: on Linux both, on macOS `cpu_s`, on Windows neither.

    Raises:
        ValueError: a limit is not above 0.

    >>> Limits(timeout_s=60).memory_bytes is None
    True
    """

    timeout_s: float  # on the clock
    memory_bytes: int | None = None  # private memory, RLIMIT_DATA
    cpu_s: int | None = None  # of all threads together, RLIMIT_CPU

    def __post_init__(self) -> None:
        if any(limit is not None and limit <= 0 for limit in (self.timeout_s, self.memory_bytes, self.cpu_s)):
            raise ValueError(f"Expected limits above 0. Received: {self}")


def run_module(
    module: str, arguments: Sequence[str], limits: Limits, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Run a module as ``__main__`` in a new Python process, and wait for it.

    Args:
        module: full name, such as ``emotion_core.models.convert``.
        environment: variables to set besides this process' own.

    Returns:
        The JSON object in the last line that the module printed. By agreement it is ``{"error": MESSAGE}`` where the
        module found an error that the user can mend.

    Raises:
        ProcessError: the process was stopped at a limit, died, or printed no such line.

    >>> run_module("json.tool", ["--help"], Limits(timeout_s=60))
    Traceback (most recent call last):
    ...
    emotion_core.processes.run.ProcessError: it printed no answer.
    """
    # The process sets its limits itself, in `limited`: code between fork and exec may hang where threads hold locks.
    memory, cpu = limits.memory_bytes or 0, limits.cpu_s or 0
    command = [sys.executable, "-m", "emotion_core.processes.limited", str(memory), str(cpu), module, *arguments]
    # Files and not pipes: a process that prints without end then fills no memory of this one.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            status = subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                timeout=limits.timeout_s,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise ProcessError("it took longer than {limit:g} s and was stopped.", limit=limits.timeout_s) from error
        except OSError as error:
            raise ProcessError("its process cannot be started: {reason}.", reason=error.strerror) from error
        answer, complaint = _answer(_tail(out)), _tail(err)
    if answer is not None and (status == 0 or "error" in answer):
        return answer
    raise ProcessError(_reason(status, complaint, limits))


def untrusted_memory() -> int:
    """How many bytes a process may use that reads a file nobody vouches for: three quarters of this machine's memory.

    Not more than 12 GB, six times what the conversion of the flagship took when measured (1.8 GB on Linux, 1.2 GB of
    it TensorFlow's own), and not less than 3 GB, without which no TensorFlow converts anything.

    RLIMIT_DATA and not RLIMIT_AS is set to it: TensorFlow maps 4.2 GB of addresses for that conversion on two cores,
    more with every core (each thread's stack and heap are reserved whole), and some hundred GB where it finds a GPU.
    """
    try:
        installed = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows, which has no such limit either
        installed = 16_000_000_000
    return max(3_000_000_000, min(12_000_000_000, installed * 3 // 4))


def _answer(text: str) -> dict[str, Any] | None:
    try:
        answer = json.loads(text.strip().rsplit("\n", 1)[-1])
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _tail(file: IO[bytes]) -> str:
    file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
    return file.read().decode("utf-8", "replace")


def _reason(status: int, complaint: str, limits: Limits) -> Message:
    # SIGXCPU is absent on Windows.
    if limits.cpu_s and status == -getattr(signal, "SIGXCPU", 0):
        return Message("it took more than {limit} s of processor time and was stopped.", limit=limits.cpu_s)
    if limits.memory_bytes and status != 0 and any(words in complaint.lower() for words in _OUT_OF_MEMORY):
        return Message("it needs more than the {gb:.1f} GB of memory that it may use.", gb=limits.memory_bytes / 1e9)
    if status == -signal.SIGTERM or status == -getattr(signal, "SIGKILL", 0):
        return Message("its process was killed, perhaps because this machine has too little memory.")
    if status < 0:
        # TensorFlow mostly aborts without a word where it gets no memory (measured with 0.6 GB).
        if limits.memory_bytes:
            return Message(
                "its process crashed (signal {signal}), perhaps at its limit of {gb:.1f} GB of memory.",
                signal=-status,
                gb=limits.memory_bytes / 1e9,
            )
        return Message("its process crashed (signal {signal}).", signal=-status)
    last = (complaint.strip().splitlines() or [""])[-1]
    return (
        Message("{reason}", reason=last[:_REASON_CHARACTERS]) if status and last else Message("it printed no answer.")
    )

"""Modules of this project in processes of their own: what they answer, and what becomes of those that don't."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from emotion_core.processes import run
from emotion_core.processes.run import Limits, ProcessError, run_module

# What the child does, by name. Each stands for a module of this project.
CHILD = """
import json, os, signal, sys, time

what = sys.argv[1]
if what == "answer":
    print("a line before it")
    print(json.dumps({"arguments": sys.argv[2:], "folder": os.getcwd(), "word": os.environ.get("WORD")}))
elif what == "fault":
    print(json.dumps({"error": "Expected a network."}))
    sys.exit(1)
elif what == "garbage":
    for _ in range(200_000):
        print("\\x00\\xff nonsense " * 10)
elif what == "a list":
    print("[1, 2]")
elif what == "nested":
    print("[" * 50_000)
elif what == "nothing":
    pass
elif what == "memory":
    rows = [bytearray(b"x" * 1_000_000_000)]
    print("{}")
elif what == "numpy":
    import numpy
    print({"sum": float(numpy.ones(200_000_000).sum())})
elif what == "spin":
    while True:
        pass
elif what == "sleep":
    time.sleep(60)
elif what == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
elif what == "crash":
    os.kill(os.getpid(), signal.SIGSEGV)
elif what == "raise":
    print("{}")
    raise RuntimeError("it does not work")
elif what == "wordless":
    raise SystemError("error return without exception set")  # of an extension module without memory
elif what == "limits":
    import resource
    kinds = ("RLIMIT_DATA", "RLIMIT_CPU", "RLIMIT_CORE")
    print(json.dumps({kind: resource.getrlimit(getattr(resource, kind))[0] for kind in kinds}))
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the private memory of a process")
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither these limits nor these signals")


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that does what it is told."""
    (tmp_path / "obedient_child.py").write_text(CHILD)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "obedient_child"


def test_the_last_line_is_the_answer(child: str) -> None:
    answer = run_module(child, ["answer", "a b", "--c"], Limits(60), {"WORD": "set"})
    assert answer == {"arguments": ["a b", "--c"], "folder": str(run.ROOT), "word": "set"}
    assert "WORD" not in os.environ


def test_an_error_that_the_module_reports_is_an_answer(child: str) -> None:
    assert run_module(child, ["fault"], Limits(60)) == {"error": "Expected a network."}


@pytest.mark.parametrize(
    ("what", "limits", "reason"),
    [
        pytest.param("garbage", Limits(60), "printed no answer", id="garbage"),
        pytest.param("a list", Limits(60), "printed no answer", id="JSON but no object"),
        pytest.param("nested", Limits(60), "printed no answer", id="JSON nested too deeply"),
        pytest.param("nothing", Limits(60), "printed no answer", id="nothing"),
        pytest.param("raise", Limits(60), "RuntimeError: it does not work", id="an exception after its answer"),
        pytest.param("sleep", Limits(1.5), r"longer than 1\.5 s and was stopped", id="sleeping"),
        pytest.param("spin", Limits(1.5), r"longer than 1\.5 s and was stopped", id="spinning, on the clock"),
        pytest.param("spin", Limits(60, cpu_s=1), "more than 1 s of processor time", id="spinning", marks=posix),
        pytest.param(
            "memory", Limits(60, memory_bytes=300_000_000), r"needs more than the 0\.3 GB", id="memory", marks=linux
        ),
        pytest.param(
            "numpy", Limits(60, memory_bytes=900_000_000), r"needs more than the 0\.9 GB", id="numpy", marks=linux
        ),
        pytest.param("wordless", Limits(60), "SystemError: error return", id="an extension's fault"),
        pytest.param(
            "wordless", Limits(60, memory_bytes=10**9), r"more than the 1\.0 GB", id="the same at a limit", marks=linux
        ),
        pytest.param("kill", Limits(60), "was killed", id="killed", marks=posix),
        pytest.param("crash", Limits(60), r"crashed \(signal 11\)\.$", id="crashed", marks=posix),
        pytest.param(
            "crash", Limits(60, memory_bytes=2_000_000_000), r"limit of 2\.0 GB", id="crashed with a limit", marks=linux
        ),
    ],
)
def test_a_process_without_an_answer_says_why(child: str, what: str, limits: Limits, reason: str) -> None:
    with pytest.raises(ProcessError, match=reason):
        run_module(child, [what], limits)


def test_a_module_that_is_not_there_says_so() -> None:
    with pytest.raises(ProcessError, match="No module named"):
        run_module("emotion_core.no_such_module", [], Limits(60))


@linux
def test_limits_hold_in_the_process_and_not_in_this_one(child: str) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    answer = run_module(child, ["limits"], Limits(60, memory_bytes=2_000_000_000, cpu_s=50))
    assert answer == {"RLIMIT_DATA": 2_000_000_000, "RLIMIT_CPU": 50, "RLIMIT_CORE": 0}
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


@pytest.mark.parametrize("limits", [(0,), (-1,), (1, 0), (1, None, 0)])
def test_limits_are_above_0(limits: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Limits(*limits)


@pytest.mark.parametrize(
    ("installed", "expected"),
    [(2_000_000_000, 3_000_000_000), (8_000_000_000, 6_000_000_000), (64_000_000_000, 12_000_000_000)],
    ids=["2 GB", "8 GB", "64 GB"],
)
def test_a_file_that_is_not_trusted_gets_a_part_of_the_memory(
    installed: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sysconf", {"SC_PHYS_PAGES": installed // 4000, "SC_PAGE_SIZE": 4000}.__getitem__)
    assert run.untrusted_memory() == expected

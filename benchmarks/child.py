"""A contender in a process of its own. It makes one pass at a time, so contenders take turns without restarting."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3

Figures = dict[str, float]


class Child:
    """The process ``python -m MODULE NAME ARGUMENT``, which answers each line on stdin with JSON, see `answer`."""

    def __init__(self, module: str, name: str, argument: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, name, str(argument)],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._answer()

    def one_pass(self) -> Figures:
        """Request one pass and return its figures."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)

    def _answer(self) -> Figures:
        assert self._process.stdout
        for line in self._process.stdout:
            if line.startswith("{"):
                return dict(json.loads(line))
        raise SystemExit(f"{self.name} ended without an answer (status {self._process.wait()})")


def take_turns(children: list[Child]) -> list[dict[str, Figures]]:
    """Run `ROUNDS` rounds in which every child makes one pass, then end the children."""
    rounds = [{child.name: child.one_pass() for child in children} for _ in range(ROUNDS)]
    for child in children:
        child.close()
    return rounds


def medians(rounds: list[dict[str, Figures]]) -> dict[str, Figures]:
    """Return the figures of each child, the median over the rounds."""
    return {
        name: {key: round(statistics.median(one[name][key] for one in rounds), 3) for key in rounds[0][name]}
        for name in rounds[0]
    }


def answer(one_pass: Callable[[], Mapping[str, float]]) -> None:
    """Act as a child: answer each line on stdin with the figures of one pass, until stdin closes."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # keeps what libraries print apart from the answers
    answers.write('{"ready": 1}\n')
    answers.flush()
    for _ in sys.stdin:
        answers.write(json.dumps(one_pass()) + "\n")
        answers.flush()

"""Run a function in a process that is killed at its first step, then at its second, until it comes through."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
# What changes a folder. Python announces each before it happens.
STEPS = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree")


def killed_at_each_step(
    function: Callable[[str], None], folder: Path, argument: Path, *, before: Callable[[], object]
) -> Iterator[int]:
    """Yield after each process that called ``function(argument)`` and ended.

    The n-th one is killed with SIGKILL just before the n-th time that it opens, makes, renames or removes something
    below ``folder``. The last one comes through.

    Args:
        function: of a module; the process imports it by name.
        before: called before each process: puts the folder into its first state.
    """
    command = [sys.executable, __file__, function.__code__.co_filename, function.__name__, str(folder), str(argument)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # One process imports everything and forks for each step: importing takes longer than all steps together.
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=ROOT, env=environment
    ) as parent:
        assert parent.stdin is not None and parent.stdout is not None
        for step in range(1, 200):
            before()
            parent.stdin.write(f"{step}\n")
            ended = parent.stdout.readline().strip()
            assert ended in ("0", str(-signal.SIGKILL)), f"step {step} ended with {ended!r}"
            yield step
            if ended == "0":
                assert step > 2, "the function did nothing below the folder"
                parent.stdin.close()
                return
    raise AssertionError("the function never came through")


def _fork_for_each_step(file: str, name: str, folder: str, argument: str) -> None:
    spec = importlib.util.spec_from_file_location("functions_to_kill", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _run_until(int(line), folder, lambda: getattr(module, name)(argument))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


def _run_until(step: int, folder: str, function: Callable[[], None]) -> NoReturn:
    left = step

    def kill_when_it_is_time(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        # shutil.rmtree names the files within a folder relative to the open folder, its second argument.
        within = event in ("os.remove", "os.rmdir") and arguments[1] != -1
        if event in STEPS and (within or str(arguments[0]).startswith(folder)):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(kill_when_it_is_time)
    status = 1
    try:
        function()
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    _fork_for_each_step(*sys.argv[1:])

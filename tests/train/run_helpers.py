"""Small runs on drawn faces, in processes of their own."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from emotion_core.data.demo import make_demo_set
from emotion_core.train.config import FitConfig
from emotion_core.train.jobs import resume_run
from emotion_core.train.runs import ENDED, FINISHED, INTERRUPTED, QUEUED, RUNNING, Run, RunConfig, list_runs

FIT = FitConfig(arch="mini_xception", epochs=4, batch_size=16, learning_rate=3e-3)
WAIT_S = 500.0  # other tests run at the same time; only a failing one waits this long


def drawn_faces(folder: Path, per_class: int = 12) -> Path:
    """Draw a data set of faces."""
    make_demo_set(folder, per_class=per_class)
    return folder


def config(name: str, data: Path, fit: FitConfig = FIT, **changes: object) -> RunConfig:
    return RunConfig(name=name, data=str(data), fit=fit, **changes)  # type: ignore[arg-type]


def wait_until(run: Run, *states: str) -> str:
    """Wait until the run is in one of ``states``, by default any in which no process works on it; return which."""
    wanted = set(states) or {*ENDED, INTERRUPTED}
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        state = run.progress().state
        if state in wanted:
            return state
        if state in ENDED:
            break
        time.sleep(0.1)
    raise AssertionError(f"{run.name} is {run.progress()}, expected {wanted}:\n{run.log_tail(40)}")


def wait_for_epochs(run: Run, count: int) -> None:
    end = time.monotonic() + WAIT_S
    while len(run.history()) < count:
        assert time.monotonic() < end, f"{run.progress()}\n{run.log_tail(40)}"
        time.sleep(0.05)


def kill_and_resume(run: Run, models: Path) -> int:
    """Kill the run after two epochs, resume it, and wait until it has finished; return the epochs before the kill."""
    wait_for_epochs(run, 2)
    os.kill(run.progress().pid or 0, signal.SIGKILL)
    assert wait_until(run) == INTERRUPTED
    done = len(run.history())
    resume_run(run, models)
    assert wait_until(run) == FINISHED, run.log_tail(40)
    return done


def end_fits(runs_dir: Path) -> None:
    """End the fits that a failed or interrupted test left at work: their processes outlive whoever started them."""
    for run in list_runs(runs_dir):
        progress = run.progress()
        if progress.state in (QUEUED, RUNNING) and progress.pid:
            with suppress(ProcessLookupError):
                os.kill(progress.pid, signal.SIGKILL)

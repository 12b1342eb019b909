"""Starting, stopping and going on with fits, each in a process of its own that outlives whoever started it.

One fit computes at a time. A process that is not first in line waits; the order is that of queueing, and no process has
to live for the line to move on.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from emotion_core.errors import RunError
from emotion_core.optional import conversion_fault, require, training_fault
from emotion_core.settings import Settings
from emotion_core.train.runs import (
    ENDED,
    FAILED,
    INTERRUPTED,
    QUEUED,
    RUNNING,
    STOPPED,
    Progress,
    Run,
    RunConfig,
    list_runs,
)

POLL_S = 0.5
ROOT = Path(__file__).resolve().parents[2]


def start_run(runs_dir: Path, config: RunConfig) -> Run:
    """Queue a new fit and start its process.

    Raises:
        RunError: the name is taken, or the folder cannot be written.
        MissingPackageError: Keras or its backend is not installed.
    """
    require(training_fault())
    if (Settings.from_environment().models_dir / config.name).exists():
        raise RunError(f"There is a model {config.name!r} already, and this run's would have its name. Choose another.")
    run = Run.create(runs_dir, config)
    _spawn(run)
    return run


def resume_run(run: Run) -> None:
    """Go on with a run that was interrupted, stopped or failed, from its last checkpoint.

    One that ended after its last epoch, before its model was among the models, only exports and measures it.

    Raises:
        RunError: it is still at work, or it is finished.
        MissingPackageError: what the rest of it needs is not installed.
    """
    state = run.progress().state
    if state in (QUEUED, RUNNING):
        raise RunError(f"The run {run.name!r} is {state} already.")
    if not can_resume(run):
        raise RunError(f"The run {run.name!r} is {state}, after {len(run.history())} epochs. Nothing is left to do.")
    require(resume_fault(run))
    run.path("stop").unlink(missing_ok=True)
    run.write(Progress(QUEUED, time.time(), epoch=len(run.history())))
    _spawn(run)


def can_resume(run: Run) -> bool:
    """Whether there is something to go on with: an end before the last epoch, or before the model was published."""
    state = run.progress().state
    return state in (INTERRUPTED, FAILED) or (state == STOPPED and len(run.history()) < run.config.fit.epochs)


def resume_fault(run: Run) -> str | None:
    """Why this run cannot go on here. After its last epoch only the export is left, which takes TensorFlow."""
    exports_only = len(run.history()) >= run.config.fit.epochs
    return training_fault() or (conversion_fault() if exports_only else None)


def stop_run(run: Run) -> None:
    """Ask a run to stop and keep the best so far; one whose process is gone just stays as it is.

    Raises:
        RunError: it has ended already.
    """
    state = run.progress().state
    if state in ENDED or state == INTERRUPTED:
        raise RunError(f"The run {run.name!r} is not at work: {state}.")
    run.ask_to_stop()


def wait_for_turn(run: Run, asked_to_stop: Callable[[], bool]) -> FileLock | None:
    """Wait until no other fit computes and no earlier one waits.

    Returns:
        the lock to hold while computing, or None if the run was asked to stop before its turn.
    """
    turn = FileLock(run.folder.parent / ".turn.lock", timeout=0)
    since = run.written().since
    while not asked_to_stop():
        earlier = [other for other in list_runs(run.folder.parent) if _waits_before(other, run, since)]
        if not earlier:
            try:
                turn.acquire()
                return turn
            except Timeout:
                pass
        time.sleep(POLL_S)
    return None


def _waits_before(other: Run, run: Run, since: float) -> bool:
    if other.name == run.name:
        return False
    progress = other.progress()
    return progress.state == QUEUED and (progress.since, other.name) < (since, run.name)


def fit_environment() -> dict[str, str]:
    """The environment of a fit's process; TensorFlow reads these variables when it loads."""
    return {
        "TF_ENABLE_ONEDNN_OPTS": "1",  # doubles a convolutional network's speed on a CPU
        "TF_DETERMINISTIC_OPS": "1",  # the same seed gives the same fit
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **os.environ,
    }


def _spawn(run: Run) -> None:
    try:
        with run.path("log.txt").open("ab") as log:
            subprocess.Popen(
                [sys.executable, "-m", "emotion_core.train.worker", str(run.folder.resolve())],
                cwd=ROOT,
                env=fit_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # it must outlive the server and its terminal
            )
    except OSError as error:
        run.write(replace(run.progress(), state=FAILED, error=f"The process cannot be started: {error.strerror}."))
        raise RunError(f"The process of the fit cannot be started: {error.strerror}.") from error

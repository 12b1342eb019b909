"""Start, stop and resume runs. Each is a process of its own, which outlives whoever started it.

One run computes at a time. The others wait in the order in which they were queued. Each looks for itself whether it is
first in line, so the line moves on whichever process dies.
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
from emotion_core.language import Message
from emotion_core.optional import conversion_fault, require, training_fault
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


def start_run(runs_dir: Path, config: RunConfig, models_dir: Path) -> Run:
    """Queue a new run and start its process.

    Args:
        models_dir: folder of the installed models, where the run takes its teachers from and publishes its model.

    Raises:
        RunError: the name is taken, or the folder cannot be written.
        MissingPackageError: Keras or its backend is not installed.
    """
    require(training_fault())
    if (models_dir / config.name).exists():
        raise RunError(
            "There is a model {name!r} already, and this run's would have its name. Choose another.", name=config.name
        )
    run = Run.create(runs_dir, config)
    _spawn(run, models_dir)
    return run


def resume_run(run: Run, models_dir: Path) -> None:
    """Resume a run that was interrupted, stopped or failed from its last checkpoint.

    If its last epoch is done and only its model is not published yet, it exports and measures the model.

    Args:
        models_dir: as in `start_run`.

    Raises:
        RunError: it is queued or running, or it is finished.
        MissingPackageError: what the rest of it needs is not installed.
    """
    state = run.progress().state
    if state in (QUEUED, RUNNING):
        raise RunError("The run {name!r} is already {state}.", name=run.name, state=Message(state))
    if not can_resume(run):
        raise RunError(
            "The run {name!r} is {state}, after {count} epochs. Nothing is left to do.",
            name=run.name,
            state=Message(state),
            count=len(run.history()),
        )
    require(resume_fault(run))
    run.path("stop").unlink(missing_ok=True)
    run.write(Progress(QUEUED, time.time(), epoch=len(run.history())))
    _spawn(run, models_dir)


def can_resume(run: Run) -> bool:
    """Whether something is left to do: the run ended before its last epoch, or before its model was published."""
    state = run.progress().state
    return state in (INTERRUPTED, FAILED) or (state == STOPPED and len(run.history()) < run.config.fit.epochs)


def resume_fault(run: Run) -> Message | None:
    """Return why this run cannot be resumed here, or None. After its last epoch only the export is left."""
    exports_only = len(run.history()) >= run.config.fit.epochs
    return training_fault() or (conversion_fault() if exports_only else None)


def stop_run(run: Run, *, discard: bool = False) -> None:
    """Ask a run to stop; what it keeps is said in `Run.ask_to_stop`.

    Raises:
        RunError: it has ended, or its process is gone.
    """
    state = run.progress().state
    if state in ENDED or state == INTERRUPTED:
        raise RunError("The run {name!r} is not at work: it is {state}.", name=run.name, state=Message(state))
    run.ask_to_stop(discard=discard)


def wait_for_turn(run: Run, asked_to_stop: Callable[[], bool]) -> FileLock | None:
    """Wait until no other run computes and none that was queued earlier waits.

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
    """Return the environment of a process that trains. TensorFlow reads these variables when it is loaded."""
    return {
        "TF_ENABLE_ONEDNN_OPTS": "1",  # article_cnn: 155 instead of 80 images/s on 2 cores
        "TF_DETERMINISTIC_OPS": "1",  # the same seed gives the same weights
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **os.environ,
    }


def _spawn(run: Run, models_dir: Path) -> None:
    # The worker reads its settings from the environment; its folders must be those of whoever starts it.
    environment = fit_environment() | {"EMOTION_MODELS_DIR": str(models_dir.resolve())}
    try:
        with run.path("log.txt").open("ab") as log:
            subprocess.Popen(
                [sys.executable, "-m", "emotion_core.train.worker", str(run.folder.resolve())],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # so that it survives the server and its terminal
            )
    except OSError as error:
        failed = RunError("The process of the run cannot be started: {reason}.", reason=error.strerror)
        run.write(replace(run.progress(), state=FAILED, error=failed.message))
        raise failed from error

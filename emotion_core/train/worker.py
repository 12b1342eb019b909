"""The process of a run: ``python -m emotion_core.train.worker RUN``. `jobs` starts it; `runs` says how far it is."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from emotion_core.errors import EmotionError
from emotion_core.language import Message
from emotion_core.optional import require, training_fault
from emotion_core.settings import Settings
from emotion_core.train.fit import fit, read_data
from emotion_core.train.jobs import wait_for_turn
from emotion_core.train.publish import publish
from emotion_core.train.runs import DISK_FULL, FAILED, FINISHED, QUEUED, RUNNING, STOPPED, Progress, Run

LOCK_S = 15.0  # after a resume, the former process may hold the lock for a moment; so does `Run.alive` of a page


def work(run: Run, models_dir: Path) -> None:
    """Wait for the run's turn, train, and publish the model into ``models_dir``. The state says how it ended."""
    lock = run.lock
    lock.acquire(timeout=LOCK_S)
    try:
        _log(f"{run.name} waits for its turn")
        run.write(Progress(QUEUED, run.written().since or time.time(), epoch=len(run.history()), pid=os.getpid()))
        turn = wait_for_turn(run, run.stop_asked)
        if turn is None:
            _end(run, STOPPED)
            return
        with turn:
            _train(run, models_dir)
    except EmotionError as error:
        _log(f"error: {error}")
        _end(run, FAILED, error.message)
    except BaseException as error:
        _end(run, FAILED, _reason(error))
        raise
    finally:
        lock.release()


def _reason(error: BaseException) -> Message:
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        return Message("The disk is full. Make room, then resume the run.")
    return Message("It ended unexpectedly ({error}). Its log says more.", error=type(error).__name__)


def _train(run: Run, models_dir: Path) -> None:
    run.write(replace(run.written(), state=RUNNING))
    require(training_fault())
    _log(f"Reading {run.config.data}")
    dataset, train, validation = read_data(run.config)
    if dataset.problems:
        first = dataset.problems[0]
        _log(f"{len(dataset.problems)} files or rows are left out; the first, {first.name}: {first.reason}")
    _log(f"{len(train)} images to train on, {len(validation)} to validate on")
    fit(train, validation, run, models_dir)
    if run.stop_asked():
        reached = run.written()
        _log(f"Stopped in epoch {reached.epoch + 1}, after step {reached.step} of {reached.steps}")
    if run.best() is None:
        _log("Its first epoch was not done, so there is no model")
        _end(run, STOPPED)
        return
    _log("Exporting and measuring the model")
    entry = publish(run, models_dir, dataset, train, validation)
    _log(f"{entry.name} is among the models")
    _end(run, STOPPED if run.stop_asked() else FINISHED)


def _end(run: Run, state: str, error: Message | None = None) -> None:
    run.write(replace(run.written(), state=state, error=error, epoch=len(run.history()), step=0, seconds_left=None))
    _log(state)


def _log(text: str) -> None:
    with suppress(OSError):  # on a full disk there is no room for a log
        sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    work(Run(Path(sys.argv[1])), Settings.from_environment().models_dir)

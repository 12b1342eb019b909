"""The process of one fit: ``python -m emotion_core.train.worker RUN``, started by `jobs`, read through `runs`."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from emotion_core.data.dataset import Dataset, LabelledFaces
from emotion_core.errors import EmotionError
from emotion_core.optional import require, training_fault
from emotion_core.settings import Settings
from emotion_core.train.fit import fit, read_data
from emotion_core.train.jobs import wait_for_turn
from emotion_core.train.publish import publish
from emotion_core.train.runs import FAILED, FINISHED, FULL, QUEUED, RUNNING, STOPPED, Progress, Run

LOCK_S = 15.0


def work(run: Run) -> None:
    """Wait for the turn, fit, publish; whatever happens, the state says how it ended."""
    lock = run.lock
    lock.acquire(timeout=LOCK_S)
    try:
        _say(f"{run.name} waits for its turn")
        run.write(Progress(QUEUED, run.written().since or time.time(), epoch=len(run.history()), pid=os.getpid()))
        turn = wait_for_turn(run, run.stop_asked)
        if turn is None:
            _end(run, STOPPED)
            return
        with turn:
            _compute(run)
    except EmotionError as error:
        _say(f"error: {error}")
        _end(run, FAILED, str(error))
    except BaseException as error:
        _end(run, FAILED, _reason(error))
        raise
    finally:
        lock.release()


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno in FULL:
        return "The disk is full. Make room, then resume the run."
    return f"It ended unexpectedly ({type(error).__name__}). Its log says more."


def _compute(run: Run) -> None:
    run.write(replace(run.written(), state=RUNNING))
    require(training_fault())
    _say(f"Reading {run.config.data}")
    dataset, train, validation = read_data(run.config)
    if dataset.problems:
        first = dataset.problems[0]
        _say(f"{len(dataset.problems)} files or rows are left out; the first, {first.name}: {first.reason}")
    _say(f"{len(train)} images to train on, {len(validation)} to validate on")
    fit(train, validation, run)
    if run.best() is None:
        _end(run, STOPPED, "It was stopped before its first epoch was done, so there is no model.")
        return
    _publish(run, dataset, train, validation)
    _end(run, STOPPED if run.stop_asked() else FINISHED)


def _publish(run: Run, dataset: Dataset, train: LabelledFaces, validation: LabelledFaces) -> None:
    _say("Exporting and measuring the model")
    entry = publish(run, Settings.from_environment().models_dir, dataset, train, validation)
    _say(f"{entry.name} is among the models")


def _end(run: Run, state: str, error: str | None = None) -> None:
    run.write(replace(run.written(), state=state, error=error, epoch=len(run.history()), step=0, seconds_left=None))
    _say(state)


def _say(text: str) -> None:
    with suppress(OSError):  # a full disk takes no log
        sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    work(Run(Path(sys.argv[1])))

"""The folder of a run: what is written is read again, and what is broken is reported."""

from __future__ import annotations

import errno
import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from emotion_core.errors import RunError, SettingsError
from emotion_core.language import Message
from emotion_core.train.config import FitConfig
from emotion_core.train.runs import FAILED, FINISHED, INTERRUPTED, QUEUED, RUNNING, Progress, Run, RunConfig, list_runs

CONFIG = RunConfig("one", "faces", FitConfig(epochs=3))
ROW = {
    "epoch": 1.0,
    "loss": 1.5,
    "accuracy": 0.4,
    "val_loss": 1.6,
    "val_accuracy": 0.35,
    "learning_rate": 1e-3,
    "seconds": 2.0,
}


def test_configuration_and_history_survive_the_disk(tmp_path: Path) -> None:
    run = Run.create(tmp_path, CONFIG)
    run.write_history([ROW])
    again = Run(tmp_path / "one")
    assert again.config == CONFIG
    assert again.history() == [ROW]


@pytest.mark.parametrize(
    ("state", "seen"), [(RUNNING, INTERRUPTED), (QUEUED, INTERRUPTED), (FINISHED, FINISHED), (FAILED, FAILED)]
)
def test_only_a_live_process_is_believed_to_be_at_work(state: str, seen: str, tmp_path: Path) -> None:
    run = Run.create(tmp_path, CONFIG)
    run.write(Progress(state, since=time.time() - 3600))
    assert run.progress().state == seen


def test_a_held_lock_means_alive_and_a_fresh_queue_is_given_time(tmp_path: Path) -> None:
    run = Run.create(tmp_path, CONFIG)
    assert run.progress().state == QUEUED
    run.write(Progress(RUNNING, since=1.0))
    other = Run(run.folder)
    with run.lock:
        assert other.alive()
    assert not other.alive()


def test_a_run_that_ends_while_it_is_looked_at_is_not_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run.create(tmp_path, CONFIG)
    run.write(Progress(RUNNING, since=1.0))

    def ended(self: Run) -> bool:
        self.write(Progress(FINISHED, since=1.0))
        return False

    monkeypatch.setattr(Run, "alive", ended)
    assert run.progress().state == FINISHED


def test_runs_are_listed_newest_first_and_broken_ones_left_out(tmp_path: Path) -> None:
    for number, name in enumerate(("old", "new")):
        Run.create(tmp_path, replace(CONFIG, name=name)).write(Progress(FINISHED, since=float(number)))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{")
    assert [run.name for run in list_runs(tmp_path)] == ["new", "old"]
    with pytest.raises(RunError, match=r"run\.json cannot be read"):
        Run(tmp_path / "broken")
    with pytest.raises(RunError, match="There is no run"):
        Run(tmp_path / "nothing")


@pytest.mark.parametrize(
    "change",
    [{"name": "../x"}, {"name": "A"}, {"validation": "luck"}, {"keep": "worst"}, {"export": "int4"}, {"patience": -1}],
)
def test_a_bad_option_is_refused(change: dict) -> None:
    with pytest.raises(SettingsError, match="Received"):
        replace(CONFIG, **change)


@pytest.mark.parametrize(
    ("key", "value"), [("keep", "worst"), ("optimizer", "magic")], ids=["of the run", "of the fit"]
)
def test_a_run_whose_file_holds_a_bad_option_is_unreadable_and_not_listed(key: str, value: str, tmp_path: Path) -> None:
    run = Run.create(tmp_path, CONFIG)
    facts = json.loads(run.path("run.json").read_text())
    (facts if key in facts else facts["fit"])[key] = value
    run.path("run.json").write_text(json.dumps(facts))
    with pytest.raises(RunError, match=f"run.json cannot be read: Expected {key}"):
        Run(run.folder)
    assert list_runs(tmp_path) == []


def test_a_full_disk_still_takes_the_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run.create(tmp_path, CONFIG)
    monkeypatch.setattr(Path, "write_bytes", no_room)
    run.write(Progress(FAILED, since=2.0, error=Message("The disk is full.")))
    assert run.progress() == Progress(FAILED, since=2.0, error=Message("The disk is full."))
    run.write(Progress(FAILED, since=2.0))  # shorter than what stood there
    assert run.progress() == Progress(FAILED, since=2.0)


def test_a_run_that_cannot_be_written_leaves_its_name_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch, pytest.raises(RunError, match="No space left"):
        patch.setattr(Path, "write_bytes", no_room)
        Run.create(tmp_path, CONFIG)
    Run.create(tmp_path, CONFIG)


def no_room(path: Path, data: bytes) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_unreadable_state_and_history_count_as_none(tmp_path: Path) -> None:
    run = Run.create(tmp_path, CONFIG)
    run.path("state.json").write_text("{")
    run.path("history.csv").write_text("epoch,loss\n1,nonsense\n")
    assert run.history() == []
    assert run.progress().state == INTERRUPTED

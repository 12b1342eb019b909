"""Runs as processes: they finish, stop, queue, can be killed and resumed, and say what is missing when they fail."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion_core.errors import RunError
from emotion_core.models.registry import ModelRegistry
from emotion_core.train.jobs import resume_run, start_run, stop_run
from emotion_core.train.runs import FAILED, FINISHED, QUEUED, RUNNING, STOPPED, Run
from tests.data.sets import FER_COUNTS, table
from tests.model_files import write_fixed_model
from tests.train.run_helpers import FIT, config, drawn_faces, end_fits, kill_and_resume, wait_for_epochs, wait_until

pytestmark = pytest.mark.slow
NAMES = {
    "angry": "anger", "disgust": "disgust", "fear": "fear", "happy": "happiness", "neutral": "neutral",
    "sad": "sadness", "surprise": "surprise",
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = drawn_faces(tmp_path_factory.mktemp("data") / "faces")
    (folder / "train" / "happy" / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture(scope="module")
def runs_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("runs")
    yield folder
    end_fits(folder)


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of models of this test; the environment names another one, which nothing may touch."""
    monkeypatch.setenv("EMOTION_MODELS_DIR", str(tmp_path / "other models"))
    return tmp_path / "models"


@pytest.fixture(scope="module")
def through(data: Path, runs_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that nothing disturbed."""
    run = start_run(runs_dir, config("through", data), tmp_path_factory.mktemp("models"))
    assert wait_until(run) == FINISHED, run.log_tail(40)
    return run


def test_loss_and_accuracy_are_known_from_the_first_steps(through: Run) -> None:
    steps = through.steps()
    epochs = [step["epoch"] for step in steps]
    assert epochs[0] < 1, "before the first epoch is done"
    assert epochs == sorted(epochs)
    assert all(0 <= step["accuracy"] <= 1 and step["loss"] > 0 for step in steps)


def curve(run: Run) -> np.ndarray:
    return np.array([[row["loss"], row["accuracy"], row["val_loss"], row["val_accuracy"]] for row in run.history()])


def test_a_run_leaves_its_history_model_and_events(through: Run) -> None:
    assert [row["epoch"] for row in through.history()] == [1, 2, 3, 4]
    assert through.history()[-1]["loss"] < through.history()[0]["loss"]
    assert through.path("model.keras").is_file()
    assert list(through.path("tensorboard").glob("events*"))
    assert "1 files or rows are left out; the first, train/happy/notes.txt" in through.log_tail(100)
    best = max(through.history(), key=lambda row: row["val_accuracy"])
    assert through.best() == {"epoch": best["epoch"], "val_accuracy": pytest.approx(best["val_accuracy"])}


def test_killed_and_resumed_it_repeats_the_undisturbed_curve(
    data: Path, runs_dir: Path, through: Run, models: Path
) -> None:
    run = start_run(runs_dir, config("killed", data), models)
    assert 2 <= kill_and_resume(run, models) <= 4
    assert curve(run) == pytest.approx(curve(through), abs=2e-3)
    assert run.best()["epoch"] == through.best()["epoch"]  # type: ignore[index]


def test_the_model_is_published_with_a_card_that_evaluate_confirms(data: Path, runs_dir: Path, models: Path) -> None:
    from emotion_core.data.load import load_dataset
    from emotion_core.measure.accuracy import evaluate

    run = start_run(runs_dir, config("published", data, replace(FIT, epochs=2), title="My model"), models)
    assert wait_until(run) == FINISHED, run.log_tail(40)
    entry = ModelRegistry(models).entry("published")
    assert entry.error is None and entry.card is not None
    assert entry.title == "My model"
    assert set(entry.card.metrics) == {"test", "test, with its mirror image"}, "drawn faces are not PublicTest"
    test = load_dataset(data, size=entry.card.input.size_wh[0]).splits["test"]
    again = evaluate(ModelRegistry(models).load("published"), test, timed=1)
    assert entry.card.metrics["test"]["accuracy"] == pytest.approx(again.accuracy, abs=1e-4)
    assert entry.card.training["onnx_difference"] < 1e-4
    assert not models.with_name("other models").exists(), "the folder that was passed in counts, not the environment"


def test_a_network_of_8_bits_is_published_with_its_own_figures(data: Path, runs_dir: Path, models: Path) -> None:
    run = start_run(runs_dir, config("small", data, replace(FIT, arch="article_cnn", epochs=1), export="int8"), models)
    assert wait_until(run) == FINISHED, run.log_tail(40)
    entry = ModelRegistry(models).entry("small")
    assert entry.error is None and entry.card is not None and entry.folder is not None
    assert entry.card.training["export"] == "int8"
    assert entry.card.training["int8_agreement"] >= 0.8
    sizes = {name: (entry.folder / name).stat().st_size for name in ("model.onnx", "model.keras")}
    assert sizes["model.onnx"] < sizes["model.keras"] - 1_000_000


def test_a_stopped_run_keeps_its_best_epoch_and_can_be_resumed(data: Path, runs_dir: Path, models: Path) -> None:
    run = start_run(runs_dir, config("stopped", data, replace(FIT, epochs=200)), models)
    wait_for_epochs(run, 1)
    stop_run(run)
    assert wait_until(run) == STOPPED
    assert ModelRegistry(models).entry("stopped").error is None
    done = len(run.history())
    assert 1 <= done < 200
    with pytest.raises(RunError, match="not at work"):
        stop_run(run)
    resume_run(run, models)
    wait_for_epochs(run, done + 1)
    stop_run(run)
    assert wait_until(run) == STOPPED


@pytest.mark.parametrize("discard", [False, True], ids=["keep", "discard"])
def test_a_run_that_is_stopped_in_its_first_epoch_keeps_what_there_is_or_nothing(
    discard: bool, data: Path, runs_dir: Path, models: Path
) -> None:
    long, name = replace(FIT, arch="article_cnn", epochs=2, batch_size=2), "discarded" if discard else "early"
    run = start_run(runs_dir, config(name, data, long), models)
    end = time.monotonic() + 120
    while not run.progress().step:
        assert time.monotonic() < end, run.log_tail(40)
        time.sleep(0.05)
    stop_run(run, discard=discard)
    assert wait_until(run) == STOPPED, run.log_tail(40)
    assert run.progress().error is None, "a visitor who stops a run made no mistake"
    assert run.history() == [], "the epoch was not done"
    assert re.search(r"Stopped in epoch 1, after step [1-9]\d* of \d+", run.log_tail(40))
    assert (name in {entry.name for entry in ModelRegistry(models).entries()}) == (not discard)


def test_one_runs_and_the_next_waits_for_it(data: Path, runs_dir: Path, models: Path) -> None:
    first = start_run(runs_dir, config("first", data, replace(FIT, epochs=200)), models)
    wait_until(first, RUNNING)
    second = start_run(runs_dir, config("second", data, replace(FIT, epochs=1)), models)
    third = start_run(runs_dir, config("third", data, replace(FIT, epochs=1)), models)
    wait_for_epochs(first, 1)
    assert (second.progress().state, third.progress().state) == (QUEUED, QUEUED)
    with pytest.raises(RunError, match="already"):
        resume_run(second, models)
    stop_run(third)
    assert wait_until(third) == STOPPED
    assert third.history() == []
    stop_run(first)
    assert wait_until(second) == FINISHED, second.log_tail(40)


def test_a_full_disk_is_named_and_the_run_can_be_resumed_once_there_is_room(
    data: Path, runs_dir: Path, models: Path
) -> None:
    small = replace(FIT, arch="article_cnn", epochs=1)
    with limited_file_size(2_000_000):  # the checkpoint is larger, everything else smaller
        run = start_run(runs_dir, config("full", data, small), models)
        assert wait_until(run) == FAILED
    assert "disk is full" in str(run.progress().error)
    assert "resume" in str(run.progress().error)
    resume_run(run, models)
    assert wait_until(run) == FINISHED, run.log_tail(40)


class limited_file_size:
    """Let no file of this process's children grow beyond ``size`` bytes, as on a full disk."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __enter__(self) -> None:
        import resource

        self._before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._size, self._before[1]))

    def __exit__(self, *_: object) -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, self._before)


def test_a_data_folder_that_is_gone_is_named(runs_dir: Path, tmp_path: Path, models: Path) -> None:
    data = drawn_faces(tmp_path / "faces", per_class=2)
    shutil.rmtree(data)
    run = start_run(runs_dir, config("gone", data), models)
    assert wait_until(run) == FAILED
    assert "no such file or folder" in str(run.progress().error)
    assert "Traceback" not in run.log_tail(100)


def test_a_name_is_used_once(data: Path, runs_dir: Path, through: Run, models: Path) -> None:
    with pytest.raises(RunError, match="already"):
        start_run(runs_dir, config("through", data), models)
    with pytest.raises(RunError, match="Nothing is left to do"):
        resume_run(through, models)


def test_the_name_of_another_model_is_refused_before_hours_of_work(data: Path, runs_dir: Path, models: Path) -> None:
    write_fixed_model(models / "taken", "happy")
    with pytest.raises(RunError, match="model 'taken' already"):
        start_run(runs_dir, config("taken", data), models)
    assert not (runs_dir / "taken").exists()


def test_a_model_that_could_not_be_published_is_published_by_resuming(
    data: Path, runs_dir: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.write_text("in the way")
    run = start_run(runs_dir, config("late", data, replace(FIT, epochs=1)), models)
    assert wait_until(run) == FAILED
    assert len(run.history()) == 1
    models.unlink()
    resume_run(run, models)
    assert wait_until(run) == FINISHED, run.log_tail(40)
    assert ModelRegistry(models).entry("late").error is None
    assert len(run.history()) == 1


def test_a_killed_run_resumes_at_the_rate_of_its_plateau(data: Path, runs_dir: Path, models: Path) -> None:
    # With a learning rate at which nothing improves, every epoch is a plateau.
    fit = replace(FIT, epochs=4, schedule="plateau", plateau_epochs=1, plateau_factor=0.5, learning_rate=1e-8)
    run = start_run(runs_dir, config("plateau", data, fit), models)
    kill_and_resume(run, models)
    losses = [row["val_loss"] for row in run.history()]
    rates = [row["learning_rate"] for row in run.history()]
    assert rates == pytest.approx([fit.learning_rate_at(epoch, losses[:epoch]) for epoch in range(4)])
    assert rates[-1] < rates[0]


@pytest.fixture(scope="module")
def voted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn faces beside a table of votes, in which three people of ten see another expression than the label."""
    folder = drawn_faces(tmp_path_factory.mktemp("voted") / "faces")
    rows = []
    for path in sorted(folder.rglob("*.png")):
        mine, other = NAMES[path.parent.name], NAMES["sad" if path.parent.name == "happy" else "happy"]
        counts = {mine: 7, other: 3}
        rows.append(["/".join(path.parts[-3:]), *(str(counts.get(name, 0)) for name in FER_COUNTS)])
    table(folder.parent / "ferplus_votes.csv", rows, ("path", *FER_COUNTS))
    return folder


def test_a_fit_on_votes_is_killed_goes_on_and_says_so_on_its_card(voted: Path, runs_dir: Path, models: Path) -> None:
    fit = replace(FIT, learn_from="votes", label_smoothing=0.0)
    through = start_run(runs_dir, config("votes-through", voted, fit), models)
    run = start_run(runs_dir, config("votes-killed", voted, fit), models)
    kill_and_resume(run, models)
    assert curve(run) == pytest.approx(curve(through), abs=2e-3)
    card = ModelRegistry(models).entry("votes-killed").card
    assert card is not None
    assert card.learned_from == "votes"
    assert card.vote_metrics["test"]["human_accuracy"] == pytest.approx(0.7)
    assert card.vote_metrics["test"]["accuracy"] == card.metrics["test"]["accuracy"], "the majority is the label"
    assert min(row["val_loss"] for row in run.history()) > 0.6, "the entropy of seven votes against three is .61"

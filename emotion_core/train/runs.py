"""The folder of a training run. Everything that is known about the run stands there; pages and commands read it.

    runs/NAME/
        run.json           what was asked for: data, protocol, settings (`RunConfig`)
        state.json         how far it is (`Progress`); replaced as a whole, never written in place
        history.csv        one row for each finished epoch
        log.txt            what its process printed
        checkpoint-N…      weights and optimizer after N epochs; only the newest is kept
        best.weights.h5    weights of the best epoch so far; best.json says which epoch that is
        targets.npy        softened labels, where the run has teachers
        model.keras        the trained network, once the last epoch is done
        tensorboard/       event files
        alive.lock         locked by the run's process for as long as it lives
        stop               if this file is there, the process stops after the current batch

A process that has died holds no lock, however it died. So a run whose state is "running" and whose lock is free was
interrupted and can be resumed.
"""

from __future__ import annotations

import csv
import errno
import json
import re
import time
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from emotion_core.errors import RunError, SettingsError
from emotion_core.files.atomic import new_folder, replaced_file
from emotion_core.language import Message, mark
from emotion_core.train.config import FitConfig, one_of

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
QUEUED, RUNNING = mark("queued"), mark("running")
FINISHED, STOPPED, FAILED, INTERRUPTED = mark("finished"), mark("stopped"), mark("failed"), mark("interrupted")
ENDED = frozenset({FINISHED, STOPPED, FAILED})
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # errors of a write for which there is no room
# After this time, a queued run whose lock is free counts as interrupted. Starting takes seconds on a busy machine.
START_S = 20.0
HISTORY = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
STEPS = ("epoch", "loss", "accuracy")
VALIDATIONS = ("test", "validation", "holdout")
KEEPS = ("best", "last")
EXPORTS = ("float32", "int8")
_DISCARD = "discard"


@dataclass(frozen=True)
class RunConfig:
    """What was asked for when a run was started.

    name: of the run and of the model that it leaves.
    data: path of the data set, see `load_dataset`.
    title: what pages call the model; its name where this is empty.
    validation: ``test`` (the test split, PublicTest in FER-2013), ``validation`` (the split of that name) or
        ``holdout`` (a tenth of each class of train).
    keep: ``best`` epoch by validation accuracy, or the ``last`` one.
    export: precision of the exported network, ``float32`` or ``int8`` (see `quantize`); the Keras file is float32.
    patience: stop after this many epochs without a better one; 0 for never.
    without_flagged: do not train on what the audit flags: copies, conflicting labels, blank images.
    fer_plus: path of FER+ votes for the data; if empty, a table beside the data is used.

    Raises:
        SettingsError: a value is out of its range.
    """

    name: str
    data: str
    fit: FitConfig = field(default_factory=FitConfig)
    title: str = ""
    validation: str = "test"
    keep: str = "best"
    export: str = "float32"
    patience: int = 0
    without_flagged: bool = False
    fer_plus: str = ""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise SettingsError(
                "Expected a name of lowercase letters, digits, - and _. Received: {name!r}", name=self.name
            )
        one_of("validation", self.validation, VALIDATIONS)
        one_of("keep", self.keep, KEEPS)
        one_of("export", self.export, EXPORTS)
        if self.patience < 0:
            raise SettingsError("Expected patience of at least 0. Received: {patience}", patience=self.patience)

    @classmethod
    def from_json(cls, text: str) -> RunConfig:
        """Return the configuration that `to_json` wrote.

        Raises:
            RunError: it is not one.
        """
        try:
            data = json.loads(text)
            return cls(**{**data, "fit": FitConfig(**data["fit"])})
        except (json.JSONDecodeError, KeyError, TypeError, SettingsError) as error:
            raise RunError(
                "run.json cannot be read: {error}. Start the run again under another name.", error=error
            ) from error

    def to_json(self) -> str:
        """Return the configuration as indented JSON."""
        return json.dumps(asdict(self), indent=2) + "\n"


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    state: one of the constants `QUEUED` … `INTERRUPTED`.
    since: when it was queued, as `time.time` gives it.
    epoch: finished epochs.
    step, steps: finished batches of the current epoch, and all of them.
    seconds_left: at the present speed; None while that is not known.
    error: why it failed.
    pid: number of its process, for people to read; `Run.alive` says whether it lives.
    """

    state: str = QUEUED
    since: float = 0.0
    epoch: int = 0
    step: int = 0
    steps: int = 0
    images_per_s: float | None = None
    seconds_left: float | None = None
    error: Message | None = None
    pid: int | None = None


class Run:
    """One run's folder, read and written.

    Raises:
        RunError: there is no such run, or its configuration is unreadable.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.name = self.folder.name
        try:
            text = (self.folder / "run.json").read_text(encoding="utf-8")
        except OSError as error:
            raise RunError("There is no run {name!r}. See `runs list`.", name=self.name) from error
        self.config = RunConfig.from_json(text)

    @classmethod
    def create(cls, runs_dir: Path, config: RunConfig) -> Run:
        """Make the folder of a new, queued run.

        Raises:
            RunError: there is one of this name, or the folder cannot be written.
        """
        folder = Path(runs_dir) / config.name
        try:
            with new_folder(folder) as staged:
                (staged / "run.json").write_text(config.to_json(), encoding="utf-8")
                cls(staged).write(Progress(QUEUED, time.time()))
        except FileExistsError as error:
            raise RunError("There is a run {name!r} already. Choose another name.", name=config.name) from error
        except OSError as error:
            raise RunError(
                "The folder {folder} cannot be written: {reason}.", folder=folder, reason=error.strerror
            ) from error
        return cls(folder)

    def path(self, name: str) -> Path:
        """Return the path of a file in the run's folder."""
        return self.folder / name

    @property
    def lock(self) -> FileLock:
        """The lock that the run's process holds for as long as it lives."""
        return FileLock(self.path("alive.lock"), timeout=0)

    def alive(self) -> bool:
        """Whether the run's process lives. Must not be called in that process: leaving the lock would release it."""
        try:
            with self.lock:
                return False
        except Timeout:
            return True

    def written(self) -> Progress:
        """Return the last progress that the run's process wrote, whether it still lives or not."""
        try:
            data = json.loads(self.path("state.json").read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError):
            data = {}
        known = {f.name for f in fields(Progress)}
        if data.get("error"):
            data["error"] = Message.from_dict(data["error"])
        return Progress(**{key: value for key, value in data.items() if key in known})

    def progress(self) -> Progress:
        """Return the run's progress, for other processes than its own: if that is gone, the state is "interrupted"."""
        progress = self.written()
        if _needs_no_process(progress) or self.alive():
            return progress
        progress = self.written()  # again: it may have ended after the first look
        return progress if _needs_no_process(progress) else replace(progress, state=INTERRUPTED)

    def write(self, progress: Progress) -> None:
        """Replace the progress.

        Raises:
            OSError: it cannot be written, not even in place.
        """
        state = self.path("state.json")
        error = progress.error and progress.error.to_dict()
        data = json.dumps({**asdict(progress), "error": error}).encode()
        try:
            # Not durable: it is written twice a second, and after a power cut the run is interrupted anyway.
            with replaced_file(state, durable=False) as part:
                part.write_bytes(data)
        except OSError as error:
            if error.errno not in DISK_FULL or not state.exists():
                raise
            # A full disk has no room for a new file, but the old one's bytes can be overwritten.
            with state.open("r+b") as file:
                file.write(data)
                file.truncate()

    def history(self) -> list[dict[str, float]]:
        """Return one row for each finished epoch, with the columns `HISTORY`; epochs count from 1."""
        try:
            with self.path("history.csv").open(newline="", encoding="utf-8") as file:
                return [{key: float(row[key]) for key in HISTORY} for row in csv.DictReader(file)]
        except (OSError, KeyError, TypeError, ValueError):
            return []

    def write_history(self, rows: list[dict[str, float]]) -> None:
        """Replace the history."""
        with (
            replaced_file(self.path("history.csv")) as part,
            part.open("w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.DictWriter(file, HISTORY)
            writer.writeheader()
            writer.writerows(rows)

    def steps(self) -> list[dict[str, float]]:
        """Return training loss and accuracy on the way, with the columns `STEPS`.

        ``epoch`` counts finished epochs and the share of the current one; the other two are means since that began.
        """
        try:
            text = self.path("steps.csv").read_text(encoding="utf-8")
        except OSError:
            return []
        lines = text[: text.rfind("\n") + 1].splitlines()  # the process may just be writing the last one
        return [dict(zip(STEPS, map(float, line.split(",")), strict=True)) for line in lines]

    def write_steps(self, rows: list[dict[str, float]]) -> None:
        """Replace the steps."""
        with replaced_file(self.path("steps.csv"), durable=False) as part:
            part.write_text("".join(_line(row) for row in rows), encoding="utf-8")

    def add_step(self, epoch: float, loss: float, accuracy: float) -> None:
        """Append to the steps."""
        with self.path("steps.csv").open("a", encoding="utf-8") as file:
            file.write(_line({"epoch": epoch, "loss": loss, "accuracy": accuracy}))

    def checkpoint(self) -> tuple[int, Path] | None:
        """Return the newest checkpoint: how many epochs were finished, and its file."""
        found = sorted(self.folder.glob("checkpoint-*.weights.h5"))
        return (int(found[-1].name.split("-")[1].split(".")[0]), found[-1]) if found else None

    def best(self) -> dict[str, Any] | None:
        """Return the best epoch so far: ``epoch`` (from 1) and ``val_accuracy``; None before the first."""
        try:
            return dict(json.loads(self.path("best.json").read_text(encoding="utf-8")))
        except (OSError, json.JSONDecodeError):
            return None

    def log_tail(self, lines: int = 20) -> str:
        """Return the last lines that the process printed."""
        try:
            text = self.path("log.txt").read_bytes()[-20_000:].decode("utf-8", "replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def ask_to_stop(self, *, discard: bool = False) -> None:
        """Ask the process to stop after its current batch.

        The best epoch so far is kept. In the first epoch that is what there is, or nothing with ``discard``.
        """
        self.path("stop").write_text(_DISCARD if discard else "", encoding="utf-8")

    def stop_asked(self) -> bool:
        """Whether the run was asked to stop."""
        return self.path("stop").exists()

    def keeps_part(self) -> bool:
        """Whether the run was asked to stop in its first epoch and to keep what there is."""
        if not self.stop_asked() or self.best() is not None:
            return False
        return self.path("stop").read_text(encoding="utf-8") != _DISCARD


def _line(step: dict[str, float]) -> str:
    return ",".join(f"{step[key]:.5g}" for key in STEPS) + "\n"


def _needs_no_process(progress: Progress) -> bool:
    """Whether it has ended, or was queued so recently that its process may not have started yet."""
    return progress.state in ENDED or (progress.state == QUEUED and time.time() - progress.since < START_S)


def list_runs(runs_dir: Path) -> list[Run]:
    """Return all readable runs, the newest first."""
    folders = [path.parent for path in Path(runs_dir).glob("*/run.json")]
    runs = []
    for folder in folders:
        try:
            runs.append(Run(folder))
        except RunError:
            continue
    return sorted(runs, key=lambda run: run.written().since, reverse=True)

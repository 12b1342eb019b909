"""The folder of one fit: all that is known of it, so that pages and commands only read.

    runs/NAME/
        run.json           what was asked for: data, protocol, settings (`RunConfig`)
        state.json         where it is (`Progress`); replaced as a whole, never written in place
        history.csv        one row for each finished epoch
        log.txt            what the process printed
        checkpoint-N…      weights and optimiser after N epochs; only the newest stays
        best.weights.h5    the weights of the best epoch so far, and best.json which one that is
        model.keras, model.onnx, card.json      once it is done
        tensorboard/       event files
        alive.lock         held by the process for as long as it lives
        stop               present: stop after this batch

A process that died holds no lock any more, however it died; so a run that says "running" and is not alive was
interrupted and can go on.
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

from emotion_core.errors import RunError
from emotion_core.files.atomic import new_folder, replaced_file
from emotion_core.train.config import FitConfig

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
QUEUED, RUNNING = "queued", "running"
FINISHED, STOPPED, FAILED, INTERRUPTED = "finished", "stopped", "failed", "interrupted"
ENDED = frozenset({FINISHED, STOPPED, FAILED})
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # what a write says where there is no room
START_S = 20.0  # a process takes so long to start, at most, before its run counts as interrupted
HISTORY = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
VALIDATIONS = ("test", "validation", "holdout")
KEEPS = ("best", "last")
EXPORTS = ("float32", "int8")


@dataclass(frozen=True)
class RunConfig:
    """What was asked for.

    data: path of the data set, see `load_dataset`.
    fer_plus: path of FER+ votes for it; empty for its own labels.
    validation: ``test`` (the test folder, PublicTest in FER-2013), ``validation`` (the folder of that name) or
        ``holdout`` (a stratified part of train).
    keep: ``best`` epoch by validation accuracy, or the ``last`` one.
    export: what the exported network computes in, ``float32`` or ``int8`` (see `quantize`); the Keras file is float32.
    patience: stop after so many epochs without a better one; 0 never.
    without_flagged: leave out what the audit flags (copies, conflicting labels, blank images).

    Raises:
        RunError: a value is out of its range.
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
            raise RunError(f"Expected a name of lower-case letters, digits, - and _. Received: {self.name!r}")
        for key, allowed in (("validation", VALIDATIONS), ("keep", KEEPS), ("export", EXPORTS)):
            if getattr(self, key) not in allowed:
                raise RunError(f"Expected {key} to be one of {', '.join(allowed)}. Received: {getattr(self, key)!r}")
        if self.patience < 0:
            raise RunError(f"Expected patience of at least 0. Received: {self.patience}")

    @classmethod
    def from_json(cls, text: str) -> RunConfig:
        """The configuration that `to_json` wrote.

        Raises:
            RunError: it is not one.
        """
        try:
            data = json.loads(text)
            return cls(**{**data, "fit": FitConfig(**data["fit"])})
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise RunError(f"run.json cannot be read: {error}. Start the fit again under another name.") from error

    def to_json(self) -> str:
        """Indented JSON."""
        return json.dumps(asdict(self), indent=2) + "\n"


@dataclass(frozen=True)
class Progress:
    """Where a run is.

    epoch: finished epochs. step, steps: batches of the current epoch.
    seconds_left: at the present speed; None while that is not known.
    pid: of the process, for people; `Run.alive` tells whether it lives.
    """

    state: str = QUEUED
    since: float = 0.0  # seconds since the epoch of the clock: when it was queued
    epoch: int = 0
    step: int = 0
    steps: int = 0
    images_per_s: float | None = None
    seconds_left: float | None = None
    error: str | None = None
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
            raise RunError(f"There is no run {self.name!r}. See `runs list`.") from error
        self.config = RunConfig.from_json(text)

    @classmethod
    def create(cls, runs_dir: Path, config: RunConfig) -> Run:
        """A new, queued run.

        Raises:
            RunError: there is one of this name, or the folder cannot be written.
        """
        folder = Path(runs_dir) / config.name
        try:
            with new_folder(folder) as staged:
                (staged / "run.json").write_text(config.to_json(), encoding="utf-8")
                cls(staged).write(Progress(QUEUED, time.time()))
        except FileExistsError as error:
            raise RunError(f"There is a run {config.name!r} already. Choose another name.") from error
        except OSError as error:
            raise RunError(f"The folder {folder} cannot be written: {error.strerror}.") from error
        return cls(folder)

    def path(self, name: str) -> Path:
        """A file of the run."""
        return self.folder / name

    @property
    def lock(self) -> FileLock:
        """Held by the run's process for as long as it lives."""
        return FileLock(self.path("alive.lock"), timeout=0)

    def alive(self) -> bool:
        """Whether the run's process lives. Not for that process itself: trying its own lock would give it up."""
        try:
            with self.lock:
                return False
        except Timeout:
            return True

    def written(self) -> Progress:
        """Where the run's process said that it is, whether it lives or not."""
        try:
            data = json.loads(self.path("state.json").read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError):
            data = {}
        known = {f.name for f in fields(Progress)}
        return Progress(**{key: value for key, value in data.items() if key in known})

    def progress(self) -> Progress:
        """Where the run is, for others than its own process; one whose process is gone is "interrupted"."""
        progress = self.written()
        if _needs_no_process(progress) or self.alive():
            return progress
        progress = self.written()  # again: it may have ended after the first look
        return progress if _needs_no_process(progress) else replace(progress, state=INTERRUPTED)

    def write(self, progress: Progress) -> None:
        """Replace the state.

        Raises:
            OSError: it cannot be written, not even in place.
        """
        state = self.path("state.json")
        data = json.dumps(asdict(progress)).encode()
        try:
            # Not durable: it is written twice a second, and after a power cut the run is interrupted anyway.
            with replaced_file(state, durable=False) as part:
                part.write_bytes(data)
        except OSError as error:
            if error.errno not in FULL or not state.exists():
                raise
            with state.open("r+b") as file:  # a full disk has no room for a new file, but for the bytes of an old one
                file.write(data)
                file.truncate()

    def history(self) -> list[dict[str, float]]:
        """One row for each finished epoch, columns `HISTORY`; epochs count from 1."""
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

    def checkpoint(self) -> tuple[int, Path] | None:
        """The newest checkpoint: epochs behind it, and its file."""
        found = sorted(self.folder.glob("checkpoint-*.weights.h5"))
        return (int(found[-1].name.split("-")[1].split(".")[0]), found[-1]) if found else None

    def best(self) -> dict[str, Any] | None:
        """The best epoch so far: ``epoch`` (from 1) and ``val_accuracy``."""
        try:
            return dict(json.loads(self.path("best.json").read_text(encoding="utf-8")))
        except (OSError, json.JSONDecodeError):
            return None

    def log_tail(self, lines: int = 20) -> str:
        """The end of what the process printed."""
        try:
            text = self.path("log.txt").read_bytes()[-20_000:].decode("utf-8", "replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def ask_to_stop(self) -> None:
        """Ask the process to stop after its current batch; the best so far is kept."""
        self.path("stop").touch()

    def stop_asked(self) -> bool:
        """Whether it was asked to stop."""
        return self.path("stop").exists()


def _needs_no_process(progress: Progress) -> bool:
    """Whether it has ended, or was queued so recently that its process may not have started yet."""
    return progress.state in ENDED or (progress.state == QUEUED and time.time() - progress.since < START_S)


def list_runs(runs_dir: Path) -> list[Run]:
    """All readable runs, the newest first."""
    folders = [path.parent for path in Path(runs_dir).glob("*/run.json")]
    runs = []
    for folder in folders:
        try:
            runs.append(Run(folder))
        except RunError:
            continue
    return sorted(runs, key=lambda run: run.written().since, reverse=True)

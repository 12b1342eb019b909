"""What a fit does besides computing: progress, history, checkpoints, the best epoch, stopping, event files."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion_core.errors import RunError
from emotion_core.files.atomic import replaced_file
from emotion_core.train.runs import FULL, HISTORY, RUNNING, Run

if TYPE_CHECKING:
    import keras

REPORT_S = 0.5


def run_callbacks(run: Run, images_per_epoch: int, first_epoch: int) -> list[keras.callbacks.Callback]:
    """The callbacks of one run, in the order that they depend on each other."""
    import keras

    config = run.config
    callbacks = [
        keras.callbacks.LearningRateScheduler(lambda epoch, _: _rate(run, epoch)),
        _best(run),  # before the weights' average is swapped out again
    ]
    if config.fit.weight_average:
        callbacks.append(keras.callbacks.SwapEMAWeights())
    return [*callbacks, _events(run), _recorder(run, images_per_epoch, first_epoch)]


def _rate(run: Run, epoch: int) -> float:
    return run.config.fit.learning_rate_at(epoch, [row["val_loss"] for row in run.history()[:epoch]])


def reseed(model: keras.Model, seed: int, epoch: int) -> None:
    """Give every dropout a state that depends on the epoch alone, so that a fit that goes on repeats itself exactly."""
    for layer in model._flatten_layers():
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.state.assign([seed, epoch])


def saved(model: keras.Model, target: Path) -> None:
    """The model's weights and optimiser in ``target``, which is never half-written.

    Raises:
        RunError: they cannot be written.
    """
    try:
        with replaced_file(target) as part:
            model.save_weights(part)
    except OSError as error:
        reason = "The disk is full" if error.errno in FULL else f"It failed: {error.strerror or error}"
        raise RunError(f"The checkpoint cannot be written. {reason}. Make room, then resume the run.") from error


def _recorder(run: Run, images_per_epoch: int, first_epoch: int) -> keras.callbacks.Callback:
    import keras

    class Recorder(keras.callbacks.Callback):
        """Writes progress, history and checkpoints, and stops when asked to or when nothing gets better."""

        def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
            self._rows = run.history()[:first_epoch]
            run.write_history(self._rows)  # a row without its checkpoint is computed again
            self._told = 0.0

        def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            reseed(self.model, run.config.fit.seed, epoch)
            self._epoch, self._started = epoch, time.monotonic()

        def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
            if run.stop_asked():
                self.model.stop_training = True
            if time.monotonic() - self._told > REPORT_S:
                self._told = time.monotonic()
                self._tell(batch + 1)

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            if run.stop_asked():
                return  # the epoch may be cut short; going on computes it again
            facts = {**(logs or {}), "epoch": epoch + 1, "seconds": round(time.monotonic() - self._started, 2)}
            self._rows.append({key: float(facts.get(key, float("nan"))) for key in HISTORY})
            run.write_history(self._rows)
            saved(self.model, run.path(f"checkpoint-{epoch + 1:05d}.weights.h5"))
            for old in sorted(run.folder.glob("checkpoint-*.weights.h5"))[:-1]:
                old.unlink()
            best = run.best()
            if run.config.patience and best and epoch + 1 - best["epoch"] >= run.config.patience:
                self.model.stop_training = True

        def _tell(self, step: int) -> None:
            steps = int(self.params["steps"])
            seconds = time.monotonic() - self._started
            speed = step / seconds
            left = (steps - step) / speed + (run.config.fit.epochs - self._epoch - 1) * steps / speed
            run.write(
                replace(
                    run.written(),
                    state=RUNNING,
                    epoch=self._epoch,
                    step=step,
                    steps=steps,
                    images_per_s=round(speed * images_per_epoch / steps, 1),
                    seconds_left=round(left, 1),
                )
            )

    return Recorder()


def _best(run: Run) -> keras.callbacks.Callback:
    import keras

    class Best(keras.callbacks.Callback):
        """Keeps the weights of the epoch with the highest validation accuracy; of equals the first."""

        def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            self._epoch = epoch

        def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
            if run.stop_asked():
                return
            accuracy = float((logs or {})["accuracy"])
            best = run.best()
            if best and best["epoch"] <= self._epoch and best["val_accuracy"] >= accuracy:
                return
            saved(self.model, run.path("best.weights.h5"))
            with replaced_file(run.path("best.json")) as part:
                part.write_text(json.dumps({"epoch": self._epoch + 1, "val_accuracy": accuracy}))

    return Best()


def _events(run: Run) -> keras.callbacks.Callback:
    import keras
    from tensorboardX import SummaryWriter

    class Events(keras.callbacks.Callback):
        """TensorBoard event files, on any backend."""

        def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
            self._writer = SummaryWriter(str(run.path("tensorboard")))

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            for name, value in (logs or {}).items():
                self._writer.add_scalar(name, float(value), epoch + 1)
            self._writer.flush()

        def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
            self._writer.close()

    return Events()

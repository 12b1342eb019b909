"""What a run does beside training: report progress, write history and checkpoints, keep the best epoch, stop."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion_core.errors import RunError
from emotion_core.files.atomic import replaced_file
from emotion_core.train._compat import reseed
from emotion_core.train.runs import DISK_FULL, HISTORY, RUNNING, Run

if TYPE_CHECKING:
    import keras

REPORT_S = 0.5  # the least time between two reports within an epoch; pages read them once a second


def run_callbacks(run: Run, images_per_epoch: int, first_epoch: int) -> list[keras.callbacks.Callback]:
    """Return the callbacks of a run, in the order in which they have to be called.

    Averaged weights are in place during validation only: SwapEMAWeights swaps them in before it and out after it. So
    the callback that keeps the best weights after a validation comes before SwapEMAWeights.
    """
    import keras

    callbacks = [
        keras.callbacks.LearningRateScheduler(lambda epoch, _: _learning_rate(run, epoch)),
        _best_keeper(run),
    ]
    if run.config.fit.weight_average:
        callbacks.append(keras.callbacks.SwapEMAWeights())
    return [*callbacks, _event_writer(run), _recorder(run, images_per_epoch, first_epoch)]


def _learning_rate(run: Run, epoch: int) -> float:
    return run.config.fit.learning_rate_at(epoch, [row["val_loss"] for row in run.history()[:epoch]])


def save_checkpoint(model: keras.Model, target: Path) -> None:
    """Write the model's weights and optimizer to ``target``, whole or not at all.

    Raises:
        RunError: they cannot be written.
    """
    try:
        with replaced_file(target) as part:
            model.save_weights(part)
    except OSError as error:
        if error.errno in DISK_FULL:
            raise RunError(
                "The checkpoint cannot be written: the disk is full. Make room, then resume the run."
            ) from error
        raise RunError("The checkpoint cannot be written: {reason}.", reason=error.strerror or error) from error


def _recorder(run: Run, images_per_epoch: int, first_epoch: int) -> keras.callbacks.Callback:
    import keras

    class Recorder(keras.callbacks.Callback):
        """Write progress, history and checkpoints; stop when asked to or when nothing has improved for long enough."""

        def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
            self._rows = run.history()[:first_epoch]
            run.write_history(self._rows)  # an epoch that has a row but no checkpoint is trained again
            run.write_steps([step for step in run.steps() if step["epoch"] <= first_epoch])
            self._reported_at = 0.0

        def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            reseed(self.model, run.config.fit.seed, epoch)
            self._epoch, self._started = epoch, time.monotonic()

        def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
            stops = run.stop_asked()
            if stops:
                self.model.stop_training = True
            if stops or time.monotonic() - self._reported_at > REPORT_S:
                self._reported_at = time.monotonic()
                self._report(batch + 1, logs or {})

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            if run.stop_asked():
                return  # the epoch may be incomplete; a resumed run trains it again
            facts = {**(logs or {}), "epoch": epoch + 1, "seconds": round(time.monotonic() - self._started, 2)}
            self._rows.append({key: float(facts.get(key, float("nan"))) for key in HISTORY})
            run.write_history(self._rows)
            save_checkpoint(self.model, run.path(f"checkpoint-{epoch + 1:05d}.weights.h5"))
            for old in sorted(run.folder.glob("checkpoint-*.weights.h5"))[:-1]:
                old.unlink()
            best = run.best()
            if run.config.patience and best and epoch + 1 - best["epoch"] >= run.config.patience:
                self.model.stop_training = True

        def _report(self, step: int, logs: dict[str, Any]) -> None:
            steps = int(self.params["steps"])
            run.add_step(self._epoch + step / steps, float(logs["loss"]), float(logs["accuracy"]))
            steps_per_s = step / (time.monotonic() - self._started)
            steps_left = steps - step + (run.config.fit.epochs - self._epoch - 1) * steps
            run.write(
                replace(
                    run.written(),
                    state=RUNNING,
                    epoch=self._epoch,
                    step=step,
                    steps=steps,
                    images_per_s=round(steps_per_s * images_per_epoch / steps, 1),
                    seconds_left=round(steps_left / steps_per_s, 1),
                )
            )

    return Recorder()


def _best_keeper(run: Run) -> keras.callbacks.Callback:
    import keras

    class BestKeeper(keras.callbacks.Callback):
        """Keep the weights of the epoch with the highest validation accuracy; of equals, the first.

        An epoch in which the run was stopped counts only if it is the first one, and is to be kept.
        """

        def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            self._epoch = epoch

        def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
            if run.stop_asked() and not run.keeps_part():
                return
            accuracy = float((logs or {})["accuracy"])
            best = run.best()
            if best and best["epoch"] <= self._epoch and best["val_accuracy"] >= accuracy:
                return
            save_checkpoint(self.model, run.path("best.weights.h5"))
            with replaced_file(run.path("best.json")) as part:
                part.write_text(json.dumps({"epoch": self._epoch + 1, "val_accuracy": accuracy}))

    return BestKeeper()


def _event_writer(run: Run) -> keras.callbacks.Callback:
    import keras
    from tensorboardX import SummaryWriter  # Keras' own callback for TensorBoard needs TensorFlow

    class EventWriter(keras.callbacks.Callback):
        """Write event files for TensorBoard on any backend."""

        def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
            self._writer = SummaryWriter(str(run.path("tensorboard")))

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            for name, value in (logs or {}).items():
                self._writer.add_scalar(name, float(value), epoch + 1)
            self._writer.flush()

        def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
            self._writer.close()

    return EventWriter()

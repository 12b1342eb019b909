"""What this project uses of Keras' internals; nothing else in it does.

Checked with Keras 3.15.1. Each function says what it relies on, and `tests/train/test_compat.py` fails when that
changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

CHECKED_WITH = "3.15.1"  # the Keras whose internals were read


def reseed(model: keras.Model, seed: int, epoch: int) -> None:
    """Give every dropout layer a state that depends on the epoch alone, so that a resumed run repeats itself exactly.

    Keras neither lists the layers within layers nor offers a way to set a layer's random state. Relies on
    ``Layer._flatten_layers`` and on ``seed_generator.state``, two numbers that it advances at each draw.
    """
    for layer in model._flatten_layers():
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.state.assign([seed, epoch])


def track_loss(model: keras.Model, loss: Any, images: Any) -> None:
    """Count the loss of a batch into the mean that Keras logs as ``loss``.

    A training step of one's own has to do it, as ``Model.train_step`` does on TensorFlow and PyTorch. Relies on
    ``Trainer._loss_tracker``.
    """
    model._loss_tracker.update_state(loss, sample_weight=images)


def updated_metrics(
    model: keras.Model, metrics: list[Any], loss: Any, x: Any, y: Any, answers: Any, sample_weight: Any
) -> tuple[dict[str, Any], list[Any]]:
    """Return a batch's logs and the metrics' new state, which JAX passes in and out of a training step.

    Relies on ``JAXTrainer._update_metrics_variables``, which also tracks the loss.
    """
    logs, updated = model._update_metrics_variables(metrics, loss, x, y, answers, sample_weight)
    return logs, updated


def fused_batch_normalization() -> type[Any]:
    """Make a batch normalization layer that trains with TensorFlow's fused kernel.

    Relies on what ``BatchNormalization.call`` computes while training: it normalizes by the batch's own moments and
    moves ``moving_mean`` and ``moving_variance`` toward them, by the biased variance. Relies also on weight files
    naming a layer after its class, so this class has the name of the one that it replaces.
    """
    import keras
    import tensorflow as tf

    class BatchNormalization(keras.layers.BatchNormalization):
        def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
            if not training or not self.trainable:
                return super().call(inputs, training=training, mask=mask)
            result = tf.raw_ops.FusedBatchNormV3(
                x=inputs,
                scale=tf.cast(self.gamma, tf.float32),
                offset=tf.cast(self.beta, tf.float32),
                mean=tf.zeros([0]),
                variance=tf.zeros([0]),
                epsilon=self.epsilon,
                is_training=True,
            )
            count = tf.cast(tf.size(inputs) // inputs.shape[-1], tf.float32)
            variance = result.batch_variance * (count - 1) / count  # the kernel's is unbiased, Keras' is not
            for average, value in ((self.moving_mean, result.batch_mean), (self.moving_variance, variance)):
                average.assign(average * self.momentum + value * (1 - self.momentum))
            return result.y

    return BatchNormalization

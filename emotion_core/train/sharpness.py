"""Adaptive sharpness-aware minimization: look for weights in whose neighborhood the loss is low everywhere.

Each step goes up to where the loss is highest within a small radius, takes the gradient there, returns and descends
along that gradient. The radius is relative to the size of each weight. After J. Kwon et al., "ASAM: Adaptive
Sharpness-Aware Minimization", 2021. There the whole batch finds the way up, which doubles the time of a step; here a
quarter of it does, which takes a quarter more.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from emotion_core.train._compat import track_loss, updated_metrics

if TYPE_CHECKING:
    import keras

SIZE_OFFSET = 0.01  # added to the size of each weight, so that a weight of 0 moves, too


def sharpness_aware(model: keras.Model, radius: float, images: int) -> keras.Model:
    """Return the same network with the same weights and a sharpness-aware training step.

    Args:
        radius: ρ of the paper, which uses 0.5 and 1.
        images: how many images of each batch find the way up.
    """
    import keras

    aware = _model_class(keras.config.backend())(inputs=model.inputs, outputs=model.outputs, name=model.name)
    aware.radius, aware.images = radius, images
    return aware


def _steps_up(weights: list[Any], gradients: list[Any], radius: float) -> list[Any]:
    """Return how far each weight goes: ``radius`` t² g / ‖t g‖ with t = |weight| + `SIZE_OFFSET`."""
    from keras import ops

    sizes = [ops.abs(weight) + SIZE_OFFSET for weight in weights]
    scaled = [size * gradient for size, gradient in zip(sizes, gradients, strict=True)]
    norm = ops.sqrt(sum(ops.sum(ops.square(value)) for value in scaled)) + 1e-12
    return [radius * size * value / norm for size, value in zip(sizes, scaled, strict=True)]


@cache
def _model_class(backend: str) -> type[Any]:
    """Each backend has a training step of its own in Keras, so each needs one here."""
    return {"tensorflow": _tensorflow_class, "torch": _torch_class, "jax": _jax_class}[backend]()


# On all backends, the moving statistics of batch normalization follow the pass at the weights themselves. They must not
# follow the second pass, which sees other weights: whoever uses the network later uses these.


def _tensorflow_class() -> type[Any]:
    import keras
    import tensorflow as tf

    class SharpnessAware(keras.Model):
        def train_step(self, data: Any) -> Any:
            x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
            weights = [variable.value for variable in self.trainable_variables]
            _, _, gradients = self._loss_and_gradients(*_first(self.images, x, y, sample_weight), weights)
            steps = _steps_up(weights, gradients, self.radius)
            statistics = [tf.identity(variable.value) for variable in self.non_trainable_variables]
            for weight, step in zip(weights, steps, strict=True):
                weight.assign_add(step)
            loss, answers, gradients = self._loss_and_gradients(x, y, sample_weight, weights)
            for weight, step in zip(weights, steps, strict=True):
                weight.assign_sub(step)
            for variable, value in zip(self.non_trainable_variables, statistics, strict=True):
                variable.assign(value)
            track_loss(self, loss, tf.shape(x)[0])
            self.optimizer.apply(gradients, self.trainable_variables)
            return self.compute_metrics(x, y, answers, sample_weight=sample_weight)

        def _loss_and_gradients(
            self, x: Any, y: Any, sample_weight: Any, weights: list[Any]
        ) -> tuple[Any, Any, list[Any]]:
            with tf.GradientTape() as tape:
                answers = self(x, training=True)
                loss = self.compute_loss(x=x, y=y, y_pred=answers, sample_weight=sample_weight, training=True)
            return loss, answers, tape.gradient(loss, weights)

    return SharpnessAware


def _torch_class() -> type[Any]:
    import keras
    import torch

    class SharpnessAware(keras.Model):
        def train_step(self, data: Any) -> Any:
            x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
            _, _, gradients = self._loss_and_gradients(*_first(self.images, x, y, sample_weight))
            with torch.no_grad():
                weights = [variable.value for variable in self.trainable_variables]
                steps = _steps_up(weights, gradients, self.radius)
                statistics = [variable.value.clone() for variable in self.non_trainable_variables]
                for weight, step in zip(weights, steps, strict=True):
                    weight.add_(step)
            loss, answers, gradients = self._loss_and_gradients(x, y, sample_weight)
            with torch.no_grad():
                for weight, step in zip(weights, steps, strict=True):
                    weight.sub_(step)
                for variable, value in zip(self.non_trainable_variables, statistics, strict=True):
                    variable.assign(value)
                track_loss(self, loss, x.shape[0])
                self.optimizer.apply(gradients, self.trainable_variables)
                return self.compute_metrics(x, y, answers, sample_weight=sample_weight)

        def _loss_and_gradients(self, x: Any, y: Any, sample_weight: Any) -> tuple[Any, Any, list[Any]]:
            self.zero_grad()
            answers = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=answers, sample_weight=sample_weight, training=True)
            loss.backward()
            # Copies: the next backward pass writes into the same tensors.
            gradients = [variable.value.grad.clone() for variable in self.trainable_variables]
            return loss.detach(), answers.detach(), gradients

    return SharpnessAware


def _jax_class() -> type[Any]:
    import jax
    import keras

    class SharpnessAware(keras.Model):
        def train_step(self, state: Any, data: Any) -> Any:
            weights, statistics, optimizer, metrics = state
            x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
            # Keras' own function: it also brings penalties on weights into the loss, which depend on `weights`.
            gradient = jax.value_and_grad(self.compute_loss_and_updates, has_aux=True)
            first = _first(self.images, x, y, sample_weight)
            (_, updates), gradients = gradient(weights, statistics, metrics, *first, True, optimizer)
            statistics = updates[2]
            steps = _steps_up(weights, gradients, self.radius)
            above = [weight + step for weight, step in zip(weights, steps, strict=True)]
            (_, updates), gradients = gradient(above, statistics, metrics, x, y, sample_weight, True, optimizer)
            loss, answers, _, metrics = updates
            weights, optimizer = self.optimizer.stateless_apply(optimizer, gradients, weights)
            logs, metrics = updated_metrics(self, metrics, loss, x, y, answers, sample_weight)
            return logs, (weights, statistics, optimizer, metrics)

    return SharpnessAware


def _first(count: int, x: Any, y: Any, sample_weight: Any) -> tuple[Any, Any, Any]:
    """Return the first ``count`` images of a batch."""
    return x[:count], y[:count], None if sample_weight is None else sample_weight[:count]

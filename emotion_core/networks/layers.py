"""This project's own layers, registered with Keras under the package ``emotion_core``.

A layer's class is made when it is first asked for. Keras is imported only then, so importing this module costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

PACKAGE = "emotion_core"
# The names that Keras writes into a file. `models.convert` refuses a file that names any layer but these and Keras'
# own.
REGISTERED_NAMES = frozenset({f"{PACKAGE}>AffineSampler"})


def register_layers() -> None:
    """Let ``keras.saving.load_model`` find this project's layers."""
    affine_sampler()


@cache
def affine_sampler() -> type[keras.layers.Layer]:
    """Return the class of the layer that samples an image in a spatial transformer.

    The layer's input is ``[images, theta]``: images ``(n, h, w, c)`` floating point, and theta ``(n, 6)``, the affine
    map ``a b tx c d ty`` from output to input positions; the identity is ``1 0 0 0 1 0``. Its output is
    ``(n, h, w, c)`` in the layer's dtype, interpolated bilinearly.

    Positions are x to the right and y downwards, both from −1 to 1, as in torch's ``affine_grid`` and ``grid_sample``
    with ``align_corners=False``: −1 and 1 are the outer edges of the corner pixels, not their centers. Outside the
    image all is 0.

    Source: M. Jaderberg et al., "Spatial Transformer Networks", 2015. Written with gathers, because
    ``keras.ops.image.affine_transform`` has no ONNX form.
    """
    import keras

    @keras.saving.register_keras_serializable(package=PACKAGE, name="AffineSampler")
    class AffineSampler(keras.layers.Layer):
        def call(self, inputs: list[Any]) -> Any:
            images, theta = inputs
            return _sample(images, *_positions(theta, *images.shape[1:3]))

        def compute_output_shape(self, input_shape: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
            return input_shape[0]

    return AffineSampler


def _positions(theta: Any, height: int, width: int) -> tuple[Any, Any]:
    """Return where in the input each output pixel is sampled: x and y, ``(n, h * w)``, in pixels."""
    import numpy as np
    from keras import ops

    y, x = np.meshgrid(_centers(height), _centers(width), indexing="ij")
    grid = np.stack([x.ravel(), y.ravel(), np.ones(height * width)]).astype(np.float32)
    theta = ops.reshape(theta, (-1, 2, 3))
    read = ops.matmul(theta, ops.convert_to_tensor(grid, dtype=theta.dtype))
    return ((read[:, 0] + 1) * width - 1) / 2, ((read[:, 1] + 1) * height - 1) / 2


def _centers(count: int) -> Any:
    """Return the centers of ``count`` pixels between −1 and 1."""
    import numpy as np

    return (2 * np.arange(count) + 1) / count - 1


def _sample(images: Any, x: Any, y: Any) -> Any:
    from keras import ops

    height, width, channels = images.shape[1:]
    # Samples a pixel or more outside the image are 0 anyway. Without this limit, a huge theta overflows the integers.
    x, y = ops.clip(x, -1, width), ops.clip(y, -1, height)
    first = ops.expand_dims(ops.arange(ops.shape(images)[0], dtype="int32") * (height * width), 1)
    pixels = ops.reshape(images, (-1, channels))
    sampled = sum(
        ops.expand_dims(weight, -1) * ops.take(pixels, first + row * width + column, axis=0)
        for row, column, weight in _neighbors(x, y, height, width)
    )
    return ops.reshape(sampled, (-1, height, width, channels))


def _neighbors(x: Any, y: Any, height: int, width: int) -> Iterator[tuple[Any, Any, Any]]:
    """Yield row, column and weight of each of the four nearest pixels; the weight is 0 outside the image."""
    from keras import ops

    left, top = ops.floor(x), ops.floor(y)
    for row, row_weight in ((top, 1 - (y - top)), (top + 1, y - top)):
        for column, column_weight in ((left, 1 - (x - left)), (left + 1, x - left)):
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            weight = ops.where(inside, row_weight * column_weight, ops.zeros_like(x))
            yield _index(row, height), _index(column, width), weight


def _index(position: Any, count: int) -> Any:
    from keras import ops

    return ops.cast(ops.clip(position, 0, count - 1), "int32")

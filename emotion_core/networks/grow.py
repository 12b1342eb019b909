"""Start a larger network from the trained weights of a smaller one.

After T. Chen et al., "Net2Net: Accelerating Learning via Knowledge Transfer", 2016. There, new filters are copies of
old ones; here they keep their random initialization, so that they learn different things.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras


def grow(wide: keras.Model, narrow: keras.Model, added_prefix: str = "") -> bool:
    """Give ``wide`` the weights of ``narrow`` such that both answer alike.

    Both need the same layers in the same order, those of ``wide`` with at least as many filters each. A flattening
    layer needs exactly as many, because there new filters would be mixed up with old ones.

    Every weight of ``narrow`` keeps its place. Weights that lead from a new filter to an old one become 0, so the old
    filters compute what they always did. Weights that lead to a new filter stay as they were initialized.

    Args:
        added_prefix: name prefix of layers that only ``wide`` may have. They are left alone, so they must be
            initialized to contribute nothing.

    Returns:
        whether it was possible; if not, ``wide`` is unchanged.
    """
    known = {layer.name for layer in narrow.layers}
    common = [
        layer
        for layer in wide.layers
        if layer.name in known or not (added_prefix and layer.name.startswith(added_prefix))
    ]
    pairs = list(zip(common, narrow.layers, strict=False))
    if len(common) != len(narrow.layers) or not all(_contains(new, old) for new, old in pairs):
        return False
    for new, old in pairs:
        weights = zip(new.get_weights(), old.get_weights(), strict=True)
        new.set_weights([_embedded(initial, trained) for initial, trained in weights])
    return True


def _contains(new: keras.Layer, old: keras.Layer) -> bool:
    """Whether ``old`` is a layer of the same kind and kernel size with at most as many inputs and filters."""
    if not isinstance(new, type(old)) or len(new.weights) != len(old.weights):
        return False
    if type(new).__name__ == "Flatten" and new.output.shape != old.output.shape:
        return False
    return all(
        mine.shape[:-2] == theirs.shape[:-2]
        and len(mine.shape) == len(theirs.shape)
        and all(m >= t for m, t in zip(mine.shape[-2:], theirs.shape[-2:], strict=True))
        for mine, theirs in zip(new.weights, old.weights, strict=True)
    )


def _embedded(initial: np.ndarray, trained: np.ndarray) -> np.ndarray:
    """Put ``trained`` into the leading corner of ``initial``. The last axis counts filters, the one before inputs."""
    grown = initial.copy()
    if trained.ndim > 1:
        grown[..., : trained.shape[-1]] = 0  # from new inputs to old filters
    grown[tuple(slice(length) for length in trained.shape)] = trained
    return grown

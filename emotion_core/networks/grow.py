"""A wider network that answers exactly as a narrower one, to go on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras


def grow(wide: keras.Model, narrow: keras.Model, added: str | None = None) -> bool:
    """Give ``wide`` the weights of ``narrow``, such that both answer alike; whether that is possible.

    Both have the same layers in the same order, those of ``wide`` with at least as many filters; where filters are
    flattened, with as many, because new ones would mix with the old. Each weight of ``narrow`` keeps its place. What
    leads from a new filter to an old one is zero, so the old ones do not notice the new ones. What leads to a new one
    stays as it was initialised, so the new ones learn different things.
    Layers of ``wide`` whose names begin with ``added`` and that ``narrow`` has not stay as they are: at first they must
    add nothing.
    After T. Chen et al., "Net2Net: Accelerating Learning via Knowledge Transfer", 2016, whose new filters are copies.
    """
    known = {layer.name for layer in narrow.layers}
    common = [layer for layer in wide.layers if layer.name in known or not (added and layer.name.startswith(added))]
    pairs = list(zip(common, narrow.layers, strict=False))
    if len(common) != len(narrow.layers) or not all(_fits(new, old) for new, old in pairs):
        return False
    for new, old in pairs:
        weights = zip(new.get_weights(), old.get_weights(), strict=True)
        new.set_weights([_grown(mine, theirs) for mine, theirs in weights])
    return True


def _fits(new: keras.Layer, old: keras.Layer) -> bool:
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


def _grown(initial: np.ndarray, trained: np.ndarray) -> np.ndarray:
    """``trained`` in the leading corner of ``initial``; the last axis counts filters, the one before it inputs."""
    grown = initial.copy()
    if trained.ndim > 1:
        grown[..., : trained.shape[-1]] = 0
    grown[tuple(slice(length) for length in trained.shape)] = trained
    return grown

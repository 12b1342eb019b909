"""The interface of expression classifiers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np


class Classifier(Protocol):
    """Estimate expression probabilities. All sessions share one classifier, so `predict` is thread-safe.

    name: as the registry lists it.
    crop_margin: what to add to a box before cutting, as a fraction of its side (0.1 makes the side 10 % longer).
    uncertain_below: where the largest probability is below this, the expression reads as "uncertain"; 0–1.
    learned_from: ``labels``, or ``votes`` if a probability is the share of people who would name that expression.
    """

    name: str
    crop_margin: float
    uncertain_below: float
    learned_from: str

    def predict(self, crops_bgr: Sequence[np.ndarray]) -> np.ndarray:
        """Estimate the probabilities of the seven expressions for all crops in one call.

        The classifier resizes, grays and normalizes the crops itself, as its network needs them.

        Args:
            crops_bgr: n crops, each ``(h, w, 3)`` uint8, of any size.

        Returns:
            ``(n, 7)`` float32, 0–1, rows sum to 1, columns in `Emotion` order.
        """
        ...

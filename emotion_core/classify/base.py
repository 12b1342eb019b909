"""What an expression classifier is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np


class Classifier(Protocol):
    """Names expressions. Holds no state of a session, so that all sessions share one: `predict` is thread-safe.

    name: as the registry lists it.
    crop_margin: how much of the box's side to add around it before cutting, a fraction (0.1 adds 10 % in all).
    uncertain_below: a largest probability under this reads as "uncertain", 0–1.
    """

    name: str
    crop_margin: float
    uncertain_below: float

    def predict(self, crops_bgr: Sequence[np.ndarray]) -> np.ndarray:
        """Probabilities of the seven expressions for every crop, in one call.

        How a crop is resized, grayed and normalised is the classifier's own business.

        Args:
            crops_bgr: n crops, each ``(h, w, 3)`` uint8, of any size.

        Returns:
            ``(n, 7)`` float32, 0–1, rows sum to 1, columns in `Emotion` order.
        """
        ...

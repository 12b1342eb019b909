"""How a face moves: the filter behind matching faces between frames and behind drawing boxes between analyses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Motion:
    """The filtered position and velocity of one face's box at one time.

    A g-h filter: each new box is compared with the predicted one, and fixed shares of the difference (the gains)
    correct position and velocity (E. Brookner, "Tracking and Kalman Filtering Made Easy", 1998, chapter 1). Only the
    center has a velocity; a detector finds sizes in coarse steps, so their change is too noisy to predict from.

    center: ``(2,)`` pixels.
    velocity: ``(2,)`` pixels per second.
    size: ``(2,)`` width and height in pixels.
    """

    center: np.ndarray
    velocity: np.ndarray
    size: np.ndarray
    time_s: float

    @classmethod
    def at_rest(cls, box_xyxy: np.ndarray, time_s: float) -> Motion:
        """Start with a face that has been seen once."""
        center, size = _center_and_size(box_xyxy)
        return cls(center, np.zeros(2), size, time_s)

    def corrected(
        self, box_xyxy: np.ndarray, time_s: float, *, position: float, velocity: float, size: float
    ) -> Motion:
        """Take in the box found at ``time_s``.

        Args:
            position, velocity, size: gains, 0–1; 1 believes the new box alone, 0 the prediction alone.
        """
        elapsed_s = time_s - self.time_s
        new_center, new_size = _center_and_size(box_xyxy)
        expected = self.center + self.velocity * elapsed_s
        off = new_center - expected
        return Motion(
            expected + position * off,
            self.velocity + velocity / elapsed_s * off if elapsed_s > 0 else self.velocity,
            self.size + size * (new_size - self.size),
            time_s,
        )

    def box(self, time_s: float) -> np.ndarray:
        """Return the predicted box at ``time_s``, ``(4,)`` float64, ``x0 y0 x1 y1``."""
        center, half = self.center + self.velocity * (time_s - self.time_s), self.size / 2
        return np.concatenate([center - half, center + half])


def _center_and_size(box_xyxy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    box = np.asarray(box_xyxy, np.float64)
    return (box[:2] + box[2:]) / 2, box[2:] - box[:2]

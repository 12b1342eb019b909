"""Temperature scaling: one number that makes a model's confidence mean what it says.

Source: C. Guo et al., "On Calibration of Modern Neural Networks", 2017.
"""

from __future__ import annotations

import numpy as np

from emotion_core.measure.accuracy import calibration_error

RANGE = (0.25, 4.0)


def scaled(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """``(n, 7)`` probabilities after dividing their logarithms by ``temperature``, above 0."""
    logits = np.log(np.maximum(probabilities, 1e-12)) / temperature
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)


def fit_temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the smallest negative log-likelihood of ``(n,)`` labels, 0.25–4.

    The images must not have been trained on.
    """
    from scipy.optimize import minimize_scalar

    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        likelihood = scaled(probabilities, float(np.exp(log_temperature)))[rows, labels]
        return float(-np.log(np.maximum(likelihood, 1e-12)).mean())

    found = minimize_scalar(loss, bounds=tuple(np.log(RANGE)), method="bounded")
    return float(np.exp(found.x))


def cross_fitted_error(probabilities: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> float:
    """Calibration error of all images, the temperature for each half fitted on the other half.

    Args:
        groups: ``(n,)`` int; images of one group, copies of each other say, stay in the same half.
    """
    half = groups % 2 == 0
    corrected = np.empty_like(probabilities)
    for mine in (half, ~half):
        corrected[mine] = scaled(probabilities[mine], fit_temperature(probabilities[~mine], labels[~mine]))
    return calibration_error(corrected, labels)

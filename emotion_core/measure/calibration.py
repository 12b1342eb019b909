"""Temperature scaling: one number that makes a model's confidence match its accuracy.

Source: C. Guo et al., "On Calibration of Modern Neural Networks", 2017.
"""

from __future__ import annotations

import numpy as np

RANGE = (0.25, 4.0)  # of temperatures; the models in this repository have 0.88 to 1.21


def scaled(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return ``(n, 7)`` probabilities after dividing their logarithms by ``temperature``, above 0."""
    logits = np.log(np.maximum(probabilities, 1e-12)) / temperature
    exponents: np.ndarray = np.exp(logits - logits.max(axis=1, keepdims=True))  # at most 1, so nothing overflows
    result: np.ndarray = exponents / exponents.sum(axis=1, keepdims=True)
    return result


def fit_temperature(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """Return the temperature, 0.25–4, that minimizes the cross-entropy with ``targets``.

    The images must not have been trained on.

    Args:
        probabilities: ``(n, 7)``, 0–1.
        targets: ``(n, 7)``: 1 at the label, or people's shares; a row's sum is the weight of its image.

    A model that is 90 % sure and right in three cases of four is too sure, so its temperature is above 1:

    >>> probabilities = np.array([[0.9, 0.1]] * 4)
    >>> temperature = fit_temperature(probabilities, np.eye(2)[[0, 0, 0, 1]])
    >>> round(temperature, 2), round(float(scaled(probabilities, temperature)[0, 0]), 2)
    (2.0, 0.75)
    """
    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        likelihood = scaled(probabilities, float(np.exp(log_temperature)))
        return float(-(targets * np.log(np.maximum(likelihood, 1e-12))).sum(axis=1).mean())

    found = minimize_scalar(loss, bounds=tuple(np.log(RANGE)), method="bounded")
    return float(np.exp(found.x))


def cross_fitted(probabilities: np.ndarray, targets: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return the probabilities, each half of the images scaled by the temperature fitted on the other half.

    What they are worth is what new images may expect: a temperature flatters the images that it was fitted on.

    Args:
        probabilities, targets: as in `fit_temperature`.
        groups: ``(n,)`` int; images of one group, for example copies of each other, stay in the same half.
    """
    half = groups % 2 == 0
    corrected = np.empty_like(probabilities)
    for mine in (half, ~half):
        corrected[mine] = scaled(probabilities[mine], fit_temperature(probabilities[~mine], targets[~mine]))
    return corrected

"""Temperature scaling, on a case whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from emotion_core.measure.accuracy import calibration_error
from emotion_core.measure.calibration import cross_fitted, fit_temperature, scaled


def overconfident(count: int = 6000) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities whose logits are twice as large as they ought to be."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.5, (count, 7))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(7, p=row) for row in true])
    return scaled(true, 0.5), labels


def test_the_temperature_that_was_put_in_is_found() -> None:
    probabilities, labels = overconfident()
    assert fit_temperature(probabilities, np.eye(7)[labels]) == pytest.approx(2.0, rel=0.06)


def test_scaling_keeps_the_order_and_the_sum() -> None:
    probabilities, _ = overconfident(50)
    corrected = scaled(probabilities, 1.7)
    assert (corrected.argmax(axis=1) == probabilities.argmax(axis=1)).all()
    assert corrected.sum(axis=1) == pytest.approx(np.ones(50))
    assert scaled(probabilities, 1.0) == pytest.approx(probabilities)


def test_half_fitted_on_the_other_half_is_calibrated() -> None:
    probabilities, labels = overconfident()
    assert calibration_error(probabilities, labels) > 0.1
    corrected = cross_fitted(probabilities, np.eye(7)[labels], np.arange(len(labels)))
    assert calibration_error(corrected, labels) < 0.03


def test_people_s_shares_are_targets_too_and_images_without_votes_count_for_nothing() -> None:
    rng = np.random.default_rng(1)
    shares = rng.dirichlet(np.full(7, 0.4), 4000)
    shares[::4] = 0.0
    read = scaled(np.where(shares.any(axis=1, keepdims=True), np.maximum(shares, 1e-4), 1 / 7), 0.5)
    assert fit_temperature(read, shares) == pytest.approx(2.0, rel=0.02)


def test_a_temperature_above_one_lowers_confidence() -> None:
    probabilities, _ = overconfident(50)
    assert (scaled(probabilities, 2.0).max(axis=1) < probabilities.max(axis=1)).all()

"""The fixed changes of a face do what their names say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from emotion_core.data.dataset import LabeledFaces
from emotion_core.measure.robustness import VARIATIONS, Variation, robustness, vary

SPOT = np.zeros((48, 48), np.uint8)
SPOT[22:26, 22:26] = 200


def center_of(image: np.ndarray) -> tuple[float, float]:
    ys, xs = np.nonzero(image > 60)
    return float(xs.mean()), float(ys.mean())


def test_shift_moves_scale_grows_and_light_scales() -> None:
    x, y = center_of(vary(SPOT, VARIATIONS["shifted 10 % right"]))
    assert (x, y) == pytest.approx((23.5 + 4.8, 23.5), abs=0.6)
    assert (vary(SPOT, Variation(scale=2.0)) > 60).sum() > 3 * (SPOT > 60).sum()
    assert vary(np.full((48, 48), 100, np.uint8), VARIATIONS["40 % darker"]).mean() == pytest.approx(60)
    assert vary(np.full((48, 48), 250, np.uint8), VARIATIONS["40 % brighter"]).max() == 255
    assert np.array_equal(vary(SPOT, Variation()), SPOT)


def test_blur_takes_what_24_pixels_cannot_hold() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (48, 24))
    assert vary(stripes, VARIATIONS["blurred as 24 pixels"]).std() < 5


class Bright:
    """Reads bright faces as happy (3), others as sad (5)."""

    name, crop_margin, uncertain_below, learned_from = "bright", 0.0, 0.0, "labels"

    def predict(self, crops_bgr: Sequence[np.ndarray]) -> np.ndarray:
        return np.eye(7, dtype=np.float32)[[3 if crop.mean() > 100 else 5 for crop in crops_bgr]]


def test_accuracy_is_measured_under_each_change() -> None:
    data = LabeledFaces(np.full((4, 48, 48), 120, np.uint8), np.full(4, 3), ("a", "b", "c", "d"))
    found = robustness(Bright(), data)
    assert set(found) == {"unchanged", *VARIATIONS}
    assert (found["unchanged"], found["40 % darker"], found["rotated +15°"]) == (1.0, 0.0, 1.0)

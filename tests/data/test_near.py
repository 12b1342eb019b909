"""Images that look alike are found once."""

from __future__ import annotations

import numpy as np

from emotion_core.data.near import unlike


def test_of_images_that_look_alike_the_first_remains() -> None:
    rng = np.random.default_rng(0)
    first, second, third = rng.integers(0, 255, (3, 48, 48), np.uint8)
    darker = (first * 0.8).astype(np.uint8)
    images = np.stack([first, second, first, darker, third])
    assert unlike(images, np.array([3, 2, 1, 0, 4]), 10).tolist() == [3, 1, 4]
    assert unlike(images, np.array([3, 2, 1, 0, 4]), 2).tolist() == [3, 1]
    assert unlike(images, np.array([], np.int64), 2).tolist() == []

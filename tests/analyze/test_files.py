"""Files are read within the limits that the caller sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_core.analyze.files import FileReader
from emotion_core.errors import MediaLimitError
from emotion_core.media.images import ImageLimits, encode_png


class Flat:
    """A classifier to which all expressions are equally probable."""

    name = "flat"
    crop_margin = 0.0
    uncertain_below = 0.4
    learned_from = "labels"

    def predict(self, crops_bgr: list[np.ndarray]) -> np.ndarray:
        return np.full((len(crops_bgr), 7), 1 / 7, np.float32)


def test_limits_come_from_the_caller_and_not_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_MAX_IMAGE_PIXELS", "1")
    path = tmp_path / "gray.png"
    path.write_bytes(encode_png(np.full((60, 80, 3), 90, np.uint8)))
    enough, too_small = (ImageLimits(max_pixels=pixels) for pixels in (4800, 4799))
    reader = FileReader(Flat(), tmp_path, limits=enough, whole_picture=True)
    assert reader.read_picture(path).faces.label_names == ("uncertain",)
    with pytest.raises(MediaLimitError, match="80×60"):
        FileReader(Flat(), tmp_path, limits=too_small).read_picture(path)

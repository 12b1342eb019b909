"""Unusable input raises an error of this package, whose message is one sentence that says what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_core.errors import MediaError, ModelError
from emotion_core.media.images import decode_image
from emotion_core.models.registry import ModelRegistry
from tests.bad_input import BAD_IMAGES, BAD_MODELS, Writer


@pytest.mark.parametrize(("name", "data"), BAD_IMAGES.values(), ids=BAD_IMAGES)
def test_a_bad_picture_is_an_error_in_one_sentence(name: str, data: bytes) -> None:
    with pytest.raises(MediaError) as caught:
        decode_image(data)
    assert 20 < len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("write", BAD_MODELS.values(), ids=BAD_MODELS)
def test_a_bad_model_is_an_error_in_one_sentence(write: Writer, tmp_path: Path) -> None:
    write(tmp_path / "bad")
    with pytest.raises(ModelError) as caught:
        ModelRegistry(tmp_path).load("bad").predict([np.zeros((48, 48, 3), np.uint8)])
    assert 20 < len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)

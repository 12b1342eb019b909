"""A decoded frame is converted only if somebody draws on it."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from emotion_core.media.picture import Picture
from emotion_core.media.reader import open_video
from tests.films import redden_corner, write_film


def test_full_range_becomes_the_limited_range_that_players_expect() -> None:
    frame = av.VideoFrame.from_ndarray(np.full((72, 64), 255, np.uint8), format="yuv420p")
    assert Picture(frame, 0, 0.0, 0).planes[:48].max() == 255
    frame.color_range = 2
    assert Picture(frame, 0, 0.0, 0).planes[:48].max() == 235


def test_a_frame_that_is_not_drawn_on_is_not_converted(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    film = write_film(tmp_path / "a.mp4", [noise])
    with open_video(film) as opened:
        (picture,) = opened.pictures()
        assert picture.encodable() is picture.frame
        before = picture.planes.copy()
        redden_corner(picture)
        assert (picture.planes[8:48] == before[8:48]).all()
        assert not (picture.planes[:8] == before[:8]).all()
        assert picture.encodable() is not picture.frame

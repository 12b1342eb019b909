"""A video is read the same way from a file and from memory."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from emotion_core.errors import MediaError
from emotion_core.media.reader import open_video
from tests.films import UNEVEN_MS, plain_frames, write_film


@pytest.mark.parametrize("frame_threads", [True, False])
def test_a_video_in_memory_is_read_like_its_file(tmp_path: Path, frame_threads: bool) -> None:
    film = write_film(tmp_path / "a.mp4", plain_frames(12), list(UNEVEN_MS))
    read = []
    for source in (film, BytesIO(film.read_bytes())):
        with open_video(source, frame_threads=frame_threads) as video:
            pictures = [(picture.index, picture.stamp, picture.time_s) for picture in video.pictures()]
            read.append((pictures, video.duration_s, video.frame_rate, video.share(0.39)))
    assert read[0] == read[1]
    assert [time_s for _, _, time_s in read[0][0]] == pytest.approx([ms / 1000 for ms in UNEVEN_MS])


def test_bytes_that_are_not_a_video_are_an_error() -> None:
    with pytest.raises(MediaError, match="not a video that can be read"), open_video(BytesIO(b"Dear diary")):
        pass

"""Videos are read at their own times and written so that a browser plays them."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from emotion_core.errors import MediaError
from emotion_core.media.video import next_due, probe_video, read_video, write_video
from tests.films import turn

RATE = Fraction(30000, 1001)


def gray_frames(count: int, width: int = 64, height: int = 48) -> Iterator[np.ndarray]:
    """Yield frames; frame i has the value 8·i."""
    for i in range(count):
        yield np.full((height, width, 3), 8 * i, np.uint8)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    write_video(path, gray_frames(30), RATE)
    return path


def test_frames_keep_their_order_and_times(film: Path) -> None:
    frames = list(read_video(film))
    assert [frame.index for frame in frames] == list(range(30))
    assert [frame.time_s for frame in frames] == pytest.approx([i / float(RATE) for i in range(30)], abs=1e-3)
    assert [float(frame.frame_bgr.mean()) for frame in frames] == pytest.approx([8 * i for i in range(30)], abs=4)


def test_the_rate_stays_a_fraction(film: Path) -> None:
    info = probe_video(film)
    assert (info.frame_rate, info.size_wh, info.frames) == (RATE, (64, 48), 30)
    assert info.duration_s == pytest.approx(1.001, abs=0.01)


@pytest.mark.parametrize(("every_s", "count"), [(0.0, 30), (0.1, 10), (0.5, 2), (5.0, 1)])
def test_every_s_limits_how_many_frames_are_read(film: Path, every_s: float, count: int) -> None:
    assert abs(len(list(read_video(film, every_s=every_s))) - count) <= (1 if every_s == 0.1 else 0)


@pytest.mark.parametrize(
    ("time_s", "every_s", "due"), [(0.6, 0.2, 0.8), (0.6000001, 0.2, 0.8), (0.55, 0.1, 0.6), (3.0, 0.0, 3.0)]
)
def test_the_grid_of_analyses_survives_rounding(time_s: float, every_s: float, due: float) -> None:
    assert next_due(time_s, every_s) == pytest.approx(due, abs=1e-5)


def test_a_rotated_video_is_read_upright(tmp_path: Path) -> None:
    path = tmp_path / "phone.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for frame in gray_frames(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "bgr24")))
        container.mux(stream.encode())
    turn(path)
    assert probe_video(path).size_wh == (48, 64)
    assert next(read_video(path)).frame_bgr.shape == (64, 48, 3)


def test_a_truncated_video_gives_the_frames_before_the_break(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"g": "5"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        rng = np.random.default_rng(0)
        for _ in range(30):
            noise = rng.integers(0, 255, (48, 64, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, "bgr24")))
        container.mux(stream.encode())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 5 <= len(list(read_video(path))) < 30


def _sound(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000))


def _playlist(path: Path) -> None:
    path.write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")


BAD = {
    "missing": lambda path: None,
    "empty": lambda path: path.touch(),
    "text": lambda path: path.write_text("not a film"),
    "playlist": _playlist,
    "sound": _sound,
}


@pytest.mark.parametrize("write", BAD.values(), ids=BAD)
@pytest.mark.parametrize("read", [probe_video, lambda path: list(read_video(path))], ids=["probe", "read"])
def test_a_file_that_is_not_a_video_is_an_error(write: object, read: object, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    write(path)  # type: ignore[operator]
    with pytest.raises(MediaError):
        read(path)  # type: ignore[operator]


@pytest.mark.parametrize(
    "frames",
    [[], [np.zeros((1, 1, 3), np.uint8)], [np.zeros((48, 64, 3), np.uint8), np.zeros((40, 64, 3), np.uint8)]],
    ids=["no frame", "one pixel", "two sizes"],
)
def test_a_video_that_cannot_be_written_leaves_no_file(frames: list[np.ndarray], tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with pytest.raises(MediaError):
        write_video(path, frames, RATE)
    assert not path.exists()


def test_an_odd_last_row_and_column_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "odd.mp4"
    write_video(path, gray_frames(2, 65, 49), RATE)
    assert probe_video(path).size_wh == (64, 48)

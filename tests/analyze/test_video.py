"""A video file from end to end: which frames are analyzed, progress, canceling, and the annotated copy."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from itertools import count
from pathlib import Path

import numpy as np
import pytest

import emotion_core.analyze.video as module
from emotion_core.analyze.video import Drawing, Progress, analyze_video
from emotion_core.draw.annotate import OverlayStyle
from emotion_core.errors import MediaError, ModelError
from emotion_core.media.video import read_video
from emotion_core.results import Faces, FrameResult
from tests.films import UNEVEN_MS, frame_times, plain_frames, sound_packets, write_film

SIZE_WH = (160, 120)
BOX_ONLY = OverlayStyle(label=False)


class Moving:
    """Finds one face that moves 100 pixels in a second, and remembers the times of the frames it was given."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def __call__(self, frame_bgr: np.ndarray, time_s: float) -> FrameResult:
        self.times.append(time_s)
        height, width = frame_bgr.shape[:2]
        box = np.array([[20 + 100 * time_s, 40, 50 + 100 * time_s, 80]], np.float32)
        faces = Faces(box, np.eye(7, dtype=np.float32)[3:4], np.array([1]))
        return FrameResult(faces, (width, height), time_s)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A second of gray at 25 frames per second, with sound."""
    return write_film(tmp_path / "film.mp4", [np.full((120, 160, 3), 90, np.uint8)] * 25, sound="aac", sound_s=1.0)


def left_sides(path: Path) -> list[int]:
    """Return the first drawn column of each frame."""
    return [
        int(np.flatnonzero((np.abs(frame.frame_bgr[60].astype(int) - 90) > 40).any(axis=1))[0])
        for frame in read_video(path)
    ]


@pytest.mark.parametrize(
    ("every_s", "times"),
    [
        (0.1, [0, 0.12, 0.2, 0.32, 0.4, 0.52, 0.6, 0.72, 0.8, 0.92]),
        (0.0, [i * 0.04 for i in range(25)]),
        (0.4, [0, 0.4, 0.8]),
        (9.0, [0]),
    ],
    ids=["ten a second", "every frame", "rare", "the first alone"],
)
def test_frames_are_analyzed_at_the_chosen_rate(every_s: float, times: list[float], film: Path) -> None:
    moving = Moving()
    progress = list(analyze_video(film, moving, every_s=every_s))
    assert moving.times == pytest.approx(times, abs=1e-3)
    assert [moment.result.time_s for moment in progress if moment.result] == moving.times
    assert len(progress) == 26  # one for each frame, and the end


def test_progress_never_falls_and_estimates_the_time_left(film: Path) -> None:
    seconds = count()  # each call of the clock is a second later
    progress = list(analyze_video(film, Moving(), clock=lambda: float(next(seconds))))
    shares = [moment.share for moment in progress]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    middle = progress[10]
    assert middle.left_s == pytest.approx(11 * (1 - middle.share) / middle.share)
    assert (progress[0].left_s, progress[-1]) == (None, Progress(1.0, 0.0, pytest.approx(0.96)))


def test_progress_of_a_file_that_does_not_say_how_long_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = list(np.random.default_rng(0).integers(0, 255, (25, 120, 160, 3), np.uint8))
    film = write_film(tmp_path / "film.mkv", noise)
    monkeypatch.setattr("emotion_core.media.reader.duration_s", lambda *_: None)
    shares = [moment.share for moment in analyze_video(film, Moving())]
    assert len({round(share, 1) for share in shares}) > 5
    assert shares == sorted(shares)


@pytest.mark.parametrize("every_s", [0.2, 0.0], ids=["between analyses", "every frame"])
def test_the_box_sticks_to_a_moving_face(every_s: float, film: Path, tmp_path: Path) -> None:
    target = tmp_path / "drawn.mp4"
    for _ in analyze_video(film, Moving(), every_s=every_s, drawing=Drawing(target, BOX_ONLY)):
        pass
    expected = [20 + 4 * min(i, 20 if every_s else 24) for i in range(25)]  # after the last analysis it stands
    assert np.abs(np.array(left_sides(target)) - expected).max() <= 4
    assert sound_packets(target) == sound_packets(film)


def test_uneven_times_are_kept_while_frames_wait(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", plain_frames(12), [90 * ms + 1 for ms in UNEVEN_MS], Fraction(1, 90_000))
    target = tmp_path / "drawn.mp4"
    list(analyze_video(film, Moving(), drawing=Drawing(target)))
    start = frame_times(film)[0]
    assert [time - start for time in frame_times(film)] == frame_times(target)


def test_memory_is_bounded_when_analyses_are_rare(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WAITING_BYTES", 3 * SIZE_WH[0] * SIZE_WH[1] * 3 // 2)
    target = tmp_path / "drawn.mp4"
    list(analyze_video(film, Moving(), every_s=0.8, drawing=Drawing(target, BOX_ONLY)))
    assert len(frame_times(target)) == 25
    assert np.abs(np.array(left_sides(target)[:15]) - 20).max() <= 4  # these could not wait


def test_canceling_leaves_no_file(film: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "drawn.mp4"
    target.parent.mkdir()
    moving = Moving()
    with closing(analyze_video(film, moving, drawing=Drawing(target))) as progress:
        for _ in range(8):
            next(progress)
        assert len(list(target.parent.iterdir())) == 1
    assert list(target.parent.iterdir()) == []
    assert len(moving.times) < 5


def test_a_model_that_fails_leaves_no_file(film: Path, tmp_path: Path) -> None:
    def fail(frame_bgr: np.ndarray, time_s: float) -> FrameResult:
        raise ModelError("The model gave values that are not numbers.")

    with pytest.raises(ModelError):
        list(analyze_video(film, fail, drawing=Drawing(tmp_path / "drawn.mp4")))
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def cut_mkv(path: Path) -> None:
    noise = list(np.random.default_rng(0).integers(0, 255, (30, 48, 64, 3), np.uint8))
    write_film(path.with_suffix(".mkv"), noise, sound="vorbis")
    whole = path.with_suffix(".mkv").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def test_a_truncated_video_gives_the_frames_before_the_break(tmp_path: Path) -> None:
    film, target = tmp_path / "film", tmp_path / "drawn.mp4"
    cut_mkv(film)
    progress = list(analyze_video(film, Moving(), drawing=Drawing(target)))
    assert progress[-1].share == 1
    assert 5 <= len(frame_times(target)) < 30


def cut_mp4(path: Path) -> None:
    write_film(path, plain_frames(30))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


BAD = {
    "missing": (lambda path: None, "cannot be read"),
    "empty": (lambda path: path.touch(), "not a video that can be read"),
    "text": (lambda path: path.write_text("not a film"), "not a video that can be read"),
    "cut MP4": (cut_mp4, "not a video that can be read"),
    "sound alone": (lambda path: write_film(path, plain_frames(1), sound="aac") and only_sound(path), "no picture"),
}


def only_sound(path: Path) -> None:
    import av

    with av.open(str(path)) as source:
        packets = [packet for packet in source.demux(audio=0) if packet.size]
        with av.open(str(path.with_suffix(".m4a")), "w", format="mp4") as target:
            stream = target.add_stream_from_template(source.streams.audio[0])
            for packet in packets:
                packet.stream = stream
                target.mux(packet)
    path.with_suffix(".m4a").replace(path)


@pytest.mark.parametrize(("write", "reason"), BAD.values(), ids=BAD)
def test_a_file_that_is_not_a_video_is_an_error(write: object, reason: str, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    write(film)  # type: ignore[operator]
    before = sorted(tmp_path.iterdir())
    with pytest.raises(MediaError, match=reason):
        list(analyze_video(film, Moving(), drawing=Drawing(tmp_path / "drawn.mp4")))
    assert sorted(tmp_path.iterdir()) == before

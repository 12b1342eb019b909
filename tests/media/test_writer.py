"""A video that is written again keeps the time of every frame, its sound, and every pixel that nobody drew on."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from emotion_core.errors import MediaError
from emotion_core.media.picture import Picture
from emotion_core.media.reader import open_video
from emotion_core.media.video import probe_video, read_video
from emotion_core.media.writer import video_writer
from tests.films import (
    TONE_HZ,
    UNEVEN_MS,
    frame_times,
    loudest_hz,
    plain_frames,
    redden_corner,
    sound_codec,
    sound_packets,
    turn,
    write_film,
)

MS = Fraction(1, 1000)
NTSC = Fraction(1001, 30000)


def redraw(path: Path, target: Path) -> Path:
    with open_video(path) as film, video_writer(target, film) as writer:
        for picture in film.pictures(writer.write_sound):
            redden_corner(picture)
            writer.write(picture)
    return target


@pytest.mark.parametrize(
    ("name", "codec", "time_base", "stamps"),
    [
        pytest.param("a.mp4", "libx264", Fraction(1, 90_000), [90 * ms + 7 for ms in UNEVEN_MS], id="mp4 uneven"),
        pytest.param("a.mp4", "libx264", NTSC, range(12), id="mp4 29.97"),
        pytest.param("a.mkv", "libx264", MS, UNEVEN_MS, id="mkv uneven"),
        pytest.param("a.mov", "mpeg4", Fraction(1, 600), [ms + 1 for ms in UNEVEN_MS], id="mov late start"),
        pytest.param("a.avi", "mpeg4", NTSC, range(12), id="avi 29.97"),
        pytest.param("a.ts", "mpeg2video", Fraction(1, 25), range(12), id="transport stream"),
    ],
)
def test_every_frame_keeps_its_exact_time(
    name: str, codec: str, time_base: Fraction, stamps: list[int], tmp_path: Path
) -> None:
    film = write_film(tmp_path / name, plain_frames(12), list(stamps), time_base, codec=codec)
    before, after = frame_times(film), frame_times(redraw(film, tmp_path / "out.mp4"))
    start = before[0] - after[0]
    assert [time - start for time in before] == after
    assert after[0] == 0


def test_a_picture_that_starts_after_its_sound_still_does(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", plain_frames(12), [200 + ms for ms in UNEVEN_MS], sound="aac")
    assert frame_times(redraw(film, tmp_path / "out.mp4")) == frame_times(film)
    assert frame_times(film)[0] == Fraction(1, 5)


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.mkv", "libopus"), ("a.avi", "libmp3lame")])
def test_sound_that_browsers_play_is_copied_bit_by_bit(name: str, codec: str, tmp_path: Path) -> None:
    film = write_film(tmp_path / name, plain_frames(20), time_base=Fraction(1, 25), sound=codec)
    target = redraw(film, tmp_path / "out.mp4")
    assert sound_codec(target) == sound_codec(film)
    assert sound_packets(target) == sound_packets(film)


@pytest.mark.parametrize(("name", "codec"), [("a.mov", "pcm_s16le"), ("a.mkv", "vorbis"), ("a.mkv", "ac3")])
def test_other_sound_becomes_aac(name: str, codec: str, tmp_path: Path) -> None:
    film = write_film(tmp_path / name, plain_frames(20), sound=codec)
    target = redraw(film, tmp_path / "out.mp4")
    assert sound_codec(target) == "aac"
    assert loudest_hz(target) == pytest.approx(TONE_HZ, abs=5)
    with av.open(str(target)) as container:
        frames = list(container.decode(audio=0))
    assert frames[-1].time == pytest.approx(0.8, abs=0.05)


def test_a_video_without_sound_gets_none(tmp_path: Path) -> None:
    target = redraw(write_film(tmp_path / "a.mp4", plain_frames(5)), tmp_path / "out.mp4")
    assert sound_codec(target) is None


def test_an_audio_track_without_packets_is_no_error(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mov", plain_frames(5), sound="pcm_s16le", sound_s=0.0)
    assert len(frame_times(redraw(film, tmp_path / "out.mp4"))) == 5


def test_a_browser_can_play_the_copy_while_it_loads(tmp_path: Path) -> None:
    target = redraw(write_film(tmp_path / "a.mp4", plain_frames(5)), tmp_path / "out.mp4")
    data = target.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(target)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")


def test_a_rotated_video_is_drawn_on_and_written_upright(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", plain_frames(3))
    turn(film)
    target = redraw(film, tmp_path / "out.mp4")
    assert probe_video(target).size_wh == (48, 64)
    first = next(read_video(target)).frame_bgr.astype(int)
    assert first[2:6, 2:10, 2].min() > 150  # red, upper left
    assert first[-10:, -10:].max() < 60


@pytest.mark.parametrize("pix_fmt", ["yuv444p", "yuvj420p"])
def test_odd_sizes_and_other_pixel_formats_are_converted(pix_fmt: str, tmp_path: Path) -> None:
    frames = plain_frames(4, 65, 49)
    codec = "mjpeg" if pix_fmt == "yuvj420p" else "libx264"
    film = write_film(tmp_path / "a.mkv", frames, codec=codec, pix_fmt=pix_fmt)
    target = redraw(film, tmp_path / "out.mp4")
    drawn = [frame.frame_bgr for frame in read_video(target)]
    assert drawn[0].shape == (48, 64, 3)
    assert [float(frame[20:, 20:].mean()) for frame in drawn] == pytest.approx([0, 8, 16, 24], abs=4)


def test_frames_that_change_their_size_are_scaled_to_the_first_one(tmp_path: Path) -> None:
    small, large = (write_film(tmp_path / f"{side}.mp4", plain_frames(2, side, side)) for side in (48, 96))
    target = tmp_path / "out.mp4"
    with open_video(small) as film, open_video(large) as other, video_writer(target, film) as writer:
        pictures = [*film.pictures(), *other.pictures()]
        for number, picture in enumerate(pictures):
            writer.write(Picture(picture.frame, 40 * number, 0.04 * number, number))
    assert {frame.frame_bgr.shape for frame in read_video(target)} == {(48, 48, 3)}


@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit, ValueError])
def test_an_interrupted_copy_leaves_no_file(error: type[BaseException], tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", plain_frames(5), sound="aac")
    target = tmp_path / "out" / "out.mp4"
    target.parent.mkdir()
    with pytest.raises(error), open_video(film) as opened, video_writer(target, opened) as writer:
        writer.write(next(opened.pictures(writer.write_sound)))
        raise error
    assert list(target.parent.iterdir()) == []


def test_a_target_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", plain_frames(2))
    with pytest.raises(MediaError, match="cannot be written"):
        redraw(film, tmp_path / "nowhere" / "out.mp4")
    with (
        pytest.raises(ValueError, match="preset"),
        open_video(film) as opened,
        video_writer(tmp_path / "out.mp4", opened, "warp"),
    ):
        pass

"""Drawing results onto a frame: what changes, and what must not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion_core.draw.annotate import OverlayStyle, annotate, color_bgr, draw, face_text
from emotion_core.draw.canvas import BgrCanvas, PlanarCanvas
from emotion_core.draw.text import blend, mask, text_size
from emotion_core.emotions import EMOTIONS, Emotion
from emotion_core.language import speaking
from emotion_core.results import Faces, FrameResult


def result(
    box: tuple[float, ...], label: Emotion | None = Emotion.HAPPY, size_wh: tuple[int, int] = (640, 480)
) -> FrameResult:
    probabilities = np.full((1, 7), 0.05, np.float32)
    probabilities[0, Emotion.HAPPY.column] = 0.7
    return FrameResult(Faces(np.array([box], np.float32), probabilities, np.array([3]), labels=(label,)), size_wh)


@pytest.fixture
def frame_bgr() -> np.ndarray:
    return np.full((480, 640, 3), 90, np.uint8)


def count(frame_bgr: np.ndarray, color: tuple[int, int, int]) -> int:
    return int((frame_bgr == np.array(color)).all(axis=2).sum())


@pytest.mark.parametrize("label", [*EMOTIONS, None], ids=str)
def test_each_label_has_its_color(frame_bgr: np.ndarray, label: Emotion | None) -> None:
    drawn = annotate(frame_bgr, result((200, 150, 400, 350), label))
    assert count(drawn, color_bgr(label)) > 1500
    assert (frame_bgr == 90).all(), "the original frame must not change"


def test_color_is_given_in_opencv_order() -> None:
    assert color_bgr(Emotion.ANGRY) == (0x00, 0x5E, 0xD5)


def test_box_is_scaled_to_a_frame_of_another_size() -> None:
    small = np.zeros((240, 320, 3), np.uint8)
    drawn = annotate(small, result((200, 200, 400, 400)), OverlayStyle(label=False))
    ys, xs = np.nonzero(drawn.any(axis=2))
    assert (xs.min(), xs.max()) == pytest.approx((100, 200), abs=4)
    assert (ys.min(), ys.max()) == pytest.approx((100, 200), abs=4)


@pytest.mark.parametrize(
    "box",
    [(-50, -50, 60, 60), (600, 440, 700, 520), (0, 0, 640, 480), (639, 479, 640, 480), (-900, -900, -800, -800)],
    ids=["upper left", "lower right", "whole", "one pixel", "outside"],
)
@pytest.mark.parametrize("shape", [(480, 640), (24, 24), (1, 1)], ids=str)
def test_faces_at_the_edge_and_tiny_frames_are_drawn(box: tuple[int, ...], shape: tuple[int, int]) -> None:
    frame_bgr = np.zeros((*shape, 3), np.uint8)
    drawn = annotate(frame_bgr, result(box), OverlayStyle(bars=True))
    assert (drawn.shape, drawn.dtype) == ((*shape, 3), np.uint8)


def test_bars_show_every_color_and_the_most_probable_is_longest(frame_bgr: np.ndarray) -> None:
    drawn = annotate(frame_bgr, result((100, 100, 250, 250)), OverlayStyle(box=False, label=False, bars=True))
    areas = {emotion: count(drawn, color_bgr(emotion)) for emotion in EMOTIONS}
    assert min(areas.values()) > 0
    assert max(areas, key=areas.__getitem__) is Emotion.HAPPY


def test_a_frame_without_a_face_is_copied_unchanged(frame_bgr: np.ndarray) -> None:
    drawn = annotate(frame_bgr, FrameResult(Faces.empty(), (640, 480)))
    assert (drawn == frame_bgr).all()
    assert drawn is not frame_bgr


def test_read_only_frames_are_accepted(frame_bgr: np.ndarray) -> None:
    frame_bgr.flags.writeable = False
    assert count(annotate(frame_bgr, result((200, 150, 400, 350))), color_bgr(Emotion.HAPPY)) > 0


@pytest.mark.parametrize(
    ("label", "track_id", "expected"),
    [(Emotion.HAPPY, True, "#3: happy 70%"), (Emotion.HAPPY, False, "happy 70%"), (None, True, "#3: uncertain")],
    ids=["with id", "without id", "uncertain"],
)
def test_face_text(label: Emotion | None, track_id: bool, expected: str) -> None:
    assert face_text(result((0, 0, 9, 9), label), 0, track_id=track_id) == expected


def test_a_model_of_votes_speaks_of_people() -> None:
    of_votes = replace(result((0, 0, 9, 9), Emotion.HAPPY), learned_from="votes")
    assert face_text(of_votes, 0) == "#3: 7 in 10 say happy"


def test_a_label_that_is_much_wider_than_its_box_gets_shorter(
    frame_bgr: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr(BgrCanvas, "text", lambda self, words, *rest: written.append(words))
    for side in (90, 300):
        annotate(frame_bgr, replace(result((100, 100, 100 + side, 100 + side), Emotion.HAPPY), learned_from="votes"))
    assert written == ["#3: happy 7/10", "#3: 7 in 10 say happy"]


def test_scale_is_checked() -> None:
    with pytest.raises(ValueError, match="Received: 9"):
        OverlayStyle(scale=9)


def test_several_faces_of_a_picture_have_their_place_as_a_number() -> None:
    one, two = (Faces(np.zeros((n, 4)), np.tile(np.eye(7)[3], (n, 1))) for n in (1, 2))
    assert face_text(FrameResult(one, (9, 9)), 0) == "happy 100%"
    assert [face_text(FrameResult(two, (9, 9)), row) for row in (0, 1)] == ["#1: happy 100%", "#2: happy 100%"]


@pytest.mark.parametrize("bars", [False, True])
def test_a_korean_label_is_drawn_on_both_kinds_of_canvas(bars: bool) -> None:
    style = OverlayStyle(bars=bars)
    bgr, planar = BgrCanvas(np.full((480, 640, 3), 90, np.uint8)), PlanarCanvas(*planes_of_gray())
    with speaking("ko"):
        draw(bgr, result((200, 150, 400, 350)), style)
        draw(planar, result((200, 150, 400, 350)), style)
    plain = BgrCanvas(np.full((480, 640, 3), 90, np.uint8))
    draw(plain, result((200, 150, 400, 350)), style)
    tag = slice(110, 150), slice(200, 330)
    letters = (bgr.pixels[tag] < 40).all(axis=2).sum()
    assert letters > 150, "black letters on the color of the label"
    assert (planar.luma[tag] < 60).sum() == pytest.approx(letters, rel=0.5)
    assert not np.array_equal(bgr.pixels[tag], plain.pixels[tag])


def planes_of_gray() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return tuple(np.full(shape, 128, np.uint8) for shape in ((480, 640), (240, 320), (240, 320)))  # type: ignore[return-value]


@pytest.mark.parametrize("corner", [(-30, 5), (630, 5), (5, -10), (5, 475), (-300, -300), (900, 900)])
def test_words_that_reach_out_of_the_frame_are_cut_off(corner: tuple[int, int]) -> None:
    coverage, _ = mask("기쁨 7/10", 0.62)
    plane = np.full((480, 640), 90, np.uint8)
    blend(plane, coverage, corner, 255)
    (left, top), (height, width) = corner, coverage.shape
    whole = np.zeros((480 + 1200, 640 + 1200), np.uint8)
    whole[600 + top : 600 + top + height, 600 + left : 600 + left + width] = coverage
    np.testing.assert_array_equal(plane > 90, whole[600:1080, 600:1240] > 0)


def test_a_mask_is_as_large_as_it_was_measured() -> None:
    width, above, below = text_size("기쁨 70%", 1.0, 1)
    coverage, _ = mask("기쁨 70%", 1.0)
    assert coverage.shape == (above + below, width)
    assert 15 < above < 40 and 60 < width < 200
    assert text_size("happy 70%", 1.0, 1)[0] > 100

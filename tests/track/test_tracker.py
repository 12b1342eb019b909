from itertools import pairwise

import numpy as np
import pytest

from emotion_core.detect import Detections
from emotion_core.emotions import EMOTIONS, Emotion
from emotion_core.track.tracker import Tracker, TrackerOptions, iou, steady_label

AT_ONCE = {"min_hits": 1}


def reading(**shares: float) -> np.ndarray:
    """Return (7,) probabilities; the rest is spread evenly over the other labels."""
    row = np.full(7, (1 - sum(shares.values())) / (7 - len(shares)), np.float32)
    for name, share in shares.items():
        row[Emotion(name).column] = share
    return row


HAPPY, SAD = reading(happy=0.9), reading(sad=0.9)


def seen(*boxes: tuple[float, ...], scores: list[float] | None = None) -> Detections:
    return Detections(np.array(boxes, np.float32).reshape(-1, 4), np.array(scores or [1.0] * len(boxes), np.float32))


def at(x: float, y: float = 0, side: float = 100) -> tuple[float, ...]:
    return (x, y, x + side, y + side)


NOTHING = (Detections(), np.empty((0, 7), np.float32))


def test_ids_start_at_one_in_every_tracker():
    for _ in range(2):
        faces = Tracker(TrackerOptions(**AT_ONCE)).update(seen(at(0), at(300)), np.array([HAPPY, SAD]), 0.0)
        assert faces.track_ids.tolist() == [1, 2]
        assert faces.labels == (Emotion.HAPPY, Emotion.SAD)


@pytest.mark.parametrize(("gap_s", "kept"), [(0.4, True), (0.5, True), (0.6, False), (5.0, False)], ids=str)
def test_a_face_keeps_its_id_if_it_vanishes_for_at_most_max_age(gap_s, kept):
    tracker = Tracker(TrackerOptions(max_age_s=0.5, **AT_ONCE))
    tracker.update(seen(at(0)), HAPPY[None], 10.0)
    assert len(tracker.update(*NOTHING, 10.1)) == 0
    faces = tracker.update(seen(at(5)), HAPPY[None], 10.0 + gap_s)
    assert (faces.track_ids.tolist() == [1]) is kept


def test_two_faces_that_cross_keep_their_ids():
    tracker = Tracker(TrackerOptions(**AT_ONCE))
    for i in range(31):  # 2 s at 15 Hz: one goes right, the other left, and they pass each other at i = 15
        left, right = at(20 * i), at(600 - 20 * i, 30)
        faces = tracker.update(seen(*((left, right) if i % 2 else (right, left))), np.array([HAPPY, HAPPY]), i / 15)
        by_id = dict(zip(faces.track_ids.tolist(), faces.boxes_xyxy[:, 0], strict=True))
        assert by_id == {2: left[0], 1: right[0]}, i


def test_a_fast_face_is_followed_by_its_velocity():
    tracker = Tracker(TrackerOptions(**AT_ONCE))
    x, ids = 0.0, []
    for i in range(12):
        ids += tracker.update(seen(at(x)), HAPPY[None], i / 10).track_ids.tolist()
        x += min(10 * (i + 1), 85)  # at 85 pixels a frame two boxes overlap by only 8 %
    assert ids == [1] * 12


@pytest.mark.parametrize("rate_hz", [5, 10, 30])
def test_smoothing_has_the_same_half_life_at_any_rate(rate_hz):
    tracker = Tracker(TrackerOptions(half_life_s=0.4, **AT_ONCE))
    tracker.update(seen(at(0)), reading(sad=1.0)[None], 0.0)
    for i in range(1, round(0.4 * rate_hz) + 1):
        faces = tracker.update(seen(at(0)), reading(happy=1.0)[None], i / rate_hz)
    assert faces.probabilities[0, Emotion.HAPPY.column] == pytest.approx(0.5, abs=1e-3)
    assert faces.probabilities.sum() == pytest.approx(1, abs=1e-5)


def labels_over_time(rate_hz: int, expression, duration_s: float = 4.0) -> list[Emotion | None]:
    """Return the shown label 20 times a second, as a page would read it."""
    tracker = Tracker(TrackerOptions(**AT_ONCE))
    times = np.arange(round(duration_s * rate_hz)) / rate_hz
    labels = [tracker.update(seen(at(0)), expression(t)[None], float(t)).labels[0] for t in times]
    return [labels[int(np.searchsorted(times, t + 1e-9) - 1)] for t in np.arange(0, duration_s, 0.05)]


def test_a_change_of_expression_reads_the_same_at_5_and_30_hz():
    def expression(t: float) -> np.ndarray:
        return HAPPY if 1 <= t < 3 else SAD

    slow, fast = labels_over_time(5, expression), labels_over_time(30, expression)
    assert {Emotion.SAD, Emotion.HAPPY} <= set(slow)
    differing_s = sum(a is not b for a, b in zip(slow, fast, strict=True)) * 0.05
    assert differing_s <= 2 * 0.25, "each of the two changes may lag by one slow frame"


def test_a_face_between_two_expressions_does_not_flicker():
    noise = np.random.default_rng(5)

    def expression(t: float) -> np.ndarray:
        lead = noise.normal(0, 0.15)
        return reading(happy=0.45 + lead / 2, neutral=0.45 - lead / 2)

    labels = labels_over_time(20, expression)
    assert sum(a is not b for a, b in pairwise(labels)) <= 1


def test_without_smoothing_the_newest_reading_counts():
    tracker = Tracker(TrackerOptions(half_life_s=0, hysteresis=0, **AT_ONCE))
    tracker.update(seen(at(0)), SAD[None], 0.0)
    faces = tracker.update(seen(at(0)), HAPPY[None], 0.03)
    np.testing.assert_allclose(faces.probabilities[0], HAPPY)
    assert faces.labels == (Emotion.HAPPY,)


@pytest.mark.parametrize(
    ("row", "shown", "expected"),
    [
        (reading(happy=0.5, sad=0.45), Emotion.SAD, Emotion.SAD),
        (reading(happy=0.6, sad=0.3), Emotion.SAD, Emotion.HAPPY),
        (reading(happy=0.45, sad=0.38), Emotion.SAD, Emotion.HAPPY),
        (reading(happy=0.39), Emotion.HAPPY, None),
        (reading(happy=0.42), Emotion.HAPPY, Emotion.HAPPY),
        (reading(happy=0.42), None, None),
        (reading(happy=0.46), None, Emotion.HAPPY),
    ],
    ids=["small lead", "large lead", "shown too weak", "uncertain", "just certain", "still uncertain", "certain again"],
)
def test_steady_label(row, shown, expected):
    assert steady_label(row, shown, 0.1, 0.4) is expected


def test_a_new_face_below_the_limit_reads_uncertain():
    tracker = Tracker(TrackerOptions(uncertain_below=0.5, **AT_ONCE))
    assert tracker.update(seen(at(0)), reading(happy=0.49)[None], 0.0).labels == (None,)
    tracker = Tracker(TrackerOptions(uncertain_below=0.4, **AT_ONCE))
    assert tracker.update(seen(at(0)), reading(happy=0.42)[None], 0.0).labels == (Emotion.HAPPY,)


def test_weak_faces_are_shown_once_they_persist_and_strong_ones_at_once():
    tracker = Tracker(TrackerOptions(min_hits=3, strong_score=4.0))
    shown = [
        tracker.update(seen(at(0), at(300), scores=[5.0, 1.5]), np.array([HAPPY, SAD]), i / 10).track_ids.tolist()
        for i in range(4)
    ]
    assert shown == [[1], [1], [1, 2], [1, 2]]


def test_a_false_positive_in_one_frame_is_never_shown():
    tracker = Tracker(TrackerOptions(strong_score=4.0))
    for i in range(20):
        boxes = [at(0), at(300 + 15 * i, 150)] if i % 10 == 5 else [at(0)]
        faces = tracker.update(seen(*boxes, scores=[5.0, 2.0][: len(boxes)]), np.array([HAPPY] * len(boxes)), i / 10)
        assert faces.track_ids.tolist() == [1]


def test_a_video_read_once_a_second_shows_faces_and_keeps_their_ids():
    tracker = Tracker(TrackerOptions(max_age_s=0.5, min_hits=2))
    ids = [tracker.update(seen(at(3 * i)), HAPPY[None], float(i)).track_ids.tolist() for i in range(4)]
    assert ids == [[], [1], [1], [1]]


def test_a_clip_that_starts_again_begins_new_tracks():
    tracker = Tracker(TrackerOptions(**AT_ONCE))
    tracker.update(seen(at(0)), SAD[None], 9.9)
    faces = tracker.update(seen(at(0)), HAPPY[None], 0.0)
    assert faces.track_ids.tolist() == [2]
    np.testing.assert_allclose(faces.probabilities[0], HAPPY)


def test_reset_forgets_faces_but_never_gives_an_id_twice():
    tracker = Tracker(TrackerOptions(**AT_ONCE))
    tracker.update(seen(at(0)), SAD[None], 0.0)
    tracker.reset()
    assert tracker.update(seen(at(0)), SAD[None], 0.1).track_ids.tolist() == [2]


@pytest.mark.parametrize("name", ["half_life_s", "max_age_s", "hysteresis", "uncertain_below", "min_overlap"])
@pytest.mark.parametrize("value", [-0.1, float("nan")], ids=str)
def test_options_out_of_range_are_named(name, value):
    with pytest.raises(ValueError, match=name):
        TrackerOptions(**{name: value})


def test_iou_of_every_pair():
    a, b = np.array([at(0), at(50)]), np.array([at(0), at(0, 50), at(500)])
    np.testing.assert_allclose(iou(a, b), [[1, 1 / 3, 0], [1 / 3, 1 / 7, 0]], atol=1e-6)
    assert iou(np.empty((0, 4)), b).shape == (0, 3)


def test_rows_agree_with_the_detections():
    tracker = Tracker(TrackerOptions(**AT_ONCE))
    tracker.update(seen(at(0), at(300)), np.array([HAPPY, SAD]), 0.0)
    faces = tracker.update(seen(at(301), at(1), scores=[2.0, 3.0]), np.array([SAD, HAPPY]), 0.1)
    assert faces.track_ids.tolist() == [2, 1]
    assert faces.detection_scores.tolist() == [2.0, 3.0]
    assert [EMOTIONS[i] for i in faces.probabilities.argmax(axis=1)] == [Emotion.SAD, Emotion.HAPPY]

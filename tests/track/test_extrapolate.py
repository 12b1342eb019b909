from __future__ import annotations

import numpy as np
import pytest

from emotion_core.results import Faces, FrameResult
from emotion_core.track.extrapolate import HORIZON_S, BoxMotion

SIZE_WH = (640, 480)
READING = np.full(7, 1 / 7, np.float32)


def result(time_s: float, *centers: tuple[float, float], ids: tuple[int, ...] = (), side: float = 100) -> FrameResult:
    boxes = np.array([[x - side / 2, y - side / 2, x + side / 2, y + side / 2] for x, y in centers])
    tracks = np.array(ids or range(1, len(centers) + 1))
    if not centers:
        return FrameResult(Faces.empty(), SIZE_WH, time_s)
    return FrameResult(Faces(boxes, np.tile(READING, (len(centers), 1)), tracks), SIZE_WH, time_s)


def center(motion: BoxMotion, time_s: float, row: int = 0) -> np.ndarray:
    shown = motion.at(time_s)
    assert shown is not None
    box = shown.faces.boxes_xyxy[row]
    return (box[:2] + box[2:]) / 2


def test_nothing_before_the_first_result() -> None:
    assert BoxMotion().at(1.0) is None


def test_a_face_that_was_seen_once_stays_in_place() -> None:
    motion = BoxMotion()
    motion.update(result(1.0, (200, 100)))
    assert center(motion, 1.2) == pytest.approx([200, 100])


@pytest.mark.parametrize("rate_hz", [10, 15, 20])
def test_a_box_sticks_to_a_face_that_moves_steadily(rate_hz: float) -> None:
    motion = BoxMotion()
    for i in range(12):
        motion.update(result(i / rate_hz, (100 + 150 * i / rate_hz, 240)))
    last_s = 11 / rate_hz
    for ahead_s in (0.0, 0.03, 0.07, 0.1):
        assert center(motion, last_s + ahead_s) == pytest.approx([100 + 150 * (last_s + ahead_s), 240], abs=3)


def test_a_box_lags_behind_a_swaying_face_by_less_than_its_detections_do() -> None:
    """15 detections a second, each known 50 ms after its frame; the face sways by 120 pixels with a period of 4 s."""

    def true_x(time_s: float) -> float:
        return 320 + 120 * np.sin(2 * np.pi * time_s / 4)

    motion, shown, newest, truth = BoxMotion(), [], [], []
    known, ready = 320.0, iter(range(10_000))
    following = next(ready) / 15
    for frame in range(240):
        now = frame / 30
        while following + 0.05 <= now:
            known = true_x(following)
            motion.update(result(following, (known, 240)))
            following = next(ready) / 15
        if now > 1:
            shown.append(center(motion, now)[0])
            newest.append(known)
            truth.append(true_x(now))
    moved, still = (np.abs(np.array(xs) - truth) for xs in (shown, newest))
    assert np.median(moved) < 0.35 * np.median(still)


def test_jitter_of_a_resting_face_is_reduced() -> None:
    rng = np.random.default_rng(0)
    motion, drawn, read = BoxMotion(), [], []
    for i in range(100):
        x = 300 + rng.normal(0, 3)
        motion.update(result(i / 20, (x, 240)))
        read.append(x)
        drawn.append(center(motion, i / 20)[0])
    assert np.std(np.diff(drawn[10:])) < 0.75 * np.std(np.diff(read[10:]))


def test_a_box_stops_without_new_detections() -> None:
    motion = BoxMotion()
    for i in range(10):
        motion.update(result(i / 10, (100 + 20 * i, 240)))
    assert center(motion, 0.9 + HORIZON_S) == pytest.approx(center(motion, 5.0))


def test_boxes_stay_inside_the_frame() -> None:
    motion = BoxMotion()
    for i in range(10):
        motion.update(result(i / 10, (400 + 25 * i, 240)))
    assert motion.at(1.2).faces.boxes_xyxy.max() <= 640


def test_faces_are_told_apart_by_their_ids_and_only_the_newest_are_shown() -> None:
    motion = BoxMotion()
    motion.update(result(0.0, (100, 100), (500, 300), ids=(4, 7)))
    motion.update(result(0.1, (500, 300), (100, 100), ids=(7, 4)))
    assert motion.at(0.1).faces.track_ids.tolist() == [7, 4]
    assert center(motion, 0.1, 0) == pytest.approx([500, 300])
    motion.update(result(0.2))
    assert len(motion.at(0.2).faces) == 0


def test_a_clip_that_restarts_forgets_all_motion() -> None:
    motion = BoxMotion()
    for i in range(10):
        motion.update(result(5 + i / 10, (100 + 30 * i, 240)))
    motion.update(result(0.0, (100, 240)))
    assert center(motion, 0.2) == pytest.approx([100, 240])


def test_untracked_faces_stay_where_they_were_found() -> None:
    motion = BoxMotion()
    for i in range(3):
        motion.update(result(i / 10, (100 + 50 * i, 240), ids=(-1,)))
    assert center(motion, 0.3) == pytest.approx([200, 240])


def test_the_newest_boxes_can_be_moved_on_elsewhere() -> None:
    motion = BoxMotion()
    assert motion.newest() is None
    for i in range(12):
        motion.update(result(i / 20, (100 + 150 * i / 20, 240), (400, 300)))
    found = motion.newest()
    assert found is not None
    newest, velocities = found
    assert velocities == pytest.approx(np.array([[150, 0], [0, 0]]), abs=3)
    moved = newest.faces.boxes_xyxy + np.tile(velocities, 2) * 0.1
    shown = motion.at(newest.time_s + 0.1)
    assert shown is not None
    assert moved == pytest.approx(shown.faces.boxes_xyxy, abs=0.01)


def test_without_a_face_there_is_no_velocity() -> None:
    motion = BoxMotion()
    motion.update(result(0.0))
    found = motion.newest()
    assert found is not None
    assert found[1].shape == (0, 2)

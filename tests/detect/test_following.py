"""Following on rendered frames, with a virtual clock."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from emotion_core.detect import FollowingDetector, following
from emotion_core.detect.base import Detections
from emotion_core.detect.following import COARSE_EVERY_S, FINE_EVERY_S
from emotion_core.track.tracker import Tracker, TrackerOptions, iou
from scripts.make_sample_clip import view

RATE = 20.0  # analyses per second
SIZE_WH = (640, 480)
FACE_XY = (224.0, 114.0)  # center of the astronaut's face
FACE_SIDE = 104.0


class Stage:
    """Renders frames with the astronaut's head at given places, the last one in front."""

    def __init__(self, astronaut_bgr: np.ndarray) -> None:
        self._head = astronaut_bgr
        y, x = np.mgrid[: astronaut_bgr.shape[0], : astronaut_bgr.shape[1]].astype(np.float32)
        distance = np.hypot((x - FACE_XY[0]) / 62, (y - FACE_XY[1] + 4) / 80)
        self._mask = np.clip((1.1 - distance) * 10, 0, 1)
        random = np.random.default_rng(0)
        self._wall = cv2.resize(random.integers(60, 120, (6, 8, 3), dtype=np.uint8), SIZE_WH)

    def frame(self, *faces: tuple[float, ...]) -> np.ndarray:
        """Return a frame; a face is its center x and y, and perhaps its side and its tilt in degrees, clockwise."""
        frame = self._wall.astype(np.float32)
        for x, y, *rest in faces:
            side, tilt = (*rest, 110.0, 0.0)[0] if rest else 110.0, rest[1] if len(rest) > 1 else 0.0
            there = cv2.getRotationMatrix2D(FACE_XY, -tilt, side / FACE_SIDE)
            there[:, 2] += np.array([x, y]) - FACE_XY
            head = cv2.warpAffine(self._head, there, SIZE_WH, flags=cv2.INTER_AREA)
            mask = cv2.warpAffine(self._mask, there, SIZE_WH)[..., None]
            frame += mask * (head - frame)
        return frame.astype(np.uint8)


@pytest.fixture(scope="module")
def stage(astronaut_bgr: np.ndarray) -> Stage:
    return Stage(astronaut_bgr)


def at(detections: Detections, x: float, y: float) -> bool:
    """Whether exactly one box is around this point, within a fifth of its side."""
    boxes = detections.boxes_xyxy
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    return int((np.hypot(*(centers - (x, y)).T) < 0.2 * (boxes[:, 2] - boxes[:, 0])).sum()) == 1


def clock(seconds: float, start_s: float = 0.0) -> Iterator[float]:
    return (start_s + number / RATE for number in range(round(seconds * RATE)))


def test_a_moving_face_is_in_every_frame(stage: Stage) -> None:
    detector = FollowingDetector()
    for time_s in clock(3):
        x, y = 320 + 180 * np.sin(2 * time_s), 240 + 60 * np.sin(3 * time_s)
        assert at(detector.detect(stage.frame((x, y)), time_s), x, y), time_s


def without_searches(detector: FollowingDetector) -> None:
    """Let the detector find nothing anymore but what it follows."""
    detector._tasks, detector._done_s = [], []


def test_a_face_that_jumps_is_boxed_where_it_lands(stage: Stage) -> None:
    detector = FollowingDetector()
    for time_s in clock(0.5):
        rest = detector.detect(stage.frame((320, 240)), time_s).boxes_xyxy[0]
    without_searches(detector)
    there = detector.detect(stage.frame((350, 240)), 0.55).boxes_xyxy[0]
    assert there == pytest.approx(rest + np.array([30, 0, 30, 0]), abs=3)


@pytest.mark.parametrize("jump", [(55, 0), (-55, -55), (0, 60)], ids=str)
def test_a_face_that_jumps_by_half_its_side_is_followed_without_a_search(
    stage: Stage, jump: tuple[float, float]
) -> None:
    detector = FollowingDetector()
    for time_s in clock(0.5):
        detector.detect(stage.frame((320, 240)), time_s)
    without_searches(detector)
    x, y = 320 + jump[0], 240 + jump[1]
    assert at(detector.detect(stage.frame((x, y)), 0.55), x, y)


def test_a_face_that_tilts_and_comes_nearer_is_in_every_frame(stage: Stage) -> None:
    detector = FollowingDetector()
    for time_s in clock(3):
        side, tilt = 130 + 40 * np.sin(2 * time_s), 35 * np.sin(1.5 * time_s)
        found = detector.detect(stage.frame((320, 240, side, tilt)), time_s)
        assert at(found, 320, 240), time_s
        assert found.boxes_xyxy[0, 2] - found.boxes_xyxy[0, 0] == pytest.approx(side, rel=0.2)


def test_a_face_that_leaves_is_gone_and_comes_back(stage: Stage) -> None:
    detector = FollowingDetector()
    for time_s in clock(0.5):
        assert len(detector.detect(stage.frame((320, 240)), time_s)) == 1
    for time_s in clock(0.5, 0.5):
        assert len(detector.detect(stage.frame(), time_s)) == 0
    back = [time_s for time_s in clock(1, 1.0) if len(detector.detect(stage.frame((150, 200)), time_s))]
    assert back[0] - 1.0 <= COARSE_EVERY_S


@pytest.mark.parametrize("since_search", range(5))
def test_a_face_that_joins_a_known_one_is_found_in_time(stage: Stage, since_search: int) -> None:
    detector = FollowingDetector()
    start_s = 1 + since_search / RATE
    for time_s in clock(start_s):
        assert len(detector.detect(stage.frame((180, 240)), time_s)) == 1
    both = [len(detector.detect(stage.frame((180, 240), (460, 240)), time_s)) for time_s in clock(1, start_s)]
    assert both.index(2) / RATE <= 2 * COARSE_EVERY_S
    assert both[-1] == 2


def test_a_small_face_is_found_in_a_later_part(stage: Stage) -> None:
    detector = FollowingDetector()
    counts = [len(detector.detect(stage.frame((180, 240), (560, 90, 60)), time_s)) for time_s in clock(2)]
    assert counts.index(2) / RATE <= FINE_EVERY_S
    assert counts[-1] == 2


def test_searches_are_spread_over_frames(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    detector = FollowingDetector()
    counts: list[int] = []
    propose = detector._proposer.propose
    monkeypatch.setattr(
        detector._proposer, "propose", lambda *args: counts.__setitem__(-1, counts[-1] + 1) or propose(*args)
    )
    for time_s in clock(3):
        counts.append(0)
        detector.detect(stage.frame((320, 240)), time_s)
    assert counts[0] == len(detector._tasks), "the first frame is searched as a whole"
    assert max(counts[1:]) == 1
    expected = sum(1 / task.every_s for task in detector._tasks) * 3
    assert sum(counts[1:]) == pytest.approx(expected, rel=0.35)


def test_frames_far_apart_are_searched_as_a_whole(stage: Stage) -> None:
    detector = FollowingDetector()
    for number, (x, y) in enumerate(((150, 150), (480, 300), (200, 330))):
        assert at(detector.detect(stage.frame((x, y)), 5.0 * number), x, y)


def crossing(time_s: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Two faces that change sides within two seconds, the right one in front."""
    return (140 + 180 * time_s, 235), (500 - 180 * time_s, 245)


def test_identities_survive_a_crossing(stage: Stage) -> None:
    detector, tracker = FollowingDetector(), Tracker(TrackerOptions(min_hits=1))
    first: dict[int, float] = {}
    for time_s in clock(2):
        found = detector.detect(stage.frame(*crossing(time_s)), time_s)
        faces = tracker.update(found, np.full((len(found), 7), 1 / 7, np.float32), time_s)
        by_id = {
            int(track): float(box[0] + box[2]) / 2 for track, box in zip(faces.track_ids, faces.boxes_xyxy, strict=True)
        }
        first = first or by_id
    assert len(first) == len(by_id) == 2
    for track, x in first.items():
        assert abs(by_id[track] - x) > 200, "each has gone to the other side"


@pytest.mark.parametrize("swapped", [False, True], ids=["first", "second"])
@pytest.mark.parametrize("other", [(130, 100, 100, 0), (104, 100, 135, 0)], ids=["place", "size"])
def test_where_two_faces_become_one_the_nearer_in_place_and_size_stays(other: tuple[float, ...], swapped: bool) -> None:
    expected = np.array([(102, 100, 100, 0), other], np.float32)[:: -1 if swapped else 1]
    found = np.array([(100, 100, 100, 0), (101, 100, 101, 0)], np.float32)
    assert following._nearest(expected, found).tolist() == [1 if swapped else 0]


def test_where_two_faces_touch_each_keeps_its_own_size(stage: Stage) -> None:
    detector = FollowingDetector()
    for time_s in clock(2):
        x = 200 + 100 * np.sin(1.5 * time_s)  # a large face moves before a small one and back
        found = detector.detect(stage.frame((400, 200, 80), (x, 260, 160)), time_s)
        assert len(found) == 2, time_s
        sides = sorted(found.boxes_xyxy[:, 2] - found.boxes_xyxy[:, 0])
        assert sides[0] < 110
        assert sides[1] > 130


def test_a_face_behind_another_for_half_a_second_keeps_its_identity(stage: Stage) -> None:
    detector, tracker = FollowingDetector(), Tracker(TrackerOptions(min_hits=1))
    ids: list[set[int]] = []
    for time_s in clock(3):
        hidden = 1.2 <= time_s < 1.65
        faces = [(180, 240)] if hidden else [(180, 240), (460, 240)]
        found = detector.detect(stage.frame(*faces), time_s)
        seen = tracker.update(found, np.full((len(found), 7), 1 / 7, np.float32), time_s)
        ids.append(set(seen.track_ids.tolist()))
    assert ids[-1] == ids[20] == {1, 2}
    assert len(ids[26]) == 1


def test_a_still_face_does_not_jitter(astronaut_bgr: np.ndarray) -> None:
    detector, random = FollowingDetector(), np.random.default_rng(3)
    picture = view(astronaut_bgr, 0.1).astype(np.float32)
    boxes = []
    for time_s in clock(2):
        noisy = (picture + random.normal(0, 4, picture.shape)).clip(0, 255).astype(np.uint8)
        boxes.append(detector.detect(noisy, time_s).boxes_xyxy[0])
    sides = np.array(boxes)[10:, 2] - np.array(boxes)[10:, 0]
    assert sides.std() / sides.mean() < 0.01
    assert iou(boxes[10][None], boxes[-1][None])[0, 0] > 0.95


@pytest.mark.parametrize("forget", ["reset", "other size", "clip starts again"])
def test_earlier_frames_are_forgotten(stage: Stage, forget: str) -> None:
    detector = FollowingDetector()
    for time_s in clock(0.5, 10.0):
        detector.detect(stage.frame((320, 240, 110, 15)), time_s)
    if forget == "reset":
        detector.reset()
    elif forget == "other size":
        assert len(detector.detect(np.zeros((100, 400, 3), np.uint8), 11.0)) == 0
    time_s = 0.0 if forget == "clip starts again" else 11.1
    assert len(detector.detect(np.full((480, 640, 3), 90, np.uint8), time_s)) == 0


def test_on_live_video_no_frame_is_searched_more_than_once_however_late_it_comes(stage: Stage) -> None:
    searches: list[int] = []

    def searched(live: bool) -> list[int]:
        detector = FollowingDetector(live=live)
        propose = detector._propose
        detector._propose = lambda *arguments: searches.append(1) or propose(*arguments)  # type: ignore[method-assign,func-returns-value]
        counts = []
        for time_s in (0.0, 1.0, 2.0, 3.0):
            searches.clear()
            assert at(detector.detect(stage.frame((320, 240)), time_s), 320, 240)
            counts.append(len(searches))
        return counts

    assert searched(live=True)[1:] == [1, 1, 1]
    assert min(searched(live=False)[1:]) > 5

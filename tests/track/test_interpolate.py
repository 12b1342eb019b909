"""Boxes between two analyses lie on a straight line from one to the other; faces are matched by track id."""

from __future__ import annotations

import numpy as np
import pytest

from emotion_core.emotions import EMOTIONS
from emotion_core.results import UNTRACKED, Faces, FrameResult
from emotion_core.track.interpolate import between


def at(time_s: float, **boxes: float) -> FrameResult:
    """Return faces named by track: ``t3=40`` is track 3 with its left side at 40. Each box is 10×10 pixels."""
    ids = [int(name[1:]) for name in boxes]
    sides = np.array([[x, 0, x + 10, 10] for x in boxes.values()], np.float32).reshape(-1, 4)
    probabilities = np.tile(np.eye(7, dtype=np.float32)[3], (len(ids), 1))
    return FrameResult(Faces(sides, probabilities, np.array(ids, int)), (100, 100), time_s, model="m")


def lefts(result: FrameResult) -> dict[int, float]:
    tracks = result.faces.track_ids
    return {int(track): float(box[0]) for track, box in zip(tracks, result.faces.boxes_xyxy, strict=True)}


@pytest.mark.parametrize(("time_s", "left"), [(1.0, 0), (1.025, 5), (1.05, 10), (1.1, 20), (1.2, 20)])
def test_a_face_in_both_analyses_moves_in_a_straight_line(time_s: float, left: float) -> None:
    result = between(at(1.0, t1=0), at(1.1, t1=20), time_s)
    assert lefts(result) == {1: pytest.approx(left, abs=1e-3)}
    assert (result.time_s, result.faces.labels, result.model) == (time_s, (EMOTIONS[3],), "m")


def test_faces_are_matched_by_their_ids_not_by_their_order() -> None:
    assert lefts(between(at(0.0, t1=0, t2=50), at(1.0, t2=60, t1=10), 0.5)) == {1: 5, 2: 55}


@pytest.mark.parametrize(("time_s", "expected"), [(0.4, {1: 0}), (0.5, {2: 70}), (0.9, {2: 70})])
def test_a_face_in_only_one_analysis_is_shown_for_the_half_nearer_to_it(
    time_s: float, expected: dict[int, float]
) -> None:
    assert lefts(between(at(0.0, t1=0), at(1.0, t2=70), time_s)) == expected


def test_faces_stay_in_place_after_the_last_analysis() -> None:
    assert lefts(between(at(0.0, t1=7), None, 0.3)) == {1: 7}


def test_analyses_without_a_face() -> None:
    assert len(between(at(0.0), at(1.0), 0.7).faces) == 0
    assert lefts(between(at(0.0), at(1.0, t1=4), 0.7)) == {1: 4}


def test_untracked_faces_stay_until_the_next_analysis() -> None:
    def whole(time_s: float, x: float) -> FrameResult:
        faces = Faces(np.array([[x, 0, x + 10, 10]], np.float32), np.eye(7, dtype=np.float32)[:1])
        return FrameResult(faces, (100, 100), time_s)

    result = between(whole(0.0, 0), whole(1.0, 30), 0.8)
    assert result.faces.track_ids.tolist() == [UNTRACKED]
    assert result.faces.boxes_xyxy[0, 0] == 0


def test_the_analyses_themselves_are_not_changed() -> None:
    before, after = at(0.0, t1=0), at(1.0, t1=20)
    between(before, after, 0.5)
    assert (lefts(before), lefts(after)) == ({1: 0}, {1: 20})

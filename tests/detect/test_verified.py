from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from emotion_core.detect import HaarOptions, VerifiedDetector
from emotion_core.detect.overlap import shared
from emotion_core.detect.squares import as_squares
from emotion_core.detect.verified import distinct
from emotion_core.track.tracker import iou

BOX = np.array([[172, 62, 276, 166]], np.float32)  # the astronaut's face, by eye
CENTER = (224.0, 114.0)


def turned(frame_bgr: np.ndarray, degrees: float) -> np.ndarray:
    """Return the picture turned clockwise about the face."""
    turn = cv2.getRotationMatrix2D(CENTER, -degrees, 1.0)
    return cv2.warpAffine(frame_bgr, turn, frame_bgr.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0], ids=str)
def test_the_one_face_is_found_where_it_is_in_pictures_of_any_size(astronaut_bgr: np.ndarray, scale: float) -> None:
    picture = cv2.resize(astronaut_bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    detections = VerifiedDetector().detect(picture)
    assert len(detections) == 1
    assert iou(detections.boxes_xyxy, BOX * scale)[0, 0] > 0.7
    assert detections.scores[0] > VerifiedDetector.strong_score
    assert detections.boxes_xyxy.dtype == detections.scores.dtype == detections.tilts.dtype == np.float32


@pytest.mark.parametrize("degrees", [-35, -20, 0, 20, 35], ids=str)
def test_a_tilted_face_is_found_with_its_tilt(astronaut_bgr: np.ndarray, degrees: float) -> None:
    upright = VerifiedDetector().detect(astronaut_bgr).tilts[0]
    detections = VerifiedDetector().detect(turned(astronaut_bgr, degrees))
    assert iou(detections.boxes_xyxy, BOX)[0, 0] > 0.6
    assert detections.tilts[0] - upright == pytest.approx(degrees, abs=8)


def test_several_faces_are_found_best_first(astronaut_bgr: np.ndarray) -> None:
    portrait = astronaut_bgr[:300]
    three = np.hstack([portrait, portrait[:, ::-1], portrait])
    detections = VerifiedDetector().detect(three)
    assert len(detections) == 3
    assert (np.diff(detections.scores) <= 0).all()
    centers = sorted((detections.boxes_xyxy[:, 0] + detections.boxes_xyxy[:, 2]) / 2)
    assert centers == pytest.approx([224, 512 + 288, 1024 + 224], abs=15)


@pytest.mark.parametrize("name", ["coffee", "rocket", "coins", "text", "brick"])
def test_pictures_without_a_face_give_none(name: str) -> None:
    picture = np.asarray(getattr(data, name)())
    picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR) if picture.ndim == 2 else picture[..., ::-1]
    assert len(VerifiedDetector().detect(np.ascontiguousarray(picture))) == 0


def test_certainty_decides_what_is_shown(astronaut_bgr: np.ndarray) -> None:
    found = [
        len(VerifiedDetector(HaarOptions(min_face_score=least, scale_factor=1.1)).detect(astronaut_bgr))
        for least in (0.0, 0.8, 1.0)
    ]
    assert found[0] > found[1] == 1
    assert found[2] == 0


def test_a_smaller_smallest_face_finds_smaller_ones(astronaut_bgr: np.ndarray) -> None:
    crowd = np.full((960, 1280, 3), 90, np.uint8)
    crowd[400:500, 600:700] = cv2.resize(astronaut_bgr[30:230, 124:324], (100, 100), interpolation=cv2.INTER_AREA)
    assert len(VerifiedDetector(HaarOptions(smallest_face=0.2)).detect(crowd)) == 0
    assert len(VerifiedDetector(HaarOptions(smallest_face=0.04)).detect(crowd)) == 1


@pytest.mark.parametrize("shape", [(1, 1, 3), (10, 400, 3), (400, 10, 3)], ids=str)
def test_a_tiny_picture_has_no_face(shape: tuple[int, ...]) -> None:
    assert len(VerifiedDetector().detect(np.zeros(shape, np.uint8))) == 0


def test_of_squares_on_the_same_face_the_best_remains() -> None:
    squares = as_squares(np.array([[0, 0, 100, 100], [10, 10, 90, 90], [300, 0, 400, 100], [20, 20, 120, 120]]))
    kept, scores = distinct(squares, np.array([0.6, 0.9, 0.7, 0.8], np.float32))
    assert scores.tolist() == pytest.approx([0.9, 0.7])
    assert kept[:, 0].tolist() == [50, 350]


def test_shared_is_a_share_of_the_smaller_box() -> None:
    boxes = np.array([[0, 0, 10, 10], [5, 0, 25, 20], [40, 40, 50, 50]], np.float32)
    assert shared(boxes[:1], boxes).tolist() == [pytest.approx([1.0, 0.5, 0.0])]

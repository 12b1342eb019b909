from __future__ import annotations

import cv2
import numpy as np
import pytest

from emotion_core.detect.proposals import SIDEWAYS, TILTED, UPRIGHT, Proposer, Search
from emotion_core.detect.squares import as_boxes
from emotion_core.track.tracker import iou

CENTER = (224.0, 114.0)  # of the face, pixels
BOX = np.array([[174, 64, 274, 164]], np.float32)


@pytest.fixture(scope="module")
def gray(astronaut_bgr: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(astronaut_bgr, cv2.COLOR_BGR2GRAY)


def turned(gray: np.ndarray, degrees: float) -> np.ndarray:
    """Return the picture turned clockwise about the face."""
    turn = cv2.getRotationMatrix2D(CENTER, -degrees, 1.0)
    return cv2.warpAffine(gray, turn, gray.shape[::-1], borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize("search", UPRIGHT, ids=str)
@pytest.mark.parametrize("smallest", [24.0, 40.0, 80.0], ids=str)
def test_a_face_is_proposed_where_it_is_at_any_size_of_the_searched_image(
    gray: np.ndarray, search: Search, smallest: float
) -> None:
    squares = Proposer().propose(gray, search, 1.2, smallest)
    assert iou(as_boxes(squares), BOX).max() > 0.7
    assert (squares[:, 2] >= smallest * 0.8).all()


def test_many_overlapping_windows_are_proposed_and_not_one(gray: np.ndarray) -> None:
    assert len(Proposer().propose(gray, UPRIGHT[0], 1.1, 40)) > 5


@pytest.mark.parametrize("search", TILTED, ids=str)
def test_a_tilted_face_is_proposed_with_its_tilt(gray: np.ndarray, search: Search) -> None:
    squares = Proposer().propose(turned(gray, search.tilt), search, 1.1, 40)
    assert (squares[:, 3] == search.tilt).all()
    assert iou(as_boxes(squares), BOX).max() > 0.6


def test_the_mirrored_search_sees_what_the_other_sees_in_the_mirror_image(gray: np.ndarray) -> None:
    left, right = (
        Proposer().propose(image, search, 1.1, 40)
        for image, search in zip((gray, np.ascontiguousarray(gray[:, ::-1])), SIDEWAYS, strict=True)
    )
    assert len(left)
    left[:, 0] = gray.shape[1] - left[:, 0]
    # Pixels of the searched image are wider than the picture's, so places agree to less than one of them.
    assert np.sort(left, axis=0) == pytest.approx(np.sort(right, axis=0), abs=1.0)


def test_the_largest_face_bounds_the_search(gray: np.ndarray) -> None:
    squares = Proposer().propose(gray, UPRIGHT[0], 1.1, 24, 60)
    assert (squares[:, 2] <= 62).all()


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (23, 23)], ids=str)
def test_an_image_smaller_than_the_cascade_has_no_proposal(shape: tuple[int, int]) -> None:
    for search in (*UPRIGHT, *SIDEWAYS, *TILTED):
        assert len(Proposer().propose(np.zeros(shape, np.uint8), search, 1.2, 10)) == 0

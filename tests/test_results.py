"""What an analysis returns: labels, areas, and shapes that have to agree."""

from __future__ import annotations

import json

import numpy as np
import pytest

from emotion_core.emotions import UNCERTAIN, Emotion
from emotion_core.results import UNTRACKED, Faces, FrameResult, box_areas

BOXES = np.array([[0, 0, 10, 10], [0, 0, 30, 20]], np.float32)
PROBABILITIES = np.eye(7, dtype=np.float32)[[Emotion.SAD.column, Emotion.HAPPY.column]]


def test_labels_that_are_left_out_are_the_most_probable_ones() -> None:
    assert Faces(BOXES, PROBABILITIES).labels == (Emotion.SAD, Emotion.HAPPY)
    assert Faces.empty().labels == ()


def test_a_face_without_a_label_is_called_uncertain() -> None:
    faces = Faces(BOXES, PROBABILITIES, labels=(None, Emotion.HAPPY))
    assert faces.label_names == (UNCERTAIN, "happy")
    assert faces.select(np.array([False, True])).labels == (Emotion.HAPPY,)


@pytest.mark.parametrize("labels", [(None,), (None, None, None)], ids=["too few", "too many"])
def test_another_number_of_labels_is_an_error(labels: tuple[None, ...]) -> None:
    with pytest.raises(ValueError, match=f"Expected 2 labels. Received: {len(labels)}"):
        Faces(BOXES, PROBABILITIES, labels=labels)


def test_areas_of_boxes() -> None:
    assert box_areas(BOXES).tolist() == [100, 600]
    assert float(box_areas(np.array([5, 5, 7, 8]))) == 6
    assert box_areas(np.array([[5, 5, 3, 8], [5, 5, 3, 3]])).tolist() == [0, 0]
    assert box_areas(np.empty((0, 4))).tolist() == []


def test_the_dominant_face_has_the_largest_box() -> None:
    assert Faces(BOXES, PROBABILITIES).largest == 1
    assert Faces.empty().largest is None


@pytest.mark.parametrize("count", [0, 2])
def test_a_result_survives_being_a_dictionary(count: int) -> None:
    faces = Faces(
        BOXES[:count], PROBABILITIES[:count], np.array([3, UNTRACKED][:count]), labels=(None, Emotion.HAPPY)[:count]
    )
    before = FrameResult(faces, (640, 480), 1.25, 3.5, "flagship", "haar", "votes")
    after = FrameResult.from_dict(json.loads(json.dumps(before.to_dict())))
    assert (after.size_wh, after.time_s, after.latency_ms) == ((640, 480), 1.25, 3.5)
    assert (after.model, after.detector, after.learned_from) == ("flagship", "haar", "votes")
    assert after.faces.labels == before.faces.labels
    assert after.faces.track_ids.tolist() == before.faces.track_ids.tolist()
    assert np.array_equal(after.faces.boxes_xyxy, before.faces.boxes_xyxy)
    assert np.array_equal(after.faces.probabilities, before.faces.probabilities)

"""The figures against people's votes, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from emotion_core.data.dataset import VOTE_COLUMNS, LabeledFaces
from emotion_core.data.votes import shares
from emotion_core.emotions import Emotion
from emotion_core.errors import DataError
from emotion_core.measure.votes import VoteEvaluation, evaluate_votes, fer_plus_accuracy, majority_faces, score_votes
from tests.data.sets import votes_of

HAPPY, SAD, NEUTRAL = (emotion.column for emotion in (Emotion.HAPPY, Emotion.SAD, Emotion.NEUTRAL))
CONTEMPT, NO_FACE = VOTE_COLUMNS.index("contempt"), VOTE_COLUMNS.index("no face")


def reading(**by_name: float) -> list[float]:
    """Seven probabilities; those left out are 0."""
    return [by_name.get(emotion.value, 0.0) for emotion in Emotion]


def test_figures_by_hand() -> None:
    votes = votes_of({HAPPY: 8, SAD: 2}, {SAD: 6, NEUTRAL: 4}, {HAPPY: 5, SAD: 5}, {NO_FACE: 10})
    probabilities = np.array(
        [
            reading(happy=0.6, sad=0.4),  # right, distance .2
            reading(sad=0.3, neutral=0.7),  # wrong, distance .3
            reading(happy=0.5, sad=0.5),  # no majority, distance 0
            reading(angry=1.0),  # no vote among the seven: not counted
        ]
    )
    found = score_votes("mine", probabilities, votes)
    assert (found.images, found.majority.images) == (3, 2)
    assert found.majority.accuracy == 0.5
    assert found.distance == pytest.approx((0.2 + 0.3 + 0.0) / 3)
    entropy = -np.array([0.8 * np.log(0.6) + 0.2 * np.log(0.4), 0.6 * np.log(0.3) + 0.4 * np.log(0.7), np.log(0.5)])
    assert found.cross_entropy == pytest.approx(entropy.mean())
    # The largest probabilities are .6, .7 and .5; people gave these expressions .8, .4 and .5. Each has its own bin.
    assert found.share_error == pytest.approx((0.2 + 0.3 + 0.0) / 3)
    assert sum(b.count for b in found.reliability) == 3
    facts = found.to_dict()
    assert (facts["images"], facts["majority_images"]) == (3, 2)
    assert facts["distance"] == 0.1667


def test_the_shares_themselves_are_a_perfect_reading() -> None:
    votes = np.random.default_rng(5).multinomial(10, [0.3, 0.05, 0.05, 0.3, 0.1, 0.1, 0.05, 0.05, 0, 0], size=200)
    found = score_votes("oracle", shares(votes), votes)
    assert found.majority.accuracy == 1.0
    assert found.distance == pytest.approx(0)
    assert found.share_error == pytest.approx(0)


def test_a_constant_reading_is_not_calibrated() -> None:
    votes = votes_of(*[{HAPPY: 10}] * 3, *[{SAD: 10}] * 7)
    found = score_votes("constant", np.array([reading(happy=1.0)] * 10), votes)
    assert found.share_error == pytest.approx(0.7)


class Always:
    """Reads every face as happy."""

    name = "always"
    crop_margin = 0.0
    uncertain_below = 0.0
    learned_from = "labels"

    def predict(self, crops_bgr: Sequence[np.ndarray]) -> np.ndarray:
        return np.array([reading(happy=1.0)] * len(crops_bgr), np.float32)


def faces(votes: np.ndarray | None) -> LabeledFaces:
    count = 3 if votes is None else len(votes)
    return LabeledFaces(
        np.zeros((count, 48, 48), np.uint8), np.full(count, SAD), tuple(map(str, range(count))), votes=votes
    )


def test_a_classifier_is_compared_with_the_votes_and_not_with_the_labels() -> None:
    found = evaluate_votes(Always(), faces(votes_of({HAPPY: 9, SAD: 1}, {NO_FACE: 10}, {HAPPY: 7, CONTEMPT: 3})))
    assert (found.images, found.majority.accuracy) == (2, 1.0)
    assert found.distance == pytest.approx(0.05)


@pytest.mark.parametrize("votes", [None, votes_of({NO_FACE: 10}), votes_of({})], ids=["none", "no face", "empty"])
def test_without_votes_there_is_one_message(votes: np.ndarray | None) -> None:
    with pytest.raises(DataError, match="have no votes for one of the seven"):
        evaluate_votes(Always(), faces(votes))


def test_without_a_majority_there_is_one_message() -> None:
    with pytest.raises(DataError, match="On no image does a majority agree"):
        evaluate_votes(Always(), faces(votes_of({HAPPY: 5, SAD: 5})))


def test_the_protocol_of_fer_plus_drops_single_votes_and_counts_contempt() -> None:
    votes = votes_of(
        {HAPPY: 5, SAD: 4, NEUTRAL: 1},  # 5 of 9 once the single vote is dropped: happy
        {HAPPY: 5, SAD: 5},  # nothing has more than half
        {CONTEMPT: 8, HAPPY: 2},  # counts, and cannot be read
        {NO_FACE: 9, HAPPY: 1},  # no face is none of the eight
    )
    accuracy, images = fer_plus_accuracy(np.array([reading(happy=1.0)] * 4), votes)
    assert (accuracy, images) == (0.5, 2)
    assert fer_plus_accuracy(np.array([reading(happy=1.0)]), votes_of({NO_FACE: 10})) == (None, 0)


def test_majority_images_get_the_majority_s_expression_as_their_label() -> None:
    images = np.zeros((3, 48, 48), np.uint8)
    votes = votes_of({HAPPY: 9, SAD: 1}, {HAPPY: 5, SAD: 5}, {SAD: 6, CONTEMPT: 4})
    kept = majority_faces(LabeledFaces(images, np.full(3, NEUTRAL), ("a", "b", "c"), votes=votes))
    assert (kept.hashes, kept.labels.tolist()) == (("a", "c"), [HAPPY, SAD])
    with pytest.raises(DataError, match="On no image"):
        majority_faces(LabeledFaces(images, np.full(3, NEUTRAL), ("a", "b", "c")))


def test_figures_survive_a_card() -> None:
    votes = votes_of({HAPPY: 8, SAD: 2}, {SAD: 7, NEUTRAL: 3})
    found = score_votes("mine", np.array([reading(happy=0.8, sad=0.2), reading(sad=0.6, neutral=0.4)]), votes)
    again = VoteEvaluation.from_dict(found.to_dict())
    assert again.to_dict() == found.to_dict()
    assert (again.images, again.majority.images, again.majority.accuracy) == (2, 2, 1.0)
    edited = VoteEvaluation.from_dict({"accuracy": 0.9, "distance": "near", "images": -1, "reliability": 3})
    assert (edited.majority.accuracy, edited.distance, edited.images, edited.reliability) == (0.9, None, None, None)

"""What people's votes say of images and of their labels, worked out by hand."""

from __future__ import annotations

import pytest

from emotion_core.data.dataset import VOTE_COLUMNS
from emotion_core.data.votes import has_majority, human_accuracy, shares
from emotion_core.emotions import Emotion
from tests.data.sets import votes_of

HAPPY, SAD = Emotion.HAPPY.column, Emotion.SAD.column
CONTEMPT, NO_FACE = VOTE_COLUMNS.index("contempt"), VOTE_COLUMNS.index("no face")


def test_other_votes_count_for_the_majority_and_not_for_the_shares() -> None:
    votes = votes_of({HAPPY: 5, CONTEMPT: 5}, {HAPPY: 6, CONTEMPT: 4}, {NO_FACE: 10})
    assert has_majority(votes).tolist() == [False, True, False]
    assert shares(votes)[:, HAPPY].tolist() == [1.0, 1.0, 0.0]


def test_one_person_against_the_others() -> None:
    # Of 8 and 2, the eight agree with the others' majority. Of 5 and 5, whoever is taken out, the other side has more.
    assert human_accuracy(votes_of({HAPPY: 8, SAD: 2})) == pytest.approx(0.8)
    assert human_accuracy(votes_of({HAPPY: 5, SAD: 5})) == 0.0
    assert human_accuracy(votes_of({HAPPY: 10})) == 1.0

"""What people's votes say of images and of their labels, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from emotion_core.data.agreement import NONE, Agreement
from emotion_core.data.dataset import VOTE_COLUMNS, Dataset, LabeledFaces
from emotion_core.data.votes import has_majority, human_accuracy, shares
from emotion_core.emotions import Emotion
from tests.data.sets import votes_of

HAPPY, SAD, NEUTRAL = (emotion.column for emotion in (Emotion.HAPPY, Emotion.SAD, Emotion.NEUTRAL))
CONTEMPT, UNKNOWN, NO_FACE = (VOTE_COLUMNS.index(name) for name in ("contempt", "unknown", "no face"))

# Label and votes of nine images.
PEOPLE = [
    (HAPPY, {HAPPY: 10}),
    (HAPPY, {HAPPY: 6, NEUTRAL: 4}),
    (SAD, {NEUTRAL: 9, SAD: 1}),  # disputed by eight votes of ten
    (SAD, {NEUTRAL: 12, SAD: 8}),  # disputed by four of twenty
    (SAD, {HAPPY: 5, SAD: 5}),  # exactly half is no majority
    (HAPPY, {HAPPY: 2, SAD: 2, NEUTRAL: 2, CONTEMPT: 2, UNKNOWN: 2}),
    (SAD, {CONTEMPT: 6, SAD: 4}),
    (SAD, {NO_FACE: 7, SAD: 3}),
    (NEUTRAL, {}),
]


@pytest.fixture
def people() -> Agreement:
    return Agreement(np.array([label for label, _ in PEOPLE]), votes_of(*(votes for _, votes in PEOPLE)))


def faces(labels: list[int], votes: np.ndarray | None) -> LabeledFaces:
    return LabeledFaces(
        np.zeros((len(labels), 48, 48), np.uint8), np.array(labels), tuple(map(str, labels)), votes=votes
    )


def test_other_votes_count_for_the_majority_and_not_for_the_shares() -> None:
    votes = votes_of({HAPPY: 5, CONTEMPT: 5}, {HAPPY: 6, CONTEMPT: 4}, {NO_FACE: 10})
    assert has_majority(votes).tolist() == [False, True, False]
    assert shares(votes)[:, HAPPY].tolist() == [1.0, 1.0, 0.0]


def test_one_person_against_the_others() -> None:
    # Of 8 and 2, the eight agree with the others' majority. Of 5 and 5, whoever is taken out, the other side has more.
    assert human_accuracy(votes_of({HAPPY: 8, SAD: 2})) == pytest.approx(0.8)
    assert human_accuracy(votes_of({HAPPY: 5, SAD: 5})) == 0.0
    assert human_accuracy(votes_of({HAPPY: 10})) == 1.0


def test_each_image_by_hand(people: Agreement) -> None:
    assert people.voted.tolist() == [True] * 8 + [False]
    assert people.majority.tolist() == [HAPPY, HAPPY, NEUTRAL, NEUTRAL, *[NONE] * 5]
    assert np.flatnonzero(people.disputed).tolist() == [2, 3]
    assert np.flatnonzero(people.outside_seven).tolist() == [6, 7]
    assert np.flatnonzero(people.no_face).tolist() == [7]


def test_sureness_counts_the_largest_vote_of_all_ten(people: Agreement) -> None:
    # 2 of 10 | 5 of 10 | 6, 12 of 20 and 6 (contempt) | 7 (no face) | 9 | 10. Half is below the middle.
    assert people.sureness().tolist() == [0, 1, 0, 0, 1, 3, 1, 0, 1, 1]


@pytest.mark.parametrize(("count", "total", "found"), [(3, 10, 2), (6, 20, 2), (7, 20, 3), (1, 1, 9), (29, 30, 9)])
def test_a_bin_holds_its_upper_end(count: int, total: int, found: int) -> None:
    rest = dict.fromkeys((SAD, NEUTRAL, CONTEMPT, UNKNOWN, NO_FACE), 0)
    for number in range(total - count):
        rest[list(rest)[number % len(rest)]] += 1
    votes = votes_of({HAPPY: count, **rest})
    assert votes.max() == count
    assert Agreement(np.array([HAPPY]), votes).sureness().argmax() == found


def test_labels_against_majorities(people: Agreement) -> None:
    counts = people.confusion()
    assert (counts[HAPPY, HAPPY], counts[SAD, NEUTRAL], counts.sum()) == (2, 2, 4)
    assert people.share() == 0.5
    assert people.share_by_label() == {Emotion.HAPPY: 1.0, Emotion.SAD: 0.0}


def test_the_clearest_disagreement_comes_first(people: Agreement) -> None:
    assert people.against_label().tolist() == [2, 3]
    assert people.among_people().tolist() == [5, 4], "five answers are more even than two"


def test_equal_disagreement_is_shuffled_and_always_alike() -> None:
    labels = np.repeat([SAD, HAPPY], 50)
    same = Agreement(labels, votes_of(*[{NEUTRAL: 10}] * 100))
    first = same.against_label()
    assert set(labels[first[:24]]) == {HAPPY, SAD}
    assert first.tolist() == same.against_label().tolist()
    assert sorted(first) == list(range(100))


@pytest.mark.parametrize("votes", [None, votes_of({}, {})], ids=["none", "empty"])
def test_without_votes_everything_is_empty(votes: np.ndarray | None) -> None:
    nobody = Agreement.of(faces([HAPPY, SAD], votes))
    assert (nobody.voted.any(), nobody.disputed.any(), nobody.no_face.any(), nobody.outside_seven.any()) == (False,) * 4
    assert nobody.sureness().tolist() == [0] * 10
    assert (nobody.share(), nobody.share_by_label()) == (None, {})
    assert len(nobody.against_label()) == len(nobody.among_people()) == 0


def test_splits_stand_one_after_the_other() -> None:
    train, test = faces([HAPPY], None), faces([SAD, SAD], votes_of({SAD: 10}, {}))
    dataset = Dataset("memory", {"train": train, "test": test, "private": faces([SAD], votes_of({}))})
    assert dataset.voted_splits == ("test",)
    assert Agreement.of(*dataset.splits.values()).majority.tolist() == [NONE, SAD, NONE, NONE]

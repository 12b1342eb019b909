"""People's votes as what a network learns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_core.data.dataset import VOTE_COLUMNS, Dataset, LabeledFaces
from emotion_core.emotions import VOTES, Emotion
from emotion_core.errors import DataError
from emotion_core.train.config import FitConfig
from emotion_core.train.fit import compiled, read_data
from emotion_core.train.runs import RunConfig
from emotion_core.train.teacher import own_targets
from emotion_core.train.votes import judged, learnable, vote_targets

HAPPY, SAD, NO_FACE = Emotion.HAPPY.column, Emotion.SAD.column, VOTE_COLUMNS.index("no face")


def counted(**counts: int) -> np.ndarray:
    votes = np.zeros(len(VOTE_COLUMNS), np.int64)
    for name, count in counts.items():
        votes[VOTE_COLUMNS.index(name.replace("_", " "))] = count
    return votes


def faces(*votes: np.ndarray, hashes: str = "") -> LabeledFaces:
    """Faces labeled as happy, whatever people say."""
    names = tuple(hashes or map(str, range(len(votes))))
    return LabeledFaces(
        np.zeros((len(votes), 48, 48), np.uint8), np.full(len(votes), HAPPY), names, votes=np.stack(votes)
    )


@pytest.mark.parametrize(
    ("votes", "shares", "weight"),
    [
        (counted(happy=10), {HAPPY: 1.0}, 1.0),
        (counted(happy=6, sad=2, contempt=1, unknown=1), {HAPPY: 0.6, SAD: 0.2}, 0.8),
        (counted(happy=14, sad=6), {HAPPY: 0.7, SAD: 0.3}, 1.0),
        (counted(no_face=10), {}, 0.0),
        (counted(), {}, 0.0),
    ],
    ids=["all agree", "some elsewhere", "a copy's votes are added up", "no face", "no votes"],
)
def test_a_target_is_the_share_of_all_votes(votes: np.ndarray, shares: dict[int, float], weight: float) -> None:
    target = vote_targets(votes[None])[0]
    expected = np.zeros(7)
    for column, share in shares.items():
        expected[column] = share
    assert target == pytest.approx(expected)
    assert target.sum() == pytest.approx(weight)


def test_what_people_do_not_take_for_one_of_the_seven_is_not_learned() -> None:
    data = faces(counted(happy=4, contempt=6), counted(happy=3, contempt=7), counted(sad=5, no_face=5), counted())
    assert learnable(data).hashes == ("0", "2")


def test_only_majority_images_are_judged() -> None:
    data = faces(counted(happy=6, sad=4), counted(happy=5, sad=5), counted(happy=4, contempt=3, unknown=3))
    assert judged(data).hashes == ("0",)


@pytest.mark.parametrize("choose", [learnable, judged])
def test_data_without_votes_are_one_message(choose: object) -> None:
    without = LabeledFaces(np.zeros((1, 48, 48), np.uint8), np.array([0]), ("a",))
    with pytest.raises(DataError, match="no votes to learn from"):
        choose(without)  # type: ignore[operator]
    with pytest.raises(DataError, match="no votes to learn from"):
        own_targets(without, VOTES)
    with pytest.raises(DataError, match="On no image"):
        choose(faces(counted(no_face=10)))  # type: ignore[operator]


def test_a_run_on_votes_keeps_one_of_equal_images_whatever_their_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    votes = [counted(happy=9, sad=1)] * 3
    train = faces(*votes, hashes="aab")
    train.labels[1] = SAD
    dataset = Dataset("memory", {"train": train, "test": faces(votes[0], hashes="t")})
    monkeypatch.setattr("emotion_core.train.fit.load_dataset", lambda path, **options: dataset)

    def hashes(learn_from: str) -> tuple[str, ...]:
        fit = FitConfig(learn_from=learn_from, deduplicate=True)
        return read_data(RunConfig("mine", str(Path("/data")), fit))[1].hashes

    assert hashes(VOTES) == ("a", "b")
    assert hashes("labels") == ("b",)


def test_the_loss_is_the_cross_entropy_with_the_shares_times_the_share_of_the_seven() -> None:
    pytest.importorskip("tensorflow")
    votes = np.stack([counted(happy=6, sad=2, contempt=2), counted(neutral=10), counted(fear=3, surprise=7)])
    read = np.random.default_rng(0).dirichlet(np.ones(7), 3).astype(np.float32)
    seven = votes[:, :7].sum(axis=1)
    shares = votes[:, :7] / seven[:, None]
    reference = np.mean(seven / votes.sum(axis=1) * -(shares * np.log(read)).sum(axis=1))
    # The smoothing of labels must not reach votes.
    config = FitConfig(arch="mini_xception", learn_from=VOTES, label_smoothing=0.2)
    model = compiled(config)
    loss = model.compute_loss(y=vote_targets(votes), y_pred=read)
    assert float(loss) - float(sum(model.losses)) == pytest.approx(reference, rel=1e-5)

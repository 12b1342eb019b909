"""The figures of a card: both scores, and temperatures for either kind of target."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion_core.classify.card import ModelCard
from emotion_core.data.dataset import Dataset, LabeledFaces
from emotion_core.measure.calibration import scaled
from emotion_core.measure.votes import card_vote_evaluations, shares
from emotion_core.models.folder import ModelFolder
from emotion_core.train.figures import calibrated, measured, with_cross_fit
from tests.model_files import write_fixed_model

COUNT = 1200
HAPPY, NEUTRAL, SAD = 3, 4, 5


def voted(count: int = COUNT) -> LabeledFaces:
    """Faces labeled as sad, of which people call every other one happy; on every third of these they disagree."""
    votes = np.zeros((count, 10), np.int64)
    votes[:, SAD], votes[:, NEUTRAL] = 8, 2
    votes[::2, :7] = 0
    votes[::2, SAD], votes[::2, HAPPY] = 2, 8
    votes[::6, SAD], votes[::6, HAPPY] = 5, 5
    hashes = tuple(f"{i:08x}" for i in range(count))
    return LabeledFaces(np.zeros((count, 48, 48), np.uint8), np.full(count, SAD), hashes, votes=votes)


def overconfident(data: LabeledFaces) -> np.ndarray:
    """Readings of the very shares, with logits that are twice as large as they ought to be."""
    assert data.votes is not None
    return scaled(np.maximum(shares(data.votes), 1e-3), 0.5)


def happy_model(tmp_path: Path) -> tuple[ModelCard, Path]:
    write_fixed_model(tmp_path / "models" / "always_happy", "happy")
    folder = ModelFolder(tmp_path / "models" / "always_happy")
    return folder.checked_card(), folder.network


def test_a_card_has_both_scores_where_there_are_votes(tmp_path: Path) -> None:
    card, network = happy_model(tmp_path)
    data = voted()
    card = measured(card, network, Dataset("mine", {"test": data}), chosen_on_it=True)
    assert card.metrics["test"]["accuracy"] == 0.0
    against_votes = card_vote_evaluations(card)["test"]
    assert (against_votes.images, against_votes.majority.images) == (COUNT, COUNT * 5 // 6)
    assert against_votes.majority.accuracy == pytest.approx(0.4)
    assert card.vote_metrics["test"]["robustness"]["rotated +15°"] == pytest.approx(0.4)
    assert against_votes.majority.chosen_on_it

    without, card = replace(data, votes=None), replace(card, vote_metrics={})
    assert not measured(
        replace(card, vote_metrics={}), network, Dataset("mine", {"test": without}), chosen_on_it=False
    ).vote_metrics


def test_a_model_of_votes_is_calibrated_to_their_shares(tmp_path: Path) -> None:
    card, _ = happy_model(tmp_path)
    data = voted()
    of_votes = calibrated(replace(card, learned_from="votes"), overconfident(data), data)
    assert of_votes.temperature == pytest.approx(2.0, abs=0.2)
    of_labels = calibrated(card, overconfident(data), data)
    assert of_labels.temperature > 2.5, "half of the labels contradict its readings"
    few = voted(100)
    assert calibrated(card, overconfident(few), few).temperature == 1.0


def test_each_half_is_measured_with_the_temperature_of_the_other(tmp_path: Path) -> None:
    card, network = happy_model(tmp_path)
    data = voted()
    card = measured(replace(card, learned_from="votes"), network, Dataset("mine", {"test": data}), chosen_on_it=False)
    assert with_cross_fit(card, overconfident(data), data).vote_metrics["test"]["share_error_cross_fitted"] < 0.02
    labels = with_cross_fit(replace(card, learned_from="labels"), overconfident(data), data)
    assert labels.metrics["test"]["ece_cross_fitted"] > 0.02

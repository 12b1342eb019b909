"""The figures of a model's card: against the original labels, and against people's votes where the data has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from emotion_core.classify.card import ModelCard
from emotion_core.classify.onnx import OnnxClassifier
from emotion_core.data.dataset import Dataset, LabeledFaces
from emotion_core.data.votes import has_majority
from emotion_core.emotions import VOTES
from emotion_core.measure.accuracy import calibration_error, evaluate
from emotion_core.measure.calibration import cross_fitted, fit_temperature
from emotion_core.measure.robustness import robustness
from emotion_core.measure.votes import evaluate_votes, majority_faces, score_votes
from emotion_core.train.teacher import own_targets

CALIBRATION_IMAGES = 500  # a temperature fitted on fewer says little
# How many images of each class FER-2013's PublicTest has. A test split with these counts is taken for it.
PUBLIC_TEST_COUNTS = (467, 56, 496, 895, 607, 653, 415)

Figures = dict[str, Any]


def calibrated(card: ModelCard, raw: np.ndarray, validation: LabeledFaces) -> ModelCard:
    """Return the card with the fitted temperature, or with 1 where there are too few images to fit it on.

    Args:
        raw: ``(n, 7)`` probabilities at temperature 1 of the n images of ``validation``.
    """
    if len(validation) < CALIBRATION_IMAGES:
        return replace(card, temperature=1.0)
    return replace(card, temperature=round(fit_temperature(raw, own_targets(validation, card.learned_from)), 4))


def measured(card: ModelCard, network: Path, dataset: Dataset, *, chosen_on_it: bool) -> ModelCard:
    """Return the card with all figures on the test split, if there is one.

    Args:
        network: the ONNX file that belongs to the card.
        chosen_on_it: whether the model's best epoch was chosen on the test split.
    """
    test = dataset.splits.get("test")
    if test is None:
        return card
    classifier = OnnxClassifier(network, card)
    card = replace(card, metrics=_all_views(classifier, dataset, test, _label_figures, chosen_on_it))
    if test.votes is None or not has_majority(test.votes).any():
        return card
    return replace(card, vote_metrics=_all_views(classifier, dataset, test, _vote_figures, chosen_on_it))


def _all_views(
    classifier: OnnxClassifier,
    dataset: Dataset,
    test: LabeledFaces,
    measure: Callable[[OnnxClassifier, LabeledFaces, bool], Figures],
    chosen_on_it: bool,
) -> dict[str, Figures]:
    title = title_of(test)
    figures = measure(classifier, test, False)
    figures["chosen_on_it"] = chosen_on_it
    judged = test if measure is _label_figures else majority_faces(test)
    figures["robustness"] = {name: round(value, 4) for name, value in robustness(classifier, judged).items()}
    found = {title: figures, f"{title}, with its mirror image": measure(classifier, test, True)}
    if "train" in dataset.splits:
        new = test.without(dataset.splits["train"].hashes)
        if 0 < len(new) < len(test):
            found[f"{title}, without copies in train"] = measure(classifier, new, False)
    return found


def _label_figures(classifier: OnnxClassifier, data: LabeledFaces, flip: bool) -> Figures:
    return _of_a_model(evaluate(classifier, data, flip=flip, timed=1).to_dict(), flip)


def _vote_figures(classifier: OnnxClassifier, data: LabeledFaces, flip: bool) -> Figures:
    return _of_a_model(evaluate_votes(classifier, data, flip=flip).to_dict(), flip)


def _of_a_model(figures: Figures, flip: bool) -> Figures:
    figures.pop("model")
    figures.pop("latency_ms_per_face")  # a machine's speed is no property of the model; `make bench` measures it
    return {"view": "flip" if flip else "single", **figures}


def with_cross_fit(card: ModelCard, raw: np.ndarray, test: LabeledFaces) -> ModelCard:
    """Add the calibration error that new images may expect.

    The temperature was fitted on the images that it is measured on, which flatters it. So each half of them is
    measured once more with the temperature of the other half.

    Args:
        raw: ``(n, 7)`` probabilities at temperature 1.
    """
    groups = np.array([int(value[:8], 16) for value in test.hashes])
    corrected = cross_fitted(raw, own_targets(test, card.learned_from), groups)
    if card.learned_from == VOTES and test.votes is not None:
        error = score_votes(card.name, corrected, test.votes).share_error or 0.0
        return replace(card, vote_metrics=_with(card.vote_metrics, test, "share_error_cross_fitted", error))
    error = calibration_error(corrected, test.labels)
    return replace(card, metrics=_with(card.metrics, test, "ece_cross_fitted", error))


def _with(metrics: Any, test: LabeledFaces, name: str, value: float) -> Figures:
    title = title_of(test)
    return {**metrics, title: {**metrics[title], name: round(value, 4)}}


def title_of(test: LabeledFaces) -> str:
    """What cards call a test split."""
    return "PublicTest" if is_public_test(test) else "test"


def name_of(dataset: Dataset) -> str:
    """What cards call a data set: FER-2013 by that name, whatever its folder is called, others by their own."""
    test = dataset.splits.get("test")
    return "FER-2013" if test is not None and is_public_test(test) else dataset.name


def is_public_test(test: LabeledFaces) -> bool:
    """Whether a split has the class counts of FER-2013's PublicTest."""
    return tuple(np.bincount(test.labels, minlength=7).tolist()) == PUBLIC_TEST_COUNTS

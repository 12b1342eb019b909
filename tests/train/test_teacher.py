"""A run that starts from an installed model's weights, and one whose labels an installed model softens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion_core.data.dataset import LabeledFaces
from emotion_core.errors import ModelNotFoundError, RunError
from emotion_core.networks.architectures import architecture
from emotion_core.train.runs import Run, RunConfig
from emotion_core.train.teacher import TARGETS, start_from, targets
from tests.model_files import write_fixed_model, write_model
from tests.train.run_helpers import FIT

FACES = LabeledFaces(np.zeros((3, 48, 48), np.uint8), np.array([0, 3, 5]), ("a", "b", "c"))
HARD = np.eye(7, dtype=np.float32)[FACES.labels]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def run_with(tmp_path: Path, **changes: object) -> Run:
    return Run.create(tmp_path / "runs", RunConfig("mine", "/data", replace(FIT, **changes)))  # type: ignore[arg-type]


def test_without_a_teacher_targets_are_the_labels(tmp_path: Path) -> None:
    assert np.array_equal(targets(FACES, run_with(tmp_path), tmp_path), HARD)


def test_a_teacher_softens_the_labels_by_its_share(tmp_path: Path, models: Path) -> None:
    write_fixed_model(models / "always_happy", "happy")
    soft = targets(FACES, run_with(tmp_path, teacher="always_happy", teacher_share=0.25), models)
    assert soft.sum(axis=1) == pytest.approx(1.0, abs=1e-6)
    happy = np.exp(4) / (np.exp(4) + 6)
    assert soft[:, 3] == pytest.approx([0.25 * happy, 0.75 + 0.25 * happy, 0.25 * happy], abs=1e-5)


def test_several_teachers_soften_by_the_mean_of_their_readings(tmp_path: Path, models: Path) -> None:
    for label in ("happy", "sad"):
        write_fixed_model(models / f"always_{label}", label)
    soft = targets(FACES, run_with(tmp_path, teacher="always_happy, always_sad"), models)
    sure, other = np.exp(4) / (np.exp(4) + 6), 1 / (np.exp(4) + 6)
    assert soft[0] == pytest.approx(
        0.5 * HARD[0] + 0.5 * np.where(np.isin(range(7), (3, 5)), (sure + other) / 2, other), abs=1e-5
    )


def test_a_resumed_run_has_the_same_targets_though_the_teacher_is_gone(tmp_path: Path, models: Path) -> None:
    write_fixed_model(models / "always_happy", "happy")
    run = run_with(tmp_path, teacher="always_happy")
    first = targets(FACES, run, models)
    assert run.path(TARGETS).is_file()
    (models / "always_happy" / "card.json").unlink()
    assert np.array_equal(targets(FACES, run, models), first)


def test_a_missing_teacher_is_named(tmp_path: Path, models: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="nobody"):
        targets(FACES, run_with(tmp_path, teacher="nobody"), models)


@pytest.mark.slow
def test_a_run_starts_with_the_weights_of_an_installed_model(models: Path) -> None:
    write_model(models / "mine")
    trained = architecture("mini_xception").build()
    trained.save(models / "mine" / "model.keras")
    fresh = architecture("mini_xception").build()
    start_from(fresh, "mine", models)
    for mine, theirs in zip(fresh.get_weights(), trained.get_weights(), strict=True):
        assert np.array_equal(mine, theirs)


@pytest.mark.slow
def test_another_architecture_is_refused(models: Path) -> None:
    write_model(models / "mine")
    architecture("deep_emotion").build().save(models / "mine" / "model.keras")
    with pytest.raises(RunError, match="another architecture"):
        start_from(architecture("mini_xception").build(), "mine", models)


@pytest.mark.slow
def test_a_model_without_its_keras_file_is_refused(models: Path) -> None:
    write_model(models / "mine")
    with pytest.raises(RunError, match=r"model\.keras"):
        start_from(architecture("mini_xception").build(), "mine", models)

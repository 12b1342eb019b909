"""The worst mistakes that come with a model, and the pictures that are found for them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion_core.data.dataset import LabeledFaces
from emotion_core.data.demo import make_demo_set
from emotion_core.data.load import load_dataset
from emotion_core.emotions import EMOTIONS, LABELS, VOTES, Emotion
from emotion_core.errors import ModelError
from emotion_core.measure.mistakes import Mistake, read_mistakes, rows_of, worst, write_mistakes
from emotion_core.models.folder import model_folders

SHIPPED = model_folders(Path(__file__).resolve().parents[2] / "models")


@pytest.fixture
def faces(tmp_path: Path) -> LabeledFaces:
    make_demo_set(tmp_path / "faces", per_class=4)
    return load_dataset(tmp_path / "faces").splits["train"]


def always(column: int, faces: LabeledFaces) -> np.ndarray:
    """Readings of one expression, the surer the later the face."""
    shares = np.linspace(0.5, 0.9, len(faces))
    probabilities = np.repeat(((1 - shares) / 6)[:, None], 7, axis=1)
    probabilities[:, column] = shares
    return probabilities


def test_the_surest_wrong_readings_are_kept_and_found_again(faces: LabeledFaces) -> None:
    found = worst(faces, always(Emotion.HAPPY.column, faces), 5)
    assert len(found) == 5 and {one.read_as for one in found} == {Emotion.HAPPY}
    assert Emotion.HAPPY not in {one.label for one in found}
    assert [one.share for one in found] == sorted((one.share for one in found), reverse=True)
    rows = rows_of(found, faces)
    assert [EMOTIONS[faces.labels[row]] for row in rows if row is not None] == [one.label for one in found]


def test_a_picture_is_found_although_it_was_compressed(faces: LabeledFaces) -> None:
    found = worst(faces, always(Emotion.HAPPY.column, faces), 5)
    blurred = [
        cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_GRAYSCALE)
        for image in faces.images
    ]
    again = LabeledFaces(np.stack(blurred), faces.labels, faces.hashes)
    assert rows_of(found, again) == rows_of(found, faces)


def test_in_another_data_set_nothing_is_found(faces: LabeledFaces) -> None:
    found = worst(faces, always(Emotion.HAPPY.column, faces), 3)
    noise = np.random.default_rng(1).integers(0, 255, (20, 48, 48)).astype(np.uint8)
    other = LabeledFaces(noise, np.zeros(20, int), ("",) * 20)
    assert rows_of(found, other) == [None, None, None]
    assert rows_of(found, other.select(np.zeros(0, int))) == [None, None, None]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    one = Mistake("0123456789abcdef", Emotion.SAD, Emotion.FEAR, 0.75)
    write_mistakes(tmp_path / "mistakes.json", "PublicTest", {LABELS: [one, one], VOTES: []})
    assert read_mistakes(tmp_path / "mistakes.json") == ("PublicTest", {LABELS: [one, one], VOTES: []})
    assert read_mistakes(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "[1]",
        "{}",
        '{"data": "x", "labels": 3}',
        '{"data": "x", "labels": [{}]}',
        '{"data": "x", "labels": [{"look": "00", "label": "sad", "read_as": "fear", "share": 0.5}]}',
        '{"data": "x", "labels": [{"look": "0123456789abcdef", "label": "bored", "read_as": "fear", "share": 0.5}]}',
        '{"data": "x", "labels": [{"look": "0123456789abcdef", "label": "sad", "read_as": "fear", "share": "0.5"}]}',
        "[" * 100_000,
    ],
)
def test_a_broken_file_is_one_error(broken: str, tmp_path: Path) -> None:
    path = tmp_path / "mine" / "mistakes.json"
    path.parent.mkdir()
    path.write_text(broken)
    with pytest.raises(ModelError, match="of the model mine cannot be read"):
        read_mistakes(path)


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_each_model_of_the_project_brings_its_mistakes(folder) -> None:  # type: ignore[no-untyped-def]
    known = read_mistakes(folder.mistakes)
    assert known is not None
    data, found = known
    assert data == "PublicTest" and {kind: len(rows) for kind, rows in found.items()} == {LABELS: 24, VOTES: 24}
    assert all(one.label != one.read_as and 0.3 < one.share <= 1 for rows in found.values() for one in rows)
    assert set(json.loads(folder.mistakes.read_text())["labels"][0]) == {"look", "label", "read_as", "share"}, (
        "neither pictures nor votes of FER-2013 come with the project"
    )

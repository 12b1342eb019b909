from __future__ import annotations

import logging
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion_core.detect import FollowingHaarDetector, HaarDetector, VerifiedDetector, make_detector, verifier
from emotion_core.detect.squares import Pyramid, moved
from emotion_core.detect.verifier import load_verifier, normalized, verifier_fault, verifier_path
from emotion_core.errors import DetectorError
from tests.model_files import network

FACE = np.array([[224, 114, 104, 0]], np.float32)  # the astronaut's, by eye


@pytest.fixture(scope="module")
def pyramid(astronaut_bgr: np.ndarray) -> Pyramid:
    return Pyramid(cv2.cvtColor(astronaut_bgr, cv2.COLOR_BGR2GRAY))


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models without the verifier, as if none were shipped either."""
    monkeypatch.setattr(verifier, "_SHIPPED", tmp_path / "none")
    return tmp_path


def test_a_face_scores_high_and_what_is_beside_it_low(pyramid: Pyramid) -> None:
    beside = moved(np.repeat(FACE, 3, axis=0), np.array([[1.2, 0, 0, 0], [0, 1.3, 0, 0], [0, 0, -1.4, 0]]))
    scores, squares = load_verifier().verify(pyramid, np.concatenate([FACE, beside]))
    assert scores.shape == (4,)
    assert squares.shape == (4, 4)
    assert scores[0] > 0.9
    assert (scores[1:] < 0.3).all()
    assert ((scores >= 0) & (scores <= 1)).all()


@pytest.mark.parametrize(
    "offset",
    [(0.15, 0.1, 0, 0), (-0.15, -0.1, 0, 0), (0, 0, 0.2, 0), (0, 0, -0.2, 0), (0, 0, 0, 20), (0, 0, 0, -20)],
    ids=str,
)
def test_squares_beside_a_face_move_onto_it(pyramid: Pyramid, offset: tuple[float, ...]) -> None:
    center = load_verifier().examine(pyramid, FACE)[1]
    found = load_verifier().verify(pyramid, moved(center, np.array([offset], np.float32)))[1]
    found = load_verifier().verify(pyramid, found)[1]
    assert np.abs(found[0, :2] - center[0, :2]).max() < 0.07 * center[0, 2]
    assert found[0, 2] == pytest.approx(center[0, 2], rel=0.1)
    assert found[0, 3] == pytest.approx(center[0, 3], abs=7)


def test_the_mirror_image_is_examined_as_the_picture(pyramid: Pyramid) -> None:
    gray = pyramid.levels[0]
    scores, squares = load_verifier().examine(pyramid, FACE)
    mirrored = FACE.copy()
    mirrored[:, 0] = gray.shape[1] - FACE[:, 0]
    again, others = load_verifier().examine(Pyramid(np.ascontiguousarray(gray[:, ::-1])), mirrored)
    assert again == pytest.approx(scores, abs=0.02)
    expected = [gray.shape[1] - squares[0, 0], squares[0, 1], squares[0, 2], -squares[0, 3]]
    assert others[0] == pytest.approx(expected, abs=1.0)


def test_several_squares_are_examined_as_each_alone(pyramid: Pyramid) -> None:
    squares = moved(np.repeat(FACE, 3, axis=0), np.array([[0, 0, 0, 0], [0.1, 0, 0, 0], [1.2, 0, 0, 0]]))
    together = load_verifier().examine(pyramid, squares)
    alone = [load_verifier().examine(pyramid, square[None]) for square in squares]
    assert together[0] == pytest.approx(np.concatenate([scores for scores, _ in alone]), abs=1e-4)
    assert together[1] == pytest.approx(np.concatenate([found for _, found in alone]), abs=1e-2)
    assert together[0][0] > 0.9 > 0.3 > together[0][2]


def test_light_and_contrast_do_not_matter(pyramid: Pyramid) -> None:
    window = pyramid.windows(FACE).astype(np.float32)
    dark = (window * 0.3 + 20).round().astype(np.uint8)
    assert np.abs(normalized(dark) - normalized(window.astype(np.uint8))).max() < 0.4


def test_several_squares_read_as_each_alone(pyramid: Pyramid) -> None:
    squares = moved(np.repeat(FACE, 5, axis=0), np.linspace([-0.2, 0, 0, 0], [0.2, 0, 0, 0], 5))
    together = load_verifier().verify(pyramid, squares)
    for row in range(5):
        alone = load_verifier().verify(pyramid, squares[row : row + 1])
        assert alone[0] == pytest.approx(together[0][row : row + 1], abs=1e-5)
        assert alone[1] == pytest.approx(together[1][row : row + 1], abs=1e-3)


def test_no_square_no_score(pyramid: Pyramid) -> None:
    for judge in (load_verifier().verify, load_verifier().examine):
        scores, squares = judge(pyramid, np.empty((0, 4), np.float32))
        assert (scores.shape, squares.shape) == ((0,), (0, 4))


def test_the_file_is_small_and_loaded_once() -> None:
    assert verifier_path().stat().st_size <= 200_000
    assert load_verifier() is load_verifier()


def test_the_own_folder_of_models_comes_first(tmp_path: Path) -> None:
    assert verifier_path(tmp_path) == verifier_path()
    own = tmp_path / "detectors" / "verifier" / "model.onnx"
    own.parent.mkdir(parents=True)
    shutil.copy(verifier_path(), own)
    assert verifier_path(tmp_path) == own
    assert load_verifier(tmp_path) is not load_verifier()


def write_verifier(folder: Path, content: bytes) -> None:
    path = folder / "detectors" / "verifier" / "model.onnx"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


@pytest.mark.parametrize("content", [None, b"", b"no network", verifier_path().read_bytes()[:50_000]])
def test_without_a_usable_file_the_cascade_alone_is_used_and_the_log_says_why(
    elsewhere: Path, content: bytes | None, astronaut_bgr: np.ndarray, caplog: pytest.LogCaptureFixture
) -> None:
    if content is not None:
        write_verifier(elsewhere, content)
    with caplog.at_level(logging.WARNING):
        detector = make_detector("haar", models_dir=elsewhere)
    assert type(detector) is HaarDetector
    assert type(make_detector("haar", models_dir=elsewhere, follow=True)) is FollowingHaarDetector
    assert len(detector.detect(astronaut_bgr)) == 1
    what = "missing" if content is None else "damaged"
    assert f"models/detectors/verifier/model.onnx is {what}" in caplog.text
    assert "Haar cascade alone" in caplog.text
    with pytest.raises(DetectorError, match=what):
        VerifiedDetector(models_dir=elsewhere)


def test_another_network_is_refused(elsewhere: Path) -> None:
    write_verifier(elsewhere, network())
    fault = verifier_fault(elsewhere)
    assert fault is not None
    assert "expected one input of 1×48×48 and one output of 5" in str(fault)


def test_a_repaired_file_is_used_at_once(tmp_path: Path) -> None:
    write_verifier(tmp_path, b"no network")
    assert verifier_fault(tmp_path) is not None
    verifier_path(tmp_path).write_bytes(verifier_path().read_bytes())
    assert verifier_fault(tmp_path) is None

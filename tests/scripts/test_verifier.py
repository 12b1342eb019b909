"""The scripts that train the face verifier: what it learns from, and the file that comes out."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion_core.detect.squares import moved
from emotion_core.detect.verifier import Verifier, normalized
from scripts.verifier.pictures import PEOPLE, backgrounds, read_pictures, some_proposals, with_proposals
from scripts.verifier.scenes import CANVAS, FACE, anywhere, around, beside_face, faces_and_none, near_face, scrambled
from tests.data.sets import face

RANDOM = np.random.default_rng(0)
FACES = np.stack([cv2.resize(face(seed), (48, 48)) for seed in range(6)])
BEHIND = RANDOM.integers(0, 256, (3, CANVAS, CANVAS), dtype=np.uint8)


def test_half_of_the_windows_show_a_face_and_say_where_it_is() -> None:
    windows = faces_and_none(FACES, BEHIND, seed=1)
    assert windows.images.shape == (30, 48, 48)
    assert windows.faces.reshape(6, 5).tolist() == [[1, 1, 1, 0, 0]] * 6
    assert not windows.offsets[windows.faces == 0].any()
    assert windows.offsets[windows.faces == 1].any(axis=1).all()


def test_the_offsets_lead_from_each_square_to_the_face() -> None:
    from emotion_core.detect.squares import offsets_to

    near = near_face(np.random.default_rng(2), 200)
    back = moved(near, offsets_to(near, FACE))
    assert back == pytest.approx(np.tile(FACE, (200, 1)), abs=1e-2)
    assert np.abs(near[:, :2] - FACE[:2]).max() < 0.5 * FACE[2]


def test_squares_beside_a_face_do_not_show_it_as_a_whole() -> None:
    from emotion_core.detect.squares import as_boxes
    from emotion_core.track.tracker import iou

    overlap = iou(as_boxes(beside_face(np.random.default_rng(3), 500)), as_boxes(FACE[None]))
    assert overlap.max() < 0.4


def test_a_placed_face_is_in_the_middle_of_its_canvas() -> None:
    flat = np.full((48, 48), 200, np.uint8)
    for seed in range(20):
        canvas = around(flat, np.zeros((CANVAS, CANVAS), np.uint8), np.random.default_rng(seed))
        assert canvas.shape == (CANVAS, CANVAS)
        assert canvas[CANVAS // 2 - 4, CANVAS // 2 - 4] == 200


def test_a_scrambled_face_is_another_image() -> None:
    for seed in range(20):
        assert not np.array_equal(scrambled(FACES[0], np.random.default_rng(seed)), FACES[0])


def test_pictures_with_people_are_left_out(tmp_path: Path) -> None:
    people = PEOPLE.read_text().split()[0]
    for name in (people, "empty.jpg", "notes.txt"):
        if name.endswith("txt"):
            (tmp_path / name).write_text("no picture")
        else:
            picture = RANDOM.integers(0, 256, (200, 300, 3), dtype=np.uint8)
            (tmp_path / name).write_bytes(cv2.imencode(".jpg", picture)[1].tobytes())
    assert [name for name, _ in read_pictures([tmp_path])] == ["empty.jpg"]


def test_what_the_cascades_propose_in_a_picture_becomes_windows_without_a_face(astronaut_bgr: np.ndarray) -> None:
    picture = with_proposals("portrait", cv2.cvtColor(astronaut_bgr, cv2.COLOR_BGR2GRAY))
    assert len(picture.squares) > 60, "more than the squares anywhere"
    behind = backgrounds([picture], 2, seed=0)
    windows = some_proposals([picture], [np.arange(10)], behind, seed=0)
    assert windows.images.shape == (10, 48, 48)
    assert not windows.faces.any()


def test_squares_anywhere_are_inside_the_picture() -> None:
    squares = anywhere(np.zeros((100, 300), np.uint8), 50, np.random.default_rng(0))
    assert ((squares[:, :2] - squares[:, 2:3] / 2) > -0.01).all()
    assert ((squares[:, 0] + squares[:, 2] / 2) < 300.01).all()


def test_the_written_file_answers_as_the_network(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from scripts.verifier.network import UNITS, VerifierNetwork, normalized_tensor, write_onnx

    torch.manual_seed(0)
    network = VerifierNetwork()
    windows = torch.from_numpy(np.concatenate([FACES, FACES[:, ::-1]]))
    for _ in range(3):  # moves the means and deviations of the normalization
        network(normalized_tensor(windows))
    network.eval()
    write_onnx(network, 1.5, tmp_path / "model.onnx")
    with torch.no_grad():
        expected = network(normalized_tensor(windows)).numpy()
    verifier = Verifier(tmp_path / "model.onnx")
    rows = verifier._session.run(None, {"windows": normalized(windows.numpy())[:, None]})[0]
    assert rows[:, 0] == pytest.approx(1 / (1 + np.exp(-expected[:, 0] / 1.5)), abs=2e-3)
    assert rows[:, 1:] == pytest.approx(expected[:, 1:] * UNITS, abs=0.05)

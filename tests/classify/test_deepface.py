"""DeepFace, end to end through `DeepFace.analyze`.

The weights that DeepFace downloads cannot be had in a test. These tests use STAND-IN WEIGHTS: the architecture that
DeepFace publishes, trained here for a few steps on drawn faces, exported to the file that DeepFace's engine loads.
They show that the path works and that labels keep their meaning, not how well DeepFace reads faces.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from emotion_core.classify.deepface import (
    WEIGHTS_FILE,
    DeepFaceClassifier,
    download_weights,
    known_checksums,
    weights_path,
)
from emotion_core.errors import ModelError, WeightsMissingError
from tests import hidden_packages

TRAIN = """
import sys
import cv2
import numpy as np
import keras
from emotion_core.networks.architectures.deepface_cnn import build

keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)

def face(kind):
    image = np.full((48, 48), 60, np.uint8)
    cv2.ellipse(image, (24, 24), (17, 22), 0, 0, 360, 190, -1)
    dx, dy = rng.integers(-2, 3, 2)
    for x in (16, 32):
        cv2.circle(image, (int(x + dx), int(18 + dy)), 3, 30, -1)
    mouth = (0, 180) if kind == 3 else (180, 360)  # column 3 is happy, column 4 sad, in DeepFace's order
    cv2.ellipse(image, (int(24 + dx), int(33 + dy)), (9, 6), 0, *mouth, 30, 3)
    return image / 255

kinds = np.tile([3, 4], 160)
faces = np.stack([face(kind) for kind in kinds])[..., None].astype("float32")
model = build()
model.compile(optimizer=keras.optimizers.Adam(5e-4), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(faces, kinds, epochs=12, batch_size=32, verbose=0)
assert history.history["accuracy"][-1] > 0.95, history.history["accuracy"]
model.export(sys.argv[1], format="onnx", verbose=False)
np.savez(sys.argv[2], faces=faces[:2])
"""

READ = """
import json, sys
import cv2
import numpy as np
from emotion_core.classify.deepface import DeepFaceClassifier

faces = (np.load(sys.argv[1])["faces"] * 255).astype(np.uint8)
crops = [cv2.cvtColor(face, cv2.COLOR_GRAY2BGR) for face in faces]
print(json.dumps({
    "rows": DeepFaceClassifier().predict(crops).tolist(),
    "tensorflow": "tensorflow" in sys.modules,
}))
"""


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A DeepFace home with stand-in weights, and two drawn faces: a smiling one and a sad one."""
    home = tmp_path_factory.mktemp("deepface-home")
    weights = home / ".deepface" / "weights" / WEIGHTS_FILE
    weights.parent.mkdir(parents=True)
    environment = os.environ | {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", TRAIN, str(weights), str(home / "faces.npz")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return home, home / "faces.npz"


@pytest.mark.slow
def test_stand_in_weights_are_read_through_deepface_without_tensorflow(stand_in: tuple[Path, Path]) -> None:
    home, faces = stand_in
    hidden = hidden_packages.environment("tensorflow", "keras")
    environment = os.environ | hidden | {"DEEPFACE_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", READ, str(faces)], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    rows = np.array(answer["rows"])
    assert rows.shape == (2, 7)
    assert rows.sum(axis=1) == pytest.approx([1, 1], abs=1e-4)
    # Canonical order: 3 is happy, 5 is sad (4 in DeepFace's own order, where canonical 4 is neutral).
    assert rows.argmax(axis=1).tolist() == [3, 5]
    assert answer["tensorflow"] is False


def test_without_weights_it_says_which_file_goes_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))
    with pytest.raises(WeightsMissingError, match=WEIGHTS_FILE) as raised:
        DeepFaceClassifier()
    assert str(tmp_path / ".deepface" / "weights") in str(raised.value)


def test_without_network_the_download_says_so_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))
    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(WeightsMissingError, match="could not be downloaded") as raised:
        download_weights()
    assert isinstance(raised.value.__cause__, urllib.error.URLError)
    assert list(weights_path().parent.iterdir()) == []


class _Server(BaseHTTPRequestHandler):
    body = b"w" * 200_000
    promised = len(body)

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(self.promised))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The address of a server on this machine that gives 200,000 bytes."""
    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))
    http = HTTPServer(("127.0.0.1", 0), _Server)
    Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}/weights"
    http.shutdown()
    http.server_close()


def test_a_download_reports_progress_and_arrives_whole(server: str) -> None:
    seen: list[tuple[int, int | None]] = []
    path = download_weights(lambda done, total: seen.append((done, total)), url=server)
    assert path.read_bytes() == _Server.body
    assert seen[-1] == (200_000, 200_000)
    assert len(seen) > 1


def test_two_visitors_may_fetch_at_the_same_time(server: str) -> None:
    second: list[Path] = []

    def meanwhile(done: int, total: int | None) -> None:
        if not second:
            second.append(Path())
            second[0] = download_weights(url=server)

    path = download_weights(meanwhile, url=server)
    assert second == [path]
    assert path.read_bytes() == _Server.body
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".deepface").write_text("a file where the folder should be")
    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))
    with pytest.raises(WeightsMissingError, match="cannot be written") as raised:
        download_weights()
    assert str(weights_path().parent) in str(raised.value)


def test_an_answer_that_is_no_http_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"Good day\r\n\r\n")

        Thread(target=answer, daemon=True).start()
        with pytest.raises(WeightsMissingError, match="could not be downloaded"):
            download_weights(url=f"http://127.0.0.1:{listener.getsockname()[1]}/")
    assert list(weights_path().parent.iterdir()) == []


def test_a_file_that_is_not_the_weights_is_a_clear_error(tmp_path: Path) -> None:
    weights = tmp_path / ".deepface" / "weights" / WEIGHTS_FILE
    weights.parent.mkdir(parents=True)
    weights.write_text("<!doctype html><title>Log in to the network</title>")
    code = """
import numpy as np
from emotion_core.classify.deepface import DeepFaceClassifier
from emotion_core.errors import ModelError
try:
    DeepFaceClassifier().predict([np.zeros((48, 48, 3), np.uint8)])
except ModelError as error:
    print("error:", error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | {"DEEPFACE_HOME": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Delete it and fetch it again" in done.stdout


def test_a_download_that_breaks_off_leaves_nothing(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Server, "promised", 300_000)
    with pytest.raises(WeightsMissingError, match=r"broke off|could not be downloaded"):
        download_weights(url=server)
    assert list(weights_path().parent.iterdir()) == []


def test_a_second_download_must_match_the_first(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    download_weights(url=server)
    weights_path().unlink()
    monkeypatch.setattr(_Server, "body", b"v" * 200_000)
    with pytest.raises(WeightsMissingError, match=r"not those of the first download.*Expected SHA-256") as raised:
        download_weights(url=server)
    assert str(known_checksums().path) in str(raised.value)
    assert list(weights_path().parent.iterdir()) == []
    known_checksums().path.unlink()  # as the message says
    assert download_weights(url=server).read_bytes() == _Server.body


def test_weights_that_changed_since_their_download_are_not_used(server: str) -> None:
    download_weights(url=server)
    weights_path().write_bytes(b"changed")
    with pytest.raises(ModelError, match="has changed since it was downloaded"):
        DeepFaceClassifier()


def test_weights_that_somebody_put_there_are_used_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))
    weights_path().parent.mkdir(parents=True)
    weights_path().write_bytes(b"from another machine")
    assert DeepFaceClassifier().name == "deepface"
    assert not known_checksums().path.exists()

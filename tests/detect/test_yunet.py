"""The published weights cannot be had offline: a made network with YuNet's twelve outputs stands for them here."""

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from emotion_core.detect import YuNetDetector, install_yunet, yunet
from emotion_core.errors import DetectorError

STRIDES = (8, 16, 32)


def made_network() -> bytes:
    """A face of 64×64 pixels wherever a cell of 32×32 pixels is white; nothing at the finer strides."""
    nodes, weights, outputs = [], [], []
    for stride in STRIDES:
        pooled = f"pool_{stride}"
        shape = [stride, stride]
        nodes.append(helper.make_node("AveragePool", ["input"], [pooled], kernel_shape=shape, strides=shape))
        for kind, channels in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            name = f"{kind}_{stride}"
            kernel = np.zeros((channels, 3, 1, 1), np.float32)
            bias = np.zeros(channels, np.float32)
            if kind in ("cls", "obj") and stride == 32:
                kernel[:] = 1 / (3 * 255)
            if kind == "bbox":
                bias[:] = 0.5, 0.5, np.log(2), np.log(2)  # the cell's middle; twice the stride wide and high
            weights += [
                onnx.numpy_helper.from_array(kernel, f"{name}_w"),
                onnx.numpy_helper.from_array(bias, f"{name}_b"),
            ]
            weights.append(onnx.numpy_helper.from_array(np.array([1, -1, channels]), f"{name}_s"))
            nodes += [
                helper.make_node("Conv", [pooled, f"{name}_w", f"{name}_b"], [f"{name}_c"]),
                helper.make_node("Transpose", [f"{name}_c"], [f"{name}_t"], perm=[0, 2, 3, 1]),
                helper.make_node("Reshape", [f"{name}_t", f"{name}_s"], [name]),
            ]
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, None, channels]))
    entry = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 640, 640])
    graph = helper.make_graph(nodes, "made", [entry], outputs, weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8).SerializeToString()


@pytest.fixture(scope="module")
def network() -> bytes:
    return made_network()


@pytest.fixture
def published(network, monkeypatch) -> bytes:
    """Makes the made network count as the published one."""
    monkeypatch.setattr(yunet, "YUNET_SHA256", hashlib.sha256(network).hexdigest())
    return network


@pytest.fixture
def served(tmp_path):
    """A folder served over HTTP on this machine, and its address."""
    folder = tmp_path / "www"
    folder.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_absent_weights_name_the_command_and_the_place(tmp_path):
    with pytest.raises(DetectorError) as error:
        YuNetDetector(tmp_path)
    for part in (
        "python -m emotion_core detectors install yunet",
        "face_detection_yunet_2023mar.onnx",
        "models/detectors/",
    ):
        assert part in str(error.value)


@pytest.mark.parametrize("content", [b"", b"not a network", b"<html>Not found</html>"], ids=["empty", "text", "html"])
def test_damaged_weights_are_named(tmp_path, content):
    path = yunet.yunet_path(tmp_path)
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(DetectorError, match="damaged"):
        YuNetDetector(tmp_path)


@pytest.mark.parametrize("min_score", [0, -1, 1.5])
def test_min_score_is_checked(tmp_path, min_score):
    with pytest.raises(DetectorError, match="min_score"):
        YuNetDetector(tmp_path, min_score=min_score)


@pytest.mark.parametrize("zoom", [1, 2, 4], ids=["320×160", "640×320", "1280×640"])
def test_faces_come_back_in_pixels_of_the_frame(tmp_path, published, zoom):
    (tmp_path / "given.onnx").write_bytes(published)
    install_yunet(tmp_path, tmp_path / "given.onnx")
    detector = YuNetDetector(tmp_path)
    frame = np.zeros((160 * zoom, 320 * zoom, 3), np.uint8)
    # The network works on at most 640 pixels: there, the cell of column 3 and row 1 is white.
    cell = 32 * max(1, zoom // 2)
    frame[cell : 2 * cell, 3 * cell : 4 * cell] = 255
    detections = detector.detect(frame)
    middle = np.array([3.5 * cell, 1.5 * cell])
    expected = np.concatenate([middle - cell, middle + cell])
    np.testing.assert_allclose(detections.boxes_xyxy, [expected], atol=1.5 * zoom)
    np.testing.assert_allclose(detections.scores, [1.0], atol=0.01)
    assert len(detector.detect(np.zeros_like(frame))) == 0


def test_a_face_at_the_border_is_cut_to_the_frame(tmp_path, published):
    (tmp_path / "given.onnx").write_bytes(published)
    install_yunet(tmp_path, tmp_path / "given.onnx")
    frame = np.zeros((160, 320, 3), np.uint8)
    frame[:32, :32] = 255
    assert YuNetDetector(tmp_path).detect(frame).boxes_xyxy.round().tolist() == [[0, 0, 48, 48]]


def test_a_wrong_file_is_refused_and_not_installed(tmp_path):
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"something else")
    with pytest.raises(DetectorError, match=r"Expected 232589 bytes.*Received: 14 bytes"):
        install_yunet(tmp_path / "models", wrong)
    assert not (tmp_path / "models").exists()


def test_a_file_far_too_large_is_refused_unread(tmp_path):
    large = tmp_path / "large.onnx"
    with large.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(DetectorError, match="too large"):
        install_yunet(tmp_path, large)


def test_an_absent_source_is_named(tmp_path):
    with pytest.raises(DetectorError, match=r"none\.onnx cannot be read"):
        install_yunet(tmp_path, tmp_path / "none.onnx")


def test_download_puts_the_file_in_place(tmp_path, published, served):
    folder, address = served
    (folder / "net.onnx").write_bytes(published)
    path = install_yunet(tmp_path, url=f"{address}/net.onnx")
    assert path == tmp_path / "detectors" / "face_detection_yunet_2023mar.onnx"
    assert path.read_bytes() == published
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_failed_download_says_what_to_do(tmp_path, served):
    with pytest.raises(DetectorError) as error:
        install_yunet(tmp_path, url=f"{served[1]}/none.onnx")
    for part in ("download", "File not found", "models/detectors/", "--from FILE"):
        assert part in str(error.value)


def test_no_network_says_what_to_do(tmp_path):
    with pytest.raises(DetectorError, match=r"download.*failed.*models/detectors/"):
        install_yunet(tmp_path, url="http://127.0.0.1:9/net.onnx")

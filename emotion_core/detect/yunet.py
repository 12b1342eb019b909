"""YuNet, a small neural face detector: better than Haar at tilted and partly hidden faces.

Its weights are not part of this project: `install_yunet` downloads them from the OpenCV zoo or copies a local file.

Source: Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023; https://github.com/opencv/opencv_zoo (MIT).
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import cv2
import numpy as np

from emotion_core.detect.base import Detections
from emotion_core.errors import DetectorError
from emotion_core.files.atomic import replaced_file
from emotion_core.files.download import DownloadError, download

YUNET_FILE = "face_detection_yunet_2023mar.onnx"
YUNET_URL = f"https://github.com/opencv/opencv_zoo/raw/main/models/face_detection_yunet/{YUNET_FILE}"
# As the Git LFS pointer in the zoo's repository states them.
YUNET_BYTES = 232_589
YUNET_SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0623210dc964f9f4280604804ed2552fa4"
INSTALL_COMMAND = "python -m emotion_core detectors install yunet"

_LONGER_SIDE = 640  # pixels; larger frames are shrunk to the size that the network was trained on
_TIMEOUT_S = 30.0


def yunet_path(models_dir: Path) -> Path:
    """Where the weights are looked for."""
    return models_dir / "detectors" / YUNET_FILE


class YuNetDetector:
    """Find faces with ``cv2.FaceDetectorYN``. One instance belongs to one session.

    Args:
        models_dir: folder of the installed models; the weights are in its subfolder ``detectors``.
        min_score: faces below this score are dropped, 0–1.

    Raises:
        DetectorError: the weights are absent or not YuNet's, or ``min_score`` is out of range.
    """

    name = "yunet"
    strong_score = 0.85

    def __init__(self, models_dir: Path, *, min_score: float = 0.6) -> None:
        if not 0 < min_score <= 1:
            raise DetectorError("Expected min_score above 0 and at most 1. Received: {min_score}", min_score=min_score)
        path = yunet_path(models_dir)
        if not path.is_file():
            raise DetectorError(
                "The weights of the YuNet detector are not installed. Install them with `{install_command}`, or "
                "put {yunet_file} from the OpenCV zoo into the folder models/detectors/.",
                install_command=INSTALL_COMMAND,
                yunet_file=YUNET_FILE,
            )
        self._net = _load(path.read_bytes(), min_score)

    def detect(self, frame_bgr: np.ndarray, time_s: float = 0.0) -> Detections:
        """The faces of ``frame_bgr``, ``(h, w, 3)`` uint8; scores 0–1."""
        height, width = frame_bgr.shape[:2]
        scale = min(1.0, _LONGER_SIDE / max(height, width))
        size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(frame_bgr, size_wh, interpolation=cv2.INTER_AREA) if scale < 1 else frame_bgr
        self._net.setInputSize(size_wh)
        rows = self._net.detect(small)[1]
        if rows is None:
            return Detections()
        return _detections(np.asarray(rows, np.float32), (width, height), (width / size_wh[0], height / size_wh[1]))


def install_yunet(models_dir: Path, source: Path | None = None, *, url: str = YUNET_URL) -> Path:
    """Put YuNet's weights into ``models_dir/detectors`` and return the file's path.

    Args:
        source: a file to copy. Without it, the file is downloaded from the OpenCV zoo.

    Raises:
        DetectorError: the file cannot be read, downloaded or written, or it is not the published one.
    """
    data = _read(source) if source is not None else _download(url)
    received = hashlib.sha256(data).hexdigest()
    if received != YUNET_SHA256:
        raise DetectorError(
            "This file is not {yunet_file} as the OpenCV zoo publishes it. Expected {yunet_bytes} bytes, "
            "SHA-256 {yunet_sha256}…. Received: {count} bytes, SHA-256 {received}…",
            yunet_file=YUNET_FILE,
            yunet_bytes=YUNET_BYTES,
            yunet_sha256=YUNET_SHA256[:12],
            count=len(data),
            received=received[:12],
        )
    path = yunet_path(models_dir)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replaced_file(path) as draft:
            draft.write_bytes(data)
    except OSError as error:
        raise DetectorError(
            "The weights cannot be written into models/detectors/: {reason}.", reason=error.strerror
        ) from error
    return path


def _load(data: bytes, min_score: float) -> cv2.FaceDetectorYN:
    """Read the network from memory: OpenCV on Windows cannot open a path with letters beyond ASCII."""
    try:
        # 0.3: boxes that overlap by more are one face, as in the zoo's demo. 500: so many candidates are kept before
        # that, a tenth of the demo's number.
        buffer = np.frombuffer(data, np.uint8)
        return cv2.FaceDetectorYN.create("onnx", buffer, np.empty(0, np.uint8), (320, 320), min_score, 0.3, 500)
    except cv2.error as error:
        raise DetectorError(
            "models/detectors/{yunet_file} is damaged. Delete it and run `{install_command}` again.",
            yunet_file=YUNET_FILE,
            install_command=INSTALL_COMMAND,
        ) from error


def _detections(rows: np.ndarray, size_wh: tuple[int, int], scale_xy: tuple[float, float]) -> Detections:
    """Turn FaceDetectorYN's ``(n, 15)`` rows (x, y, w, h, ten landmark values, score) into boxes inside the frame."""
    boxes = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:4]], axis=1) * np.array(scale_xy * 2, np.float32)
    boxes[:, 0::2] = boxes[:, 0::2].clip(0, size_wh[0])
    boxes[:, 1::2] = boxes[:, 1::2].clip(0, size_wh[1])
    visible = (boxes[:, 2] - boxes[:, 0] >= 1) & (boxes[:, 3] - boxes[:, 1] >= 1)
    return Detections(boxes[visible].astype(np.float32), rows[visible, 14].astype(np.float32))


def _read(source: Path) -> bytes:
    try:
        if source.stat().st_size > 10 * YUNET_BYTES:
            raise DetectorError(
                "{name} is too large to be YuNet's weights. Expected {yunet_bytes} bytes.",
                name=source.name,
                yunet_bytes=YUNET_BYTES,
            )
        return source.read_bytes()
    except OSError as error:
        raise DetectorError("{source} cannot be read: {reason}.", source=source, reason=error.strerror) from error


def _download(url: str) -> bytes:
    data = io.BytesIO()
    try:
        download(url, data, max_bytes=10 * YUNET_BYTES, timeout_s=_TIMEOUT_S)
        return data.getvalue()
    except DownloadError as error:
        raise DetectorError(
            "The download of YuNet's weights failed ({reason}). Fetch {url} on another machine and run "
            "`{install_command} --from FILE`, or put the file into the folder models/detectors/.",
            reason=error.reason,
            url=url,
            install_command=INSTALL_COMMAND,
        ) from error

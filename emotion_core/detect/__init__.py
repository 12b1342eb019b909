"""Face detectors behind one interface. To add one, add a file and a line in `make_detector`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emotion_core.detect.base import Detections, Detector
from emotion_core.detect.haar import FollowingHaarDetector, HaarDetector, HaarOptions
from emotion_core.detect.yunet import YuNetDetector, install_yunet
from emotion_core.errors import DetectorError

DETECTORS: tuple[str, ...] = ("haar", "yunet")

__all__ = [
    "DETECTORS",
    "Detections",
    "Detector",
    "FollowingHaarDetector",
    "HaarDetector",
    "HaarOptions",
    "YuNetDetector",
    "install_yunet",
    "make_detector",
    "whole_picture",
]


def make_detector(
    name: str = "haar", *, models_dir: Path | None = None, haar: HaarOptions | None = None, follow: bool = False
) -> Detector:
    """Make a detector for one session.

    Args:
        name: one of `DETECTORS`.
        models_dir: where installed models are; only ``yunet`` needs it.
        haar: options of the Haar detector; the defaults if left out.
        follow: set it for the frames of a video or webcam. The detector then also searches where a face was a moment
            ago, tilted and less strictly. It remembers earlier frames, so leave it False for unrelated pictures.

    Raises:
        DetectorError: the name is unknown, or what the detector needs is not installed.

    >>> len(make_detector("haar").detect(np.zeros((120, 160, 3), np.uint8)))
    0
    """
    if name == "haar":
        options = haar or HaarOptions()
        return FollowingHaarDetector(options) if follow else HaarDetector(options)
    if name == "yunet":
        if models_dir is None:
            raise DetectorError("The YuNet detector needs the folder of the installed models. Received: none")
        return YuNetDetector(models_dir)
    raise DetectorError(f"Unknown face detector. Expected one of {', '.join(DETECTORS)}. Received: {name!r}")


def whole_picture(frame_bgr: np.ndarray) -> Detections:
    """Take the whole of ``frame_bgr``, ``(h, w, 3)`` uint8, as one face, for pictures that are already cut to a face.

    >>> whole_picture(np.zeros((20, 30, 3), np.uint8)).boxes_xyxy.tolist()
    [[0.0, 0.0, 30.0, 20.0]]
    """
    height, width = frame_bgr.shape[:2]
    return Detections(np.array([[0, 0, width, height]], np.float32), np.ones(1, np.float32))

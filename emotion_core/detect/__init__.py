"""Face detectors behind one interface. To add one, add a file and a line in `make_detector`."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from emotion_core.detect.base import Detections, Detector
from emotion_core.detect.following import FollowingDetector
from emotion_core.detect.haar import FollowingHaarDetector, HaarDetector, HaarOptions
from emotion_core.detect.verified import VerifiedDetector
from emotion_core.detect.verifier import verifier_fault
from emotion_core.detect.yunet import YuNetDetector, install_yunet, yunet_path
from emotion_core.errors import DetectorError

# Haar cascades whose proposals the verifier judges; the frontal cascade alone; YuNet, which has to be installed.
DETECTORS: tuple[str, ...] = ("haar", "haar_alone", "yunet")

__all__ = [
    "DETECTORS",
    "Detections",
    "Detector",
    "FollowingDetector",
    "FollowingHaarDetector",
    "HaarDetector",
    "HaarOptions",
    "VerifiedDetector",
    "YuNetDetector",
    "default_detector",
    "install_yunet",
    "make_detector",
    "verifier_fault",
    "whole_picture",
]

log = logging.getLogger(__name__)


def default_detector(models_dir: Path) -> str:
    """Return the name of the detector to use where none is chosen: YuNet if its file is there, otherwise ``haar``."""
    return "yunet" if yunet_path(models_dir).is_file() else "haar"


def make_detector(
    name: str = "haar",
    *,
    models_dir: Path | None = None,
    haar: HaarOptions | None = None,
    follow: bool = False,
    live: bool = False,
) -> Detector:
    """Make a detector for one session.

    Without the verifier's file, or if it is damaged, ``haar`` is the frontal cascade alone, and the log says why.

    Args:
        name: one of `DETECTORS`.
        models_dir: where installed models are; needed for ``yunet``. ``haar`` also looks where its verifier is shipped.
        haar: options of the Haar detectors; the defaults if left out.
        follow: set it for the frames of a video or webcam. The detector then looks for known faces where they should
            be by now. It remembers earlier frames, so leave it False for unrelated pictures.
        live: with ``follow``, see `FollowingDetector`.

    Raises:
        DetectorError: the name is unknown, or what the detector needs is not installed.

    >>> len(make_detector("haar").detect(np.zeros((120, 160, 3), np.uint8)))
    0
    """
    if name == "haar":
        fault = verifier_fault(models_dir)
        if fault is None:
            return FollowingDetector(haar, models_dir, live=live) if follow else VerifiedDetector(haar, models_dir)
        log.warning("%s Faces are searched for with the Haar cascade alone.", fault)
        name = "haar_alone"
    if name == "haar_alone":
        return FollowingHaarDetector(haar) if follow else HaarDetector(haar)
    if name == "yunet":
        if models_dir is None:
            raise DetectorError("The YuNet detector needs the folder of the installed models. Received: none")
        return YuNetDetector(models_dir)
    raise DetectorError(
        "Unknown face detector. Expected one of {detectors}. Received: {name!r}",
        detectors=", ".join(DETECTORS),
        name=name,
    )


def whole_picture(frame_bgr: np.ndarray) -> Detections:
    """Take the whole of ``frame_bgr``, ``(h, w, 3)`` uint8, as one face, for pictures that are already cut to a face.

    >>> whole_picture(np.zeros((20, 30, 3), np.uint8)).boxes_xyxy.tolist()
    [[0.0, 0.0, 30.0, 20.0]]
    """
    height, width = frame_bgr.shape[:2]
    return Detections(np.array([[0, 0, width, height]], np.float32), np.ones(1, np.float32))

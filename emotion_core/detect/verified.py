"""Find faces with Haar cascades that are asked loosely and a verifier that decides."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emotion_core.detect.base import Detections
from emotion_core.detect.haar import HaarOptions, shrink
from emotion_core.detect.proposals import SIDEWAYS, TILTED, UPRIGHT, Proposer, along_border
from emotion_core.detect.squares import Pyramid, as_boxes
from emotion_core.detect.verifier import Verifier, load_verifier
from emotion_core.results import box_areas

_STILL_WIDTH = 1280  # pixels, to which a picture is shrunk before windows are cut from it
_COARSER = 2.0  # times the smallest face: the smallest in profile or tilted by much
_PROMISING = 0.1  # a proposal with at least this score is looked at again where the verifier moved it
_LIKELY = 0.2  # and with at least this score there, it is examined


class VerifiedDetector:
    """Find faces in unrelated pictures: upright, tilted by up to 45°, from the side, or partly hidden.

    Raises:
        DetectorError: a cascade or the verifier cannot be loaded.
    """

    name = "haar"
    strong_score = 0.9

    def __init__(self, options: HaarOptions | None = None, models_dir: Path | None = None) -> None:
        self.options = options or HaarOptions()
        self.verifier = load_verifier(models_dir)
        self._proposer = Proposer()

    def detect(self, frame_bgr: np.ndarray, time_s: float = 0.0) -> Detections:
        """Find the faces of ``frame_bgr``, ``(h, w, 3)`` uint8, best first; scores are the verifier's, 0–1."""
        gray, scale = shrink(frame_bgr, _STILL_WIDTH)
        smallest, factor = self.options.smallest_face * min(gray.shape), self.options.scale_factor
        found = [self._proposer.propose(gray, search, factor, smallest) for search in UPRIGHT]
        found += [self._proposer.propose(gray, search, factor, smallest * _COARSER) for search in (*SIDEWAYS, *TILTED)]
        found.append(along_border(gray.shape[::-1], smallest * _COARSER))
        squares, scores = judged(self.verifier, Pyramid(gray), np.concatenate(found), self.options.min_face_score)
        return to_detections(squares, scores, scale, frame_bgr)


def judged(verifier: Verifier, pyramid: Pyramid, proposals: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the faces among proposals ``(n, 4)``: squares ``(m, 4)`` and scores ``(m,)`` of at least ``least``."""
    scores, squares = verifier.verify(pyramid, proposals)
    squares, scores = distinct(squares[scores >= _PROMISING], scores[scores >= _PROMISING])
    scores, squares = verifier.verify(pyramid, squares)
    # Patterns that look like a face do so from one place; a face does from all around. So the mean is what counts.
    scores, squares = verifier.examine(pyramid, squares[scores >= min(_LIKELY, least)])
    return distinct(squares[scores >= least], scores[scores >= least])


def distinct(squares: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Leave out every square that shares more than half of the smaller area with a better one, best first."""
    order = np.argsort(-scores, kind="stable")
    kept = first_of_each(squares[order])
    return squares[order[kept]], scores[order[kept]]


def first_of_each(squares: np.ndarray) -> list[int]:
    """Return the rows of squares ``(n, 4)`` that share at most half of the smaller area with each earlier such row."""
    boxes = as_boxes(squares)
    apart = shared(boxes, boxes) <= 0.5
    kept: list[int] = []
    for row in range(len(squares)):
        if apart[row, kept].all():
            kept.append(row)
    return kept


def shared(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the intersections of boxes ``(n, 4)`` and ``(m, 4)`` as shares of the smaller area, ``(n, m)``."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    areas = np.maximum(0, high - low).prod(axis=2)
    smaller = np.minimum(box_areas(boxes)[:, None], box_areas(others)[None])
    return np.asarray(areas / np.maximum(1e-6, smaller))


def to_detections(squares: np.ndarray, scores: np.ndarray, scale: float, frame_bgr: np.ndarray) -> Detections:
    """Turn squares of an image ``scale`` times smaller into `Detections` inside the frame."""
    height, width = frame_bgr.shape[:2]
    limit = np.array([width, height, width, height], np.float32)
    boxes = np.clip(as_boxes(squares) * scale, 0, limit).astype(np.float32)
    return Detections(boxes, scores.astype(np.float32), squares[:, 3].astype(np.float32))

"""Find faces: Haar cascades propose them, and the verifier decides."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from emotion_core.detect.base import Detections
from emotion_core.detect.haar import HaarOptions, shrink
from emotion_core.detect.overlap import first_of_each, in_frame
from emotion_core.detect.proposals import SIDEWAYS, TILTED, UPRIGHT, Proposer, along_border
from emotion_core.detect.squares import Pyramid, as_boxes
from emotion_core.detect.verifier import Verifier, load_verifier

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
        return in_frame(as_boxes(squares), scores, scale, frame_bgr, squares[:, 3])


def judged(verifier: Verifier, pyramid: Pyramid, proposals: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the faces among proposals ``(n, 4)``: squares ``(m, 4)`` and scores ``(m,)`` of at least ``least``."""
    scores, squares = verifier.verify(pyramid, proposals)
    squares, scores = distinct(squares[scores >= _PROMISING], scores[scores >= _PROMISING])
    scores, squares = verifier.verify(pyramid, squares)
    # A pattern may look like a face from one place, but hardly from all around it.
    scores, squares = verifier.examine(pyramid, squares[scores >= min(_LIKELY, least)])
    return distinct(squares[scores >= least], scores[scores >= least])


def distinct(squares: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keep the best square of each face, best first."""
    order = np.argsort(-scores, kind="stable")
    kept = order[first_of_each(as_boxes(squares[order]))]
    return squares[kept], scores[kept]

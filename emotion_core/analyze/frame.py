"""One frame in, its faces with their expressions out."""

from __future__ import annotations

import time

import numpy as np

from emotion_core.classify.base import Classifier
from emotion_core.detect.base import Detections, Detector
from emotion_core.detect.squares import cut_square
from emotion_core.results import Faces, FrameResult, box_areas
from emotion_core.track.tracker import Tracker, steady_label

# Degrees. Faces that are tilted further are leveled. This raises the flagship's agreement with the majority from 91.6
# to 92.2 % on 1,480 placed faces of PublicTest, and from 90.8 to 92.3 % where they are tilted by up to 35°.
LEVEL_FROM = 5.0
_HALVED_FROM = 128  # pixels: a leveled face of this side or more is halved, for speed; networks take about 48


def crop_faces(
    frame_bgr: np.ndarray, boxes_xyxy: np.ndarray, margin: float, tilts: np.ndarray | None = None
) -> list[np.ndarray]:
    """Cut square crops around boxes; outside the frame its border pixels repeat.

    Args:
        frame_bgr: ``(h, w, 3)`` uint8.
        boxes_xyxy: ``(n, 4)``, pixels.
        margin: added to the longer side of a box, as a fraction of it: 0.1 adds 5 % on each side, −0.1 removes as much.
        tilts: ``(n,)`` degrees, clockwise; faces tilted by more than `LEVEL_FROM` are leveled. None: all are upright.

    Returns:
        n crops ``(s, s, 3)`` uint8, s at least 1.

    Raises:
        ValueError: the margin removes more than half of the side.
    """
    if not margin >= -0.5:
        raise ValueError(f"Expected a margin of at least −0.5. Received: {margin}")
    boxes = np.asarray(boxes_xyxy, np.float64).reshape(-1, 4)
    angles = np.zeros(len(boxes)) if tilts is None else tilts
    return [
        _crop(frame_bgr, box, margin) if abs(tilt) <= LEVEL_FROM else _leveled(frame_bgr, box, margin, float(tilt))
        for box, tilt in zip(boxes, angles, strict=True)
    ]


def _side(box: np.ndarray, margin: float) -> int:
    return max(1, round(float(max(box[2] - box[0], box[3] - box[1])) * (1 + margin)))


def _leveled(frame_bgr: np.ndarray, box: np.ndarray, margin: float, tilt: float) -> np.ndarray:
    side = _side(box, margin)
    shrunk = 2 if side >= _HALVED_FROM else 1
    pixels = round(side / shrunk)
    square = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, pixels * shrunk, tilt])
    return cut_square(frame_bgr, square, pixels)


def _crop(frame_bgr: np.ndarray, box: np.ndarray, margin: float) -> np.ndarray:
    height, width = frame_bgr.shape[:2]
    side = _side(box, margin)
    x0 = round((box[0] + box[2] - side) / 2)
    y0 = round((box[1] + box[3] - side) / 2)
    if x0 >= 0 and y0 >= 0 and x0 + side <= width and y0 + side <= height:
        crop: np.ndarray = frame_bgr[y0 : y0 + side, x0 : x0 + side].copy()
        return crop
    # Indices clipped to the nearest row and column: unlike padding, this also works for a box wholly outside the frame.
    rows = np.arange(y0, y0 + side).clip(0, height - 1)
    columns = np.arange(x0, x0 + side).clip(0, width - 1)
    repeated: np.ndarray = frame_bgr[rows[:, None], columns]
    return repeated


class EmotionAnalyzer:
    """Detects the faces of a frame, reads their expressions in one classifier call, and tracks them.

    One instance belongs to one session (its detector and tracker are not thread-safe); the classifier may be shared.

    Args:
        tracker: for a video or a webcam. Without it every frame stands alone.
        largest_only: read only the face with the largest box.

    A real one comes from ``EmotionAnalyzer(make_detector(), ModelRegistry(...).load("flagship"))``. This one finds one
    face in the middle of every frame, and reads it as happy:

    >>> import numpy as np
    >>> class MiddleDetector:
    ...     name, strong_score = "middle", 0.5
    ...     def detect(self, frame_bgr, time_s=0.0):
    ...         height, width = frame_bgr.shape[:2]
    ...         box = np.array([[width / 4, height / 4, width * 3 / 4, height * 3 / 4]], np.float32)
    ...         return Detections(box, np.ones(1, np.float32))
    >>> class HappyClassifier:
    ...     name, crop_margin, uncertain_below, learned_from = "happy", 0.0, 0.4, "labels"
    ...     def predict(self, crops_bgr):
    ...         return np.tile(np.float32([0, 0, 0, 0.9, 0.1, 0, 0]), (len(crops_bgr), 1))
    >>> analyzer = EmotionAnalyzer(MiddleDetector(), HappyClassifier())
    >>> result = analyzer.analyze(np.zeros((480, 640, 3), np.uint8))
    >>> result.faces.label_names, result.faces.boxes_xyxy.tolist()
    (('happy',), [[160.0, 120.0, 480.0, 360.0]])
    """

    def __init__(
        self, detector: Detector, classifier: Classifier, tracker: Tracker | None = None, *, largest_only: bool = False
    ) -> None:
        self.detector = detector
        self.classifier = classifier
        self.tracker = tracker
        self.largest_only = largest_only

    def analyze(self, frame_bgr: np.ndarray, time_s: float = 0.0) -> FrameResult:
        """Return the faces of ``frame_bgr``, ``(h, w, 3)`` uint8.

        Without a tracker, the faces come from left to right, and one whose largest probability is below the
        classifier's ``uncertain_below`` has no label.

        Raises:
            EmotionError: the classifier cannot read the frame.
        """
        started = time.perf_counter()
        detections = self.detector.detect(frame_bgr, time_s)
        if self.largest_only:
            detections = _largest(detections)
        if self.tracker is None:
            detections = _from_left_to_right(detections)
        probabilities = self._classify(frame_bgr, detections)
        if self.tracker is None:
            faces = self._untracked(detections, probabilities)
        else:
            faces = self.tracker.update(detections, probabilities, time_s)
        return self._result(frame_bgr, faces, time_s, started, self.detector.name)

    def classify_boxes(self, frame_bgr: np.ndarray, detections: Detections, time_s: float = 0.0) -> FrameResult:
        """Read faces whose boxes are already known, without the detector and the tracker.

        Raises:
            EmotionError: the classifier cannot read the frame.
        """
        started = time.perf_counter()
        faces = self._untracked(detections, self._classify(frame_bgr, detections))
        return self._result(frame_bgr, faces, time_s, started, "")

    def reset(self) -> None:
        """Forget earlier frames, before another video."""
        if self.tracker is not None:
            self.tracker.reset()
        reset_detector = getattr(self.detector, "reset", None)  # only those that follow faces have one
        if reset_detector is not None:
            reset_detector()

    def _classify(self, frame_bgr: np.ndarray, detections: Detections) -> np.ndarray:
        if not len(detections):
            return np.empty((0, 7), np.float32)
        crops = crop_faces(frame_bgr, detections.boxes_xyxy, self.classifier.crop_margin, detections.tilts)
        return self.classifier.predict(crops)

    def _untracked(self, detections: Detections, probabilities: np.ndarray) -> Faces:
        limit = self.classifier.uncertain_below
        labels = tuple(steady_label(row, None, 0.0, limit) for row in probabilities)
        return Faces(detections.boxes_xyxy, probabilities, detection_scores=detections.scores, labels=labels)

    def _result(self, frame_bgr: np.ndarray, faces: Faces, time_s: float, started: float, detector: str) -> FrameResult:
        size_wh = (frame_bgr.shape[1], frame_bgr.shape[0])
        latency_ms = (time.perf_counter() - started) * 1000
        classifier = self.classifier
        return FrameResult(faces, size_wh, time_s, latency_ms, classifier.name, detector, classifier.learned_from)


def _from_left_to_right(detections: Detections) -> Detections:
    order = np.argsort(detections.boxes_xyxy[:, [0, 2]].sum(axis=1), kind="stable")
    return Detections(detections.boxes_xyxy[order], detections.scores[order], detections.tilts[order])


def _largest(detections: Detections) -> Detections:
    if len(detections) < 2:
        return detections
    row = [int(box_areas(detections.boxes_xyxy).argmax())]
    return Detections(detections.boxes_xyxy[row], detections.scores[row], detections.tilts[row])

"""One frame in, its faces with their expressions out."""

from __future__ import annotations

import time

import numpy as np

from emotion_core.classify.base import Classifier
from emotion_core.detect.base import Detections, Detector
from emotion_core.results import Faces, FrameResult, box_areas
from emotion_core.track.tracker import Tracker, steady_label


def crop_faces(frame_bgr: np.ndarray, boxes_xyxy: np.ndarray, margin: float) -> list[np.ndarray]:
    """Square crops around boxes; what lies outside the frame repeats its border.

    Args:
        frame_bgr: ``(h, w, 3)`` uint8.
        boxes_xyxy: ``(n, 4)``, pixels.
        margin: what to add to the box's longer side, a fraction of it: 0.1 adds 5 % on every side, −0.1 takes as much.

    Returns:
        n crops ``(s, s, 3)`` uint8, s at least 1.

    Raises:
        ValueError: the margin leaves less than half of the side.
    """
    if not margin >= -0.5:
        raise ValueError(f"Expected a margin of at least −0.5. Received: {margin}")
    return [_crop(frame_bgr, box, margin) for box in np.asarray(boxes_xyxy, np.float64).reshape(-1, 4)]


def _crop(frame_bgr: np.ndarray, box: np.ndarray, margin: float) -> np.ndarray:
    height, width = frame_bgr.shape[:2]
    side = max(1, round(max(box[2] - box[0], box[3] - box[1]) * (1 + margin)))
    x0 = round((box[0] + box[2] - side) / 2)
    y0 = round((box[1] + box[3] - side) / 2)
    if x0 >= 0 and y0 >= 0 and x0 + side <= width and y0 + side <= height:
        return frame_bgr[y0 : y0 + side, x0 : x0 + side].copy()
    # The nearest pixel of every row and column, which is right also for a box wholly outside.
    rows = np.arange(y0, y0 + side).clip(0, height - 1)
    columns = np.arange(x0, x0 + side).clip(0, width - 1)
    return frame_bgr[rows[:, None], columns]


class EmotionAnalyzer:
    """Detects the faces of a frame, reads their expressions in one classifier call, and follows them.

    One instance belongs to one session (its detector and tracker are not thread-safe); the classifier is shared.

    Args:
        tracker: for a video or a webcam. Without it every frame stands alone.
        largest_only: read only the face with the largest box.
    """

    def __init__(
        self, detector: Detector, classifier: Classifier, tracker: Tracker | None = None, *, largest_only: bool = False
    ) -> None:
        self.detector = detector
        self.classifier = classifier
        self.tracker = tracker
        self.largest_only = largest_only

    def analyze(self, frame_bgr: np.ndarray, time_s: float = 0.0) -> FrameResult:
        """The faces of ``frame_bgr``, ``(h, w, 3)`` uint8.

        Without a tracker a face reads "uncertain" (label None) below the classifier's ``uncertain_below``.

        Raises:
            EmotionError: the classifier cannot read the frame.
        """
        started = time.perf_counter()
        detections = self.detector.detect(frame_bgr, time_s)
        if self.largest_only:
            detections = _largest(detections)
        probabilities = self._classify(frame_bgr, detections)
        if self.tracker is None:
            faces = self._single(detections, probabilities)
        else:
            faces = self.tracker.update(detections, probabilities, time_s)
        return self._result(frame_bgr, faces, time_s, started, self.detector.name)

    def classify_boxes(self, frame_bgr: np.ndarray, detections: Detections, time_s: float = 0.0) -> FrameResult:
        """Reads faces that are already known, each on its own; the tracker is left alone.

        Raises:
            EmotionError: the classifier cannot read the frame.
        """
        started = time.perf_counter()
        faces = self._single(detections, self._classify(frame_bgr, detections))
        return self._result(frame_bgr, faces, time_s, started, "")

    def reset(self) -> None:
        """Forgets earlier frames, before another video."""
        if self.tracker is not None:
            self.tracker.reset()
        forget = getattr(self.detector, "reset", None)
        if forget is not None:
            forget()

    def _classify(self, frame_bgr: np.ndarray, detections: Detections) -> np.ndarray:
        if not len(detections):
            return np.empty((0, 7), np.float32)
        return self.classifier.predict(crop_faces(frame_bgr, detections.boxes_xyxy, self.classifier.crop_margin))

    def _single(self, detections: Detections, probabilities: np.ndarray) -> Faces:
        limit = self.classifier.uncertain_below
        labels = tuple(steady_label(row, None, 0.0, limit) for row in probabilities)
        return Faces(detections.boxes_xyxy, probabilities, detection_scores=detections.scores, labels=labels)

    def _result(self, frame_bgr: np.ndarray, faces: Faces, time_s: float, started: float, detector: str) -> FrameResult:
        size_wh = (frame_bgr.shape[1], frame_bgr.shape[0])
        latency_ms = (time.perf_counter() - started) * 1000
        return FrameResult(faces, size_wh, time_s, latency_ms, self.classifier.name, detector)


def _largest(detections: Detections) -> Detections:
    if len(detections) < 2:
        return detections
    row = [int(box_areas(detections.boxes_xyxy).argmax())]
    return Detections(detections.boxes_xyxy[row], detections.scores[row])

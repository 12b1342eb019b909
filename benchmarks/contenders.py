"""One contender in a process of its own: ``python -m benchmarks.contenders NAME CLIP``.

It decodes the clip, warms up, and then answers each line on stdin with the figures of one pass, a line of JSON.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from benchmarks import child
from benchmarks.child import ROOT
from emotion_core.classify.base import Classifier
from emotion_core.media.video import read_video

FRAMES = 300  # of a clip, at most: memory holds them all
# The articles' labels, in the order of their class folders.
LABELS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")

# Analyzes one frame and draws on it in place; returns how many seconds the classification of each face took.
Loop = Callable[[np.ndarray], list[float]]


def article_deepface() -> Loop:
    """Return the first recipe as its articles write it: Haar 1.1/10/30 on the full frame, DeepFace as it is."""
    os.environ["DEEPFACE_BACKEND_ENGINE"] = "onnx"  # the fastest of DeepFace's engines
    from deepface import DeepFace

    cascade = _cascade()

    def loop(frame: np.ndarray) -> list[float]:
        gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        seconds = []
        for x, y, w, h in cascade.detectMultiScale(gray, scaleFactor=1.1, minNeighbors=10, minSize=(30, 30)):
            started = time.perf_counter()
            answer = DeepFace.analyze(frame[y : y + h, x : x + w], actions=["emotion"], enforce_detection=False)
            seconds.append(time.perf_counter() - started)
            _draw(frame, (x, y, w, h), answer[0]["dominant_emotion"])
        return seconds

    return loop


def article_keras() -> Loop:
    """Return the second recipe as its articles write it: Haar 1.3/3 on the full frame, ``model.predict`` per face."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras

    model = keras.models.load_model(ROOT / "models" / "article_cnn" / "model.keras")
    cascade = _cascade()

    def loop(frame: np.ndarray) -> list[float]:
        gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        seconds = []
        for x, y, w, h in cascade.detectMultiScale(gray, 1.3, 3):
            started = time.perf_counter()
            face = cv2.resize(gray[y : y + h, x : x + w], (48, 48)).reshape(1, 48, 48, 1) / 255.0
            label = LABELS[int(model.predict(face, verbose=0).argmax())]
            seconds.append(time.perf_counter() - started)
            _draw(frame, (x, y, w, h), label)
        return seconds

    return loop


def ours(model: str, detector_name: str = "haar") -> Loop:
    """Return this project's pipeline with one of its models and detectors. It analyzes every frame."""
    from emotion_core.analyze.frame import EmotionAnalyzer
    from emotion_core.detect import make_detector
    from emotion_core.draw.annotate import annotate
    from emotion_core.models.registry import ModelRegistry
    from emotion_core.settings import Settings
    from emotion_core.track.tracker import Tracker, TrackerOptions

    classifier = _Timed(ModelRegistry(Settings().models_dir).load(model))
    detector = make_detector(detector_name, follow=True)
    analyzer = EmotionAnalyzer(detector, classifier, Tracker(TrackerOptions(strong_score=detector.strong_score)))
    clock = iter(range(10**9))

    def loop(frame: np.ndarray) -> list[float]:
        classifier.seconds.clear()
        annotate(frame, analyzer.analyze(frame, next(clock) / 25))
        return list(classifier.seconds)

    return loop


class _Timed:
    """Wrap a classifier and record how long each face took."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self.name, self.crop_margin = classifier.name, classifier.crop_margin
        self.uncertain_below = classifier.uncertain_below
        self.learned_from = classifier.learned_from
        self.seconds: list[float] = []

    def predict(self, crops_bgr: Sequence[np.ndarray]) -> np.ndarray:
        started = time.perf_counter()
        rows = self._classifier.predict(crops_bgr)
        self.seconds += [(time.perf_counter() - started) / len(crops_bgr)] * len(crops_bgr)
        return rows


def _cascade() -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")


def _draw(frame: np.ndarray, box_xywh: tuple[int, int, int, int], label: str) -> None:
    x, y, w, h = box_xywh
    cv2.rectangle(frame, (x, y), (x + w, y + h), (0, 0, 255), 2)
    cv2.putText(frame, label, (x, y - 10), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 0, 255), 2)


CONTENDERS: dict[str, Callable[[], Loop]] = {
    "article_deepface": article_deepface,
    "article_keras": article_keras,
    "ours_deepface": lambda: ours("deepface"),
    "ours_article_cnn": lambda: ours("article_cnn"),
    "ours_flagship": lambda: ours("flagship"),
    "ours_flagship_haar_alone": lambda: ours("flagship", "haar_alone"),
}
FOUR = "_four"  # ends the name of a contender whose frames show the clip four times, half as large


def one_pass(loop: Loop, frames: list[np.ndarray]) -> dict[str, float]:
    """Analyze every frame once and return means: a median would hide the frames that are searched as a whole."""
    whole, faces = [], []
    for frame in frames:
        copy = frame.copy()
        started = time.perf_counter()
        faces += loop(copy)
        whole.append(time.perf_counter() - started)
    return {
        "ms_per_frame": float(np.mean(whole) * 1000),
        "ms_95th": float(np.percentile(whole, 95) * 1000),
        "ms_per_face": float(np.mean(faces) * 1000) if faces else float("nan"),
        "faces_per_frame": len(faces) / len(frames),
    }


def _four_times(frame: np.ndarray) -> np.ndarray:
    half = cv2.resize(frame, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.vstack([np.hstack([half, half])] * 2)


def main() -> None:
    """Answer requests for passes until stdin closes."""
    name, clip = sys.argv[1:]
    frames = [frame.frame_bgr for frame, _ in zip(read_video(Path(clip)), range(FRAMES), strict=False)]
    if name.endswith(FOUR):
        frames = [_four_times(frame) for frame in frames]
    loop = CONTENDERS[name.removesuffix(FOUR)]()
    one_pass(loop, frames[:5])
    child.answer(lambda: one_pass(loop, frames))


if __name__ == "__main__":
    main()

"""Find the crop that suits a model: ``python -m benchmarks.crops DATA [--clip FILE FROM TO EMOTION]…``.

Each PublicTest face is enlarged into a picture of its own and searched with the Haar detector. The box that was found
is cut with several margins, both as it is and rotated so that the eyes are level. In a clip, the face shows one
expression between two times; the figure is the mean probability of that expression over these frames.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np

from emotion_core.classify.base import Classifier
from emotion_core.data.load import load_dataset
from emotion_core.detect import HaarDetector, HaarOptions, make_detector
from emotion_core.emotions import Emotion
from emotion_core.media.video import read_video
from emotion_core.models.registry import ModelRegistry
from emotion_core.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "out" / "bench" / "crops.json"
MARGINS = (-0.2, -0.1, 0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
FACE, BORDER = 192, 64  # pixels: side of the enlarged face, and of the replicated border around it
MOST_TILT = 25.0  # degrees; a pair found farther from level is a false positive


def cut(picture: np.ndarray, box: np.ndarray, margin: float, angle: float = 0.0) -> np.ndarray:
    """Return the square around ``box``, ``margin`` of its side added, rotated about its center by ``angle`` degrees."""
    side = max(8, round(float(box[2] - box[0]) * (1 + margin)))
    center = (float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2)
    turn = cv2.getRotationMatrix2D(center, angle, 1.0)
    turn[:, 2] += np.array([side / 2 - center[0], side / 2 - center[1]])
    return cv2.warpAffine(picture, turn, (side, side), borderMode=cv2.BORDER_REPLICATE)


class EyeLine:
    """Measure how far the eyes in a box are from level, with OpenCV's eye cascade."""

    def __init__(self) -> None:
        self._eyes = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_eye.xml")

    def angle(self, picture: np.ndarray, box: np.ndarray) -> float:
        """Return the angle in degrees; 0 if no two eyes are found."""
        x0, y0, x1, y1 = (int(v) for v in box)
        upper = cv2.cvtColor(picture[y0 : y0 + (y1 - y0) * 3 // 5, x0:x1], cv2.COLOR_BGR2GRAY)
        least = max(8, (x1 - x0) // 6)
        found = sorted(self._eyes.detectMultiScale(upper, 1.05, 3, minSize=(least, least)), key=lambda eye: -eye[2])[:2]
        if len(found) < 2:
            return 0.0
        centers = [np.asarray(eye[:2]) + np.asarray(eye[2:]) / 2 for eye in found]
        left, right = sorted(centers, key=lambda point: float(point[0]))
        if right[0] - left[0] < (x1 - x0) / 4:
            return 0.0
        angle = float(np.degrees(np.arctan2(right[1] - left[1], right[0] - left[0])))
        return angle if abs(angle) <= MOST_TILT else 0.0


def on_data(classifier: Classifier, data: Path) -> dict[str, float]:
    """Return the accuracy on the faces that the detector finds, for each crop and for the data set's own crop."""
    test = load_dataset(data, size=48).splits["test"]
    detector, eyes = HaarDetector(HaarOptions(smallest_face=0.3)), EyeLine()
    crops: dict[str, list[np.ndarray]] = {}
    labels = []
    for image, label in zip(test.images, test.labels, strict=True):
        large = cv2.cvtColor(cv2.resize(image, (FACE, FACE), interpolation=cv2.INTER_CUBIC), cv2.COLOR_GRAY2BGR)
        picture = cv2.copyMakeBorder(large, BORDER, BORDER, BORDER, BORDER, cv2.BORDER_REPLICATE)
        boxes = detector.detect(picture).boxes_xyxy
        if not len(boxes):
            continue
        labels.append(label)
        crops.setdefault("own crop", []).append(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR))
        for name, crop in _cuts(picture, boxes[0], eyes).items():
            crops.setdefault(name, []).append(crop)
    sys.stderr.write(f"{len(labels)} of {len(test)} faces found\n")
    return {name: float(np.mean(_read(classifier, found).argmax(axis=1) == labels)) for name, found in crops.items()}


def on_clip(classifier: Classifier, clip: Path, start_s: float, end_s: float, emotion: Emotion) -> dict[str, float]:
    """Return the mean probability of ``emotion`` in the largest face between two times, for each crop."""
    detector, eyes = make_detector("haar", follow=True), EyeLine()
    crops: dict[str, list[np.ndarray]] = {}
    for frame in read_video(clip):
        if frame.time_s > end_s:
            break
        boxes = detector.detect(frame.frame_bgr, frame.time_s).boxes_xyxy
        if frame.time_s >= start_s and len(boxes):
            largest = boxes[(boxes[:, 2] - boxes[:, 0]).argmax()]
            for name, crop in _cuts(frame.frame_bgr, largest, eyes).items():
                crops.setdefault(name, []).append(crop)
    return {name: float(_read(classifier, found)[:, emotion.column].mean()) for name, found in crops.items()}


def _cuts(picture: np.ndarray, box: np.ndarray, eyes: EyeLine) -> dict[str, np.ndarray]:
    angle = eyes.angle(picture, box)
    upright = {f"margin {margin:+.2f}": cut(picture, box, margin) for margin in MARGINS}
    return upright | {f"margin {margin:+.2f}, eyes level": cut(picture, box, margin, angle) for margin in MARGINS}


def _read(classifier: Classifier, crops: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([classifier.predict(crops[i : i + 64]) for i in range(0, len(crops), 64)])


def main() -> None:
    """Run, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", default=Settings().default_model)
    parser.add_argument("--clip", nargs=4, action="append", default=[], metavar=("FILE", "FROM", "TO", "EMOTION"))
    options = parser.parse_args()
    classifier = ModelRegistry(Settings().models_dir).load(options.model)
    columns = {"PublicTest": on_data(classifier, options.data)}
    for file, start, end, emotion in options.clip:
        columns[f"{emotion} {start}–{end} s"] = on_clip(
            classifier, Path(file), float(start), float(end), Emotion(emotion)
        )
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(columns, indent=2) + "\n")
    sys.stdout.write(f"{'Crop':<28}" + "".join(f"{name:>18}" for name in columns) + "\n")
    for name in columns["PublicTest"]:
        values = [f"{column[name]:.1%}" if name in column else "–" for column in columns.values()]
        sys.stdout.write(f"{name:<28}" + "".join(f"{value:>18}" for value in values) + "\n")


if __name__ == "__main__":
    main()

"""Face detection with and without the verifier, side by side in one run.

``python -m benchmarks.detection [--data FER2013] [--photos DIR] [--faces N] [CLIP …]``

- PublicTest's faces, each placed in a picture of its own, upright and tilted (with ``--data``);
- pictures without a face, and photographs whose faces are known (``--photos``, a folder with ``boxes.json``);
- clips, followed at 20 analyses a second. Recall counts the frames in which the cascade finds the main face in the
  full-size frame; a box anywhere else is a false positive. To simulate a new face, the main face is painted over for a
  second; the figure is the time until it is found again;
- a face that stands still before a noisy camera.

Times are CPU time on one core.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.scenes import Scene, faceless, photographs, placed
from emotion_core.detect import (
    Detector,
    FollowingDetector,
    FollowingHaarDetector,
    HaarDetector,
    HaarOptions,
    VerifiedDetector,
)
from emotion_core.detect.cascade import Cascade
from emotion_core.detect.haar import STILL_SMALLEST, STILL_WIDTH
from emotion_core.media.video import read_video
from emotion_core.track.tracker import iou

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "out" / "bench" / "detection.json"
RATE = 20.0  # analyses per second, as on the live page
SAME_IOU = 0.3  # boxes that overlap more are of the same face
HIT_IOU = 0.4  # a box that overlaps a true one by this is a hit
DRAWN_IOU = 0.25  # the same where the true boxes are drawn by hand, and rough
GONE_S = 1.0
TILT = 20.0  # degrees

Make = Callable[[], Detector]
STILLS: dict[str, Make] = {
    "Haar alone": lambda: HaarDetector(HaarOptions(detect_width=STILL_WIDTH)),
    "Haar + verifier": lambda: VerifiedDetector(HaarOptions(smallest_face=STILL_SMALLEST)),
}
VIDEOS: dict[str, Make] = {"Haar alone": FollowingHaarDetector, "Haar + verifier": FollowingDetector}


def still_figures(make: Make, scenes: Iterable[Scene]) -> dict[str, float]:
    """Return hits, false positives, mean overlap and milliseconds of a detector on pictures."""
    detector, faces, hits, false, pictures, overlaps, ms = make(), 0, 0, 0, 0, [], []
    for scene in scenes:
        started = time.thread_time()
        boxes = detector.detect(scene.picture_bgr).boxes_xyxy
        ms.append((time.thread_time() - started) * 1000)
        overlap = iou(boxes, scene.boxes_xyxy) if len(boxes) else np.zeros((0, len(scene.boxes_xyxy)))
        least = DRAWN_IOU if len(scene.boxes_xyxy) > 1 else HIT_IOU
        best = overlap.max(axis=0, initial=0)
        faces += len(best)
        hits += int((best >= least).sum())
        overlaps += best[best >= least].tolist()
        false += int((overlap.max(axis=1, initial=0) < least).sum())
        pictures += 1
    mean = float(np.mean(overlaps)) if overlaps else float("nan")
    figures = {"pictures": pictures, "faces": faces, "hits": hits, "false_boxes": false}
    return figures | {"mean_iou": mean, "ms_mean": float(np.mean(ms))}


def jitter(make: Make) -> float:
    """Return the deviation of the side of a still face before a noisy camera, as a share of its mean."""
    from skimage import data

    random, detector = np.random.default_rng(16), make()
    picture = cv2.resize(cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR), (640, 480)).astype(np.float32)
    sides = []
    for number in range(100):
        noisy = picture + random.normal(0, 4, picture.shape).astype(np.float32)
        boxes = detector.detect(noisy.clip(0, 255).astype(np.uint8), number / RATE).boxes_xyxy
        sides += [float(boxes[0, 2] - boxes[0, 0])] if len(boxes) and number >= 20 else []
    return float(np.std(sides) / np.mean(sides))


@dataclass(frozen=True)
class Clip:
    """A clip and its faces.

    frames: each ``(h, w, 3)`` uint8.
    full: the boxes that the full-size search finds in each frame.
    main: ``(n, 4)``, the box of the main face in each frame, interpolated where it was not found.
    """

    name: str
    frames: list[np.ndarray]
    full: list[np.ndarray]
    main: np.ndarray


def load(path: Path) -> Clip:
    """Read a clip at `RATE` and search it at full size as the articles do: scale factor 1.1, 10 neighbors."""
    cascade = Cascade()
    frames = [frame.frame_bgr for frame in read_video(path, every_s=1 / RATE)]
    full = []
    for frame in frames:
        boxes, _ = cascade.search(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), 1.1, 10, (30, min(frame.shape[:2])))
        full.append(boxes)
    return Clip(path.name, frames, full, _main_face(full))


def _main_face(full: list[np.ndarray]) -> np.ndarray:
    """Return ``(n, 4)``: the largest box of each frame, interpolated where it is far from the median around it."""
    largest = np.array(
        [boxes[(boxes[:, 2] - boxes[:, 0]).argmax()] if len(boxes) else np.full(4, np.nan) for boxes in full]
    )
    for row in range(len(largest)):
        around = np.nanmedian(largest[max(0, row - 5) : row + 6], axis=0)
        if iou(largest[row : row + 1], around[None])[0, 0] < SAME_IOU:
            largest[row] = np.nan
    known = np.flatnonzero(~np.isnan(largest[:, 0]))
    return np.column_stack([np.interp(np.arange(len(largest)), known, largest[known, side]) for side in range(4)])


def clip_figures(make: Make, clip: Clip) -> dict[str, float]:
    """Return recall, false positives and milliseconds of a detector that follows, and of the full-size search."""
    detector, found, ms = make(), [], []
    for number, frame in enumerate(clip.frames):
        started = time.thread_time()
        found.append(detector.detect(frame, number / RATE).boxes_xyxy)
        ms.append((time.thread_time() - started) * 1000)
    there = [_at(boxes, main) for boxes, main in zip(clip.full, clip.main, strict=True)]
    ours = [_at(boxes, main) for boxes, main in zip(found, clip.main, strict=True)]
    return {
        "frames": len(clip.frames),
        "recall": float(np.mean([own for own, full in zip(ours, there, strict=True) if full])),
        "found": float(np.mean(ours)),
        "full_size_found": float(np.mean(there)),
        "false_boxes": _others(found, clip.main),
        "full_size_false_boxes": _others(clip.full, clip.main),
        "ms_mean": float(np.mean(ms)),
        "ms_95th": float(np.percentile(ms, 95)),
        "new_face_ms": _until_found(make, clip) * 1000,
    }


def _at(boxes: np.ndarray, main: np.ndarray) -> bool:
    return bool(len(boxes) and iou(boxes, main[None]).max() > SAME_IOU)


def _others(found: list[np.ndarray], main: np.ndarray) -> int:
    return sum(int((iou(boxes, face[None])[:, 0] <= SAME_IOU).sum()) for boxes, face in zip(found, main, strict=True))


def _until_found(make: Make, clip: Clip) -> float:
    """Return the most seconds of video that it took, over several tries, to find the main face after it was gone."""
    step, waits = round(GONE_S * RATE), []
    for start in range(step, len(clip.frames) - 2 * step, 2 * step + 1):
        detector = make()
        for number in range(start - step, start):
            gone = clip.frames[number].copy()
            x0, y0, x1, y1 = _around(clip.main[number], gone.shape)
            gone[y0:y1, x0:x1] = 128
            detector.detect(gone, number / RATE)
        for number in range(start, start + step):
            if _at(detector.detect(clip.frames[number], number / RATE).boxes_xyxy, clip.main[number]):
                break
        waits.append((number - start) / RATE)
    return max(waits, default=float("nan"))


def _around(box: np.ndarray, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    margin = 0.3 * (box[2] - box[0])
    x0, y0, x1, y1 = box + np.array([-margin, -margin, margin, margin])
    return max(0, int(x0)), max(0, int(y0)), min(shape[1], int(x1)), min(shape[0], int(y1))


def measure(options: argparse.Namespace) -> dict[str, dict[str, dict[str, float]]]:
    """Return figures by what was measured and by detector."""
    sets: dict[str, list[Scene]] = {}
    if options.data:
        from emotion_core.data.load import load_dataset

        images = load_dataset(options.data).splits["test"].images
        faces = images[np.random.default_rng(16).permutation(len(images))[: options.faces]]
        sets["PublicTest, upright"] = list(placed(faces, 0.0))
        sets[f"PublicTest, tilted by up to {TILT:.0f}°"] = list(placed(faces, TILT))
        sets["without a face"] = list(faceless(faces))
    if options.photos:
        sets["photographs"] = list(photographs(options.photos))
    result = {name: {who: still_figures(make, scenes) for who, make in STILLS.items()} for name, scenes in sets.items()}
    for path in options.clips or [ROOT / "assets" / "sample.mp4"]:
        clip = load(path)
        result[path.name] = {who: clip_figures(make, clip) for who, make in VIDEOS.items()}
    result["still face"] = {who: {"side_jitter": jitter(make)} for who, make in VIDEOS.items()}
    return result


def main() -> None:
    """Run, print and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="*", type=Path, metavar="CLIP")
    parser.add_argument("--data", type=Path, metavar="FER2013", help="a folder, fer2013.csv, or a zip of either")
    parser.add_argument("--photos", type=Path, metavar="DIR")
    parser.add_argument("--faces", type=int, default=400, help="of PublicTest (default 400)")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    result = measure(options)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    for name, rows in result.items():
        for who, row in rows.items():
            values = ", ".join(f"{key} {value:.3g}" for key, value in row.items())
            sys.stdout.write(f"{name}, {who}: {values}\n")


if __name__ == "__main__":
    main()

"""What the following detector finds, compared with the cascade on full-size frames.

``python -m benchmarks.detection [CLIP …]``. Recall counts the frames in which the full-size search finds the main face
of the clip. For both, a box anywhere else is a false positive. To simulate a new face, the main face is painted over
for a second; the figure is the time until it is found again, at 20 analyses per second.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from emotion_core.detect import FollowingHaarDetector
from emotion_core.detect.haar import Cascade
from emotion_core.media.video import read_video
from emotion_core.track.tracker import iou

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "out" / "bench" / "detection.json"
RATE = 20.0  # analyses per second, as on the live page
SAME_IOU = 0.3  # boxes that overlap more are of the same face
GONE_S = 1.0


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


def figures(clip: Clip) -> dict[str, float]:
    """Return recall, false positives and milliseconds of both searches."""
    detector, found, ms = FollowingHaarDetector(), [], []
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
        "ms_median": float(np.median(ms)),
        "ms_mean": float(np.mean(ms)),
        "new_face_ms": _until_found(clip) * 1000,
    }


def _at(boxes: np.ndarray, main: np.ndarray) -> bool:
    return bool(len(boxes) and iou(boxes, main[None]).max() > SAME_IOU)


def _others(found: list[np.ndarray], main: np.ndarray) -> int:
    return sum(int((iou(boxes, face[None])[:, 0] <= SAME_IOU).sum()) for boxes, face in zip(found, main, strict=True))


def _until_found(clip: Clip) -> float:
    """Return the most seconds of video that it took, over several tries, to find the main face after it was gone."""
    detector, step, waits = FollowingHaarDetector(), round(GONE_S * RATE), []
    for start in range(step, len(clip.frames) - 2 * step, 2 * step + 1):
        for number in range(start - step, start):
            gone = clip.frames[number].copy()
            x0, y0, x1, y1 = _around(clip.main[number], gone.shape)
            gone[y0:y1, x0:x1] = 128
            detector.detect(gone, number / RATE)
        for number in range(start, start + step):
            if _at(detector.detect(clip.frames[number], number / RATE).boxes_xyxy, clip.main[number]):
                break
        waits.append((number - start) / RATE)
        detector.reset()
    return max(waits, default=float("nan"))


def _around(box: np.ndarray, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    margin = 0.3 * (box[2] - box[0])
    x0, y0, x1, y1 = box + np.array([-margin, -margin, margin, margin])
    return max(0, int(x0)), max(0, int(y0)), min(shape[1], int(x1)), min(shape[0], int(y1))


def main() -> None:
    """Run, print and save."""
    cv2.setNumThreads(1)
    paths = [Path(argument) for argument in sys.argv[1:]] or [ROOT / "assets" / "sample.mp4"]
    result = {path.name: figures(load(path)) for path in paths}
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    for name, row in result.items():
        sys.stdout.write(
            f"Detection, {name}: recall against full size {row['recall']:.3f}, false boxes {row['false_boxes']:.0f} "
            f"(full size {row['full_size_false_boxes']:.0f}) in {row['frames']:.0f} frames, "
            f"{row['ms_median']:.1f} ms a frame, a new face within {row['new_face_ms']:.0f} ms\n"
        )


if __name__ == "__main__":
    main()

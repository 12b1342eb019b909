"""How many times faster than real time a video file is analyzed, here and by the usual loop, in turns, in one run.

``python -m benchmarks.offline``: ten seconds of 640×480 at 30 frames per second, made from the sample clip. Every frame
is decoded. "Every frame" and the usual loop also analyze every frame, the others ten per second; "annotated" writes an
MP4 as well. The usual loop is so slow that it gets two seconds only. All read faces with the same network, on ONNX
Runtime.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import cv2

from benchmarks import child
from benchmarks.child import ROOT
from emotion_core.analyze.video import Drawing, analyze_video, video_analyzer
from emotion_core.classify.base import Classifier
from emotion_core.media.video import read_video
from emotion_core.models.registry import ModelRegistry
from emotion_core.settings import Settings

RESULT = ROOT / "out" / "bench" / "offline.json"
RATE, SECONDS, NAIVE_SECONDS = Fraction(30), 10, 2
NAMES = ("naive", "ten_per_second", "every_frame", "annotated")

Pass = Callable[[], int]  # goes through the clip once; returns how many frames were analyzed


def write_clip(path: Path) -> None:
    """Write the sample clip at 30 frames per second, repeated to the full length."""
    frames = [frame.frame_bgr for frame in read_video(ROOT / "assets" / "sample.mp4")]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "medium"})
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for index in range(int(RATE * SECONDS)):
            picture = cv2.resize(frames[index % len(frames)], (640, 480))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "bgr24")))
        container.mux(stream.encode())


def naive(classifier: Classifier, clip: Path) -> Pass:
    """Return the loop of countless articles: read, Haar 1.3/3 on the whole frame, each face in a call of its own."""
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")

    def one_pass() -> int:
        capture, analyses = cv2.VideoCapture(str(clip)), 0
        while analyses < NAIVE_SECONDS * RATE:
            _, frame = capture.read()
            for x, y, w, h in cascade.detectMultiScale(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), 1.3, 3):
                classifier.predict([frame[y : y + h, x : x + w]])
            analyses += 1
        return analyses

    return one_pass


def ours(classifier: Classifier, clip: Path, every_s: float, drawn: bool) -> Pass:
    """Return this project's analysis, as the command line and the page run it."""

    def one_pass() -> int:
        analyzer = video_analyzer(classifier, Settings().models_dir)
        drawing = Drawing(clip.with_name("annotated.mp4")) if drawn else None
        with closing(analyze_video(clip, analyzer.analyze, every_s=every_s, drawing=drawing)) as progress:
            return sum(moment.result is not None for moment in progress)

    return one_pass


def contender(name: str, clip: Path) -> Pass:
    """Return one of `NAMES`, warmed up."""
    registry = ModelRegistry(Settings().models_dir)
    classifier = registry.load(registry.default_name(Settings().default_model))
    if name == "naive":
        return naive(classifier, clip)
    # The first frames import SciPy and start OpenCV's threads, which a running server has done already.
    with closing(analyze_video(clip, video_analyzer(classifier, Settings().models_dir).analyze)) as progress:
        for _ in islice(progress, 20):
            pass
    return ours(classifier, clip, 0.0 if name == "every_frame" else 0.1, name == "annotated")


def timed(one_pass: Pass, film_s: float) -> dict[str, float]:
    """Return how many times faster than real time the pass is, and its CPU seconds (all cores) per second of video."""
    started, cpu = time.perf_counter(), time.process_time()
    analyses = one_pass()
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    return {"times_real_time": film_s / seconds, "cpu_s_per_s": cpu / film_s, "analyses": analyses}


def main() -> None:
    """Run, print and save; with the arguments NAME and CLIP, act as that contender."""
    if len(sys.argv) == 3:
        name, clip = sys.argv[1], Path(sys.argv[2])
        one_pass = contender(name, clip)
        child.answer(lambda: timed(one_pass, NAIVE_SECONDS if name == "naive" else SECONDS))
        return
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        write_clip(clip)
        rounds = child.take_turns([child.Child("benchmarks.offline", name, clip, os.environ) for name in NAMES])
    rows = child.medians(rounds)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({"seconds": SECONDS, "contenders": rows, "rounds": rounds}, indent=2) + "\n")
    times = {name: f"{row['times_real_time']:.1f}×" for name, row in rows.items()}
    sys.stdout.write(
        f"Video file, times real time: 10 analyses/s {times['ten_per_second']}, every frame {times['every_frame']}, "
        f"10/s with annotated MP4 {times['annotated']}; the usual loop {times['naive']}\n"
    )


if __name__ == "__main__":
    main()

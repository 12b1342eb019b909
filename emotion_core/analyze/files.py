"""Pictures and videos on disk: find them, and read the faces in each."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import numpy as np

from emotion_core.analyze.frame import EmotionAnalyzer
from emotion_core.analyze.video import EVERY_S, Drawing, Progress, analyze_video, video_analyzer
from emotion_core.classify.base import Classifier
from emotion_core.detect import HaarOptions, make_detector, whole_picture
from emotion_core.detect.haar import STILL_SMALLEST, STILL_WIDTH
from emotion_core.draw.annotate import annotate
from emotion_core.errors import MediaError
from emotion_core.media.images import IMAGE_SUFFIXES, ImageLimits, encode_png, read_image
from emotion_core.media.video import VIDEO_SUFFIXES
from emotion_core.record.origin import Origin
from emotion_core.results import FrameResult


def is_video(path: Path) -> bool:
    """Return whether the suffix is one of a video."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def find_files(paths: Sequence[Path]) -> tuple[list[Path], list[tuple[Path, MediaError]]]:
    """Return the files that ``paths`` name, each once, and the paths that lead to none.

    A folder stands for all pictures and videos in it and below, in the order of their names, without hidden ones. A
    file is taken whatever its suffix is.
    """
    found: dict[Path, None] = {}
    missing = []
    for path in paths:
        files = list(_in_folder(path)) if path.is_dir() else [path] if path.exists() else []
        found.update(dict.fromkeys(files))
        if not files:
            empty = MediaError("No picture and no video is in this folder. Check the name.")
            missing.append((path, empty if path.is_dir() else MediaError("There is no such file. Check the name.")))
    return list(found), missing


def _in_folder(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.suffix.lower() in IMAGE_SUFFIXES | VIDEO_SUFFIXES and path.is_file():
            yield path


class FileReader:
    """Reads one file after another with the same model and detector.

    Args:
        limits: the largest picture that is read.
        detector: a name from `emotion_core.detect.DETECTORS`.
        whole_picture: take each picture, or frame, as one face.
        every_s: seconds between the frames of a video that are analyzed; 0 analyzes all of them.

    Raises:
        DetectorError: the detector cannot be used.
    """

    def __init__(
        self,
        classifier: Classifier,
        models_dir: Path,
        *,
        limits: ImageLimits,
        detector: str = "haar",
        whole_picture: bool = False,
        every_s: float = EVERY_S,
    ) -> None:
        self._classifier = classifier
        self._models_dir = models_dir
        self._detector = detector
        self._whole_picture = whole_picture
        self._every_s = every_s
        self._limits = limits
        haar = HaarOptions(detect_width=STILL_WIDTH, smallest_face=STILL_SMALLEST)
        self._pictures = EmotionAnalyzer(make_detector(detector, models_dir=models_dir, haar=haar), classifier)

    def read_picture(self, path: Path, annotated: Path | None = None) -> FrameResult:
        """Return the faces of one picture; with ``annotated``, a folder, also write them drawn into a PNG there.

        Raises:
            MediaError: it cannot be read, or the drawing cannot be written.
        """
        frame_bgr = read_image(path, self._limits)
        result = self._analyze(self._pictures, frame_bgr, 0.0)
        if annotated:
            data = encode_png(annotate(frame_bgr, result), str(Origin.of([result])))
            _write_bytes(_unused_name(annotated, path, ".png"), data)
        return result

    def read_video(self, path: Path, annotated: Path | None = None) -> Generator[Progress, None, None]:
        """Analyze a video, see `analyze_video`; with ``annotated``, a folder, also write it drawn into an MP4 there.

        Raises:
            MediaError: it cannot be read, or the drawing cannot be written.
        """
        analyzer = video_analyzer(self._classifier, self._models_dir, self._detector)
        drawing = None
        if annotated:
            origin = Origin.made_by(self._classifier.name, "" if self._whole_picture else self._detector)
            drawing = Drawing(_unused_name(annotated, path, ".mp4"), comment=str(origin))
        return analyze_video(
            path,
            lambda frame_bgr, time_s: self._analyze(analyzer, frame_bgr, time_s),
            every_s=self._every_s,
            drawing=drawing,
        )

    def _analyze(self, analyzer: EmotionAnalyzer, frame_bgr: np.ndarray, time_s: float) -> FrameResult:
        if not self._whole_picture:
            return analyzer.analyze(frame_bgr, time_s)
        return analyzer.classify_boxes(frame_bgr, whole_picture(frame_bgr), time_s)


def _unused_name(folder: Path, path: Path, suffix: str) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MediaError(
            "The folder {folder} cannot be created: {reason}.", folder=folder, reason=error.strerror
        ) from error
    # The old suffix stays in the name, so that a.jpg and a.png do not overwrite each other.
    target, number = folder / f"{path.name}{suffix}", 2
    while target.exists():
        target, number = folder / f"{path.name}-{number}{suffix}", number + 1
    return target


def _write_bytes(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise MediaError("{path} cannot be written: {reason}.", path=path, reason=error.strerror) from error

"""``analyze PATH…``: read the expressions in pictures, folders and videos."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from pathlib import Path

from tqdm import tqdm

from emotion_core.analyze.files import FileReader, find_files, is_video
from emotion_core.analyze.video import EVERY_S
from emotion_core.cli.common import FAILED, OK, USAGE, add_models_dir, load_classifier, registry, report_error
from emotion_core.detect import DETECTORS, default_detector
from emotion_core.errors import EmotionError, MediaError
from emotion_core.media.images import ImageLimits
from emotion_core.record.reports import Named, text_report, to_csv, to_json
from emotion_core.results import FrameResult
from emotion_core.settings import Settings

FORMATS = {"table": text_report, "json": to_json, "csv": to_csv}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("analyze", help="read the expressions in pictures, folders and videos")
    parser.add_argument("paths", nargs="+", type=named_path, metavar="PATH", help="picture, video or folder")
    parser.add_argument("--model", metavar="NAME", help="see `models list`")
    parser.add_argument("--detector", choices=DETECTORS, help="yunet if it is installed, otherwise haar, if left out")
    parser.add_argument("--whole-picture", action="store_true", help="take each picture as one face")
    parser.add_argument("--format", choices=list(FORMATS), default="table")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there instead of to stdout")
    parser.add_argument("--annotate", type=Path, metavar="DIR", help="write annotated pictures and videos there")
    parser.add_argument("--every", type=seconds, default=EVERY_S, metavar="SECONDS", help="of a video; 0: each frame")
    add_models_dir(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read every file. One that cannot be read is reported on stderr, and the others are still read."""
    models, settings = registry(options), Settings.from_environment()
    reader = FileReader(
        load_classifier(models, options.model),
        models.models_dir,
        limits=ImageLimits(settings.max_image_bytes, settings.max_image_pixels),
        detector=options.detector or default_detector(models.models_dir),
        whole_picture=options.whole_picture,
        every_s=options.every,
    )
    files, missing = find_files(options.paths)
    for path, error in missing:
        report_error(str(path), error)
    if not files:
        return USAGE
    results: list[Named] = []
    failed = bool(missing)
    for path in tqdm(files, unit="file", file=sys.stderr, disable=len(files) < 2):
        try:
            results += [(str(path), result) for result in _read(reader, path, options.annotate)]
        except EmotionError as error:
            report_error(str(path), error)
            failed = True
    if results:
        _write(FORMATS[options.format](results), options.output)
    return FAILED if failed else OK


def _read(reader: FileReader, path: Path, annotated: Path | None) -> list[FrameResult]:
    if not is_video(path):
        return [reader.read_picture(path, annotated)]
    results = []
    # Closed explicitly, so that an interrupt leaves no half-written video: the traceback may keep the generator alive.
    with _bar(path) as bar, closing(reader.read_video(path, annotated)) as progress:
        for moment in progress:
            bar.set_postfix_str(_left(moment.left_s), refresh=False)
            bar.update(moment.share - bar.n)
            if moment.result is not None:
                results.append(moment.result)
    return results


def _bar(path: Path) -> tqdm:
    layout = "{desc}: {percentage:3.0f}% {bar}{postfix}"
    return tqdm(total=1.0, desc=path.name, bar_format=layout, file=sys.stderr, leave=False)


def _left(seconds: float | None) -> str:
    return "" if seconds is None else f"{tqdm.format_interval(seconds)} left"


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MediaError("{output} cannot be written: {reason}.", output=output, reason=error.strerror) from error


def named_path(text: str) -> Path:
    """Convert an argument to a path. An empty one, an unset variable for example, would mean the current folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("expected the name of a picture, video or folder, received nothing")
    return Path(text)


def seconds(text: str) -> float:
    """Convert an argument to a length of time, at least 0."""
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected seconds of at least 0, received {text}")
    return value

"""``evaluate``: measure how well a model reads one split of a data set."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from emotion_core.cli.common import OK, add_models_dir, load_classifier, registry, report
from emotion_core.data.dataset import SPLITS, Dataset, LabeledFaces
from emotion_core.data.folder import SPLIT_NAMES
from emotion_core.data.load import load_dataset
from emotion_core.emotions import VOTES
from emotion_core.errors import DataError
from emotion_core.measure.accuracy import Evaluation, evaluate
from emotion_core.measure.votes import VoteEvaluation, evaluate_votes

ORIGINAL = "original"


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("evaluate", help="measure a model on labeled faces")
    parser.add_argument("--data", type=Path, required=True, metavar="PATH", help="folder, fer2013.csv, or a zip")
    parser.add_argument("--model", metavar="NAME", help="see `models list`")
    parser.add_argument(
        "--labels",
        choices=(ORIGINAL, VOTES),
        default=ORIGINAL,
        help="what to compare with: the data set's own labels, or the FER+ votes of ten people, which are looked for "
        "beside the data unless --fer-plus names them",
    )
    parser.add_argument(
        "--fer-plus",
        type=Path,
        metavar="FILE",
        help="FER+ votes: fer2013new.csv for fer2013.csv, or a table with the column path for a folder",
    )
    parser.add_argument("--split", default="test", help=f"{', '.join(SPLITS)}; test is FER-2013's PublicTest")
    parser.add_argument("--tta", action="store_true", help="average each face with its mirror image")
    parser.add_argument("--without-duplicates-of", metavar="SPLIT", help="leave out images that are also in this split")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    add_models_dir(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Measure the model and print its figures."""
    classifier = load_classifier(registry(options), options.model)
    dataset = load_dataset(options.data, fer_plus=options.fer_plus)
    if dataset.problems:
        first = dataset.problems[0]
        report(f"{len(dataset.problems)} files or rows are left out; the first, {first.name}: {first.reason}")
    data = _split(dataset, options.split)
    if options.without_duplicates_of:
        data = data.without(_split(dataset, options.without_duplicates_of).hashes)
    result: Evaluation | VoteEvaluation
    if options.labels == VOTES:
        result = evaluate_votes(classifier, data, flip=options.tta)
    else:
        result = evaluate(classifier, data, flip=options.tta)
    if options.format == "json":
        view = "flip" if options.tta else "single"
        facts = {"split": options.split, "view": view, "labels": options.labels, **result.to_dict()}
        sys.stdout.write(json.dumps(facts, indent=2) + "\n")
    else:
        sys.stdout.write(_votes_table(result) if isinstance(result, VoteEvaluation) else _table(result))
    return OK


def _split(dataset: Dataset, name: str) -> LabeledFaces:
    found = dataset.splits.get(SPLIT_NAMES.get(name.lower(), name))
    if found is None:
        raise DataError(
            "The data set has no split {name!r}. It has: {splits}.", name=name, splits=", ".join(dataset.splits)
        )
    return found


def _table(result: Evaluation) -> str:
    lines = [
        f"{result.model}: {result.images} faces, accuracy {result.accuracy:.2%}, macro-F1 {_percent(result.macro_f1)}, "
        f"calibration error {_percent(result.ece)}, {_milliseconds(result.latency_ms_per_face)} per face",
        f"{'':<10} {'precision':>10} {'recall':>10} {'F1':>10} {'faces':>7}",
    ]
    return "\n".join([*lines, *_class_lines(result)]) + "\n"


def _votes_table(result: VoteEvaluation) -> str:
    majority = result.majority
    lines = [
        f"{majority.model}: {majority.images} faces on which more than half of the voters agree, "
        f"accuracy {majority.accuracy:.2%} (one person has {_percent(result.human_accuracy)}), "
        f"macro-F1 {_percent(majority.macro_f1)}",
        f"{result.images} faces with votes: total-variation distance {_number(result.distance)}, cross-entropy "
        f"{_number(result.cross_entropy)}, calibration error of the shares {_percent(result.share_error)}",
        f"{result.fer_plus_images} faces by the protocol of FER+ with eight classes: "
        f"accuracy {_percent(result.fer_plus_accuracy)}",
        f"{'':<10} {'precision':>10} {'recall':>10} {'F1':>10} {'faces':>7}",
    ]
    return "\n".join([*lines, *_class_lines(majority)]) + "\n"


def _percent(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.2%}"


def _milliseconds(value: float | None) -> str:
    return "time not measured" if value is None else f"{value:.1f} ms"


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.4f}"


def _class_lines(result: Evaluation) -> list[str]:
    return [
        f"{name:<10} {row['precision']:>10.1%} {row['recall']:>10.1%} {row['f1']:>10.1%} {row['support']:>7}"
        for name, row in (result.per_class or {}).items()
    ]

"""``dataset audit``, ``dataset demo`` and ``dataset download``: check labeled faces, draw some, download some."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from emotion_core.cli.common import OK, report
from emotion_core.data.audit import AuditReport, audit
from emotion_core.data.demo import make_demo_set
from emotion_core.data.kaggle import HANDLE, download
from emotion_core.data.load import load_dataset

SHOWN = 10  # how many problems the table names; JSON and the manifest have all


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands and their options."""
    parser = commands.add_parser("dataset", help="check labeled faces, or make a small set to try things with")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    check = actions.add_parser("audit", help="find unreadable, blank, duplicate, leaked and look-alike images")
    check.add_argument(
        "path", type=Path, metavar="DIR", help="folder with train/<emotion>/*.jpg, fer2013.csv, or a zip"
    )
    check.add_argument("--format", choices=("table", "json"), default="table")
    check.add_argument("--manifest", type=Path, metavar="FILE", help="write every image's hash, label and flags there")
    check.add_argument(
        "--fer-plus",
        type=Path,
        metavar="FILE",
        help="ferplus_votes.csv or fer2013new.csv, the votes to compare the labels with; one beside the data is found",
    )
    check.set_defaults(run=run_audit)
    demo = actions.add_parser("demo", help="draw a few hundred faces into a new folder")
    demo.add_argument("path", type=Path, metavar="DIR")
    demo.add_argument("--per-class", type=_count, default=60, metavar="N", help="training faces of each expression")
    demo.add_argument("--seed", type=int, default=0)
    demo.set_defaults(run=run_demo)
    fetch = actions.add_parser("download", help="download FER-2013 from Kaggle; needs a token from kaggle.com")
    fetch.add_argument("handle", nargs="?", default=HANDLE, metavar="OWNER/NAME")
    fetch.set_defaults(run=run_download)


def run_audit(options: argparse.Namespace) -> int:
    """Read a data set and print what the audit finds."""
    with _bar("reading") as show:
        dataset = load_dataset(options.path, fer_plus=options.fer_plus, progress=show)
    with _bar("checking") as show:
        report = audit(dataset, show)
    if options.manifest:
        report.write_manifest(options.manifest)
    sys.stdout.write(report.to_json() + "\n" if options.format == "json" else _table(report))
    return OK


def run_demo(options: argparse.Namespace) -> int:
    """Draw the demo set."""
    with _bar("drawing") as show:
        make_demo_set(options.path, per_class=options.per_class, seed=options.seed, progress=show)
    sys.stdout.write(f"{options.path}\n")
    return OK


def run_download(options: argparse.Namespace) -> int:
    """Download a data set from Kaggle and print its folder."""
    sys.stdout.write(f"{download(options.handle, say=lambda text: report(f'{text} …'))}\n")
    return OK


@contextmanager
def _bar(name: str) -> Iterator[Callable[[float], object]]:
    layout = "{desc}: {percentage:3.0f}% {bar} {remaining} left"
    with tqdm(total=1.0, desc=name, bar_format=layout, file=sys.stderr, leave=False, disable=None) as bar:
        yield lambda share: bar.update(share - bar.n)


def _table(report: AuditReport) -> str:
    figures = report.figures()
    lines = [
        f"{report.name}: {figures['images']} images, fingerprint {report.fingerprint[:16]}",
        "",
        report.counts.to_string(),
        "",
        report.findings().drop(columns="meaning").to_string(index=False),
        "",
        f"Exact copies: {figures['extra_copies']} extra in {figures['copy_groups']} groups, "
        f"{figures['groups_across_splits']} of them across splits, "
        f"{figures['conflicting_groups']} with conflicting labels",
        f"Look-alikes: {figures['near_pairs']} pairs, {figures['near_pairs_across_splits']} of them across splits",
        *([_votes_line(figures)] if report.has_votes else []),
    ]
    for split, row in report.imbalance().iterrows():
        missing = f"; no {row['missing']}" if row["missing"] else ""
        balance = f"{row['largest']} has {row['ratio']} times the images of {row['smallest']}"
        lines.append(f"{split}: {balance if row['ratio'] > 1 else 'as many images of each'}{missing}")
    lines.append(f"Left out by train --without-flagged: {', '.join(report.left_out)}")
    rows = report.problems.head(SHOWN)
    lines += [f"  {row['name']}: {row['reason']}" for _, row in rows.iterrows()]
    if len(report.problems) > SHOWN:
        lines.append(f"  … and {len(report.problems) - SHOWN} more, see --format json")
    return "\n".join(lines) + "\n"


def _votes_line(figures: dict[str, int]) -> str:
    agreed, same = figures["majority_images"], figures["majority_is_label"]
    share = f" ({same / agreed:.1%})" if agreed else ""
    return (
        f"Votes: on {figures['images_with_votes']} images; more than half agree on {agreed}, "
        f"of which {same}{share} have that label"
    )


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, received {text}")
    return value

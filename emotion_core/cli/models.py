"""``models list`` and ``models install``: the installed models."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from emotion_core.cli.common import FAILED, OK, add_models_dir, registry, report, report_error
from emotion_core.errors import ModelError
from emotion_core.measure.accuracy import card_evaluations
from emotion_core.models.install_packed import install_model
from emotion_core.models.registry import ModelEntry


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands and their options."""
    parser = commands.add_parser("models", help="list the models, or install your own")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="what is installed, and how accurate it is")
    listing.add_argument("--format", choices=("table", "json"), default="table")
    add_models_dir(listing)
    listing.set_defaults(run=run_list)
    install = actions.add_parser(
        "install", help="install a Keras file (.keras or .h5, which is converted) or a zip from the page Models"
    )
    install.add_argument("path", type=Path, metavar="PATH")
    install.add_argument("--name", required=True, help="lower-case letters, digits, - and _")
    install.add_argument("--labels", type=_labels, metavar="A,B,…", help="order of its outputs, if not alphabetical")
    add_models_dir(install)
    install.set_defaults(run=run_install)


def run_list(options: argparse.Namespace) -> int:
    """Print every model; of a broken one, also what is wrong with it."""
    rows = [_row(entry) for entry in registry(options).entries()]
    if options.format == "json":
        sys.stdout.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
        return OK
    sys.stdout.write(f"{'NAME':<20} {'PUBLICTEST':>10} {'MB':>6}  TITLE\n")
    for row in rows:
        accuracy = "–" if row["accuracy"] is None else f"{row['accuracy']:.1%}"
        size = "–" if row["size_bytes"] is None else f"{row['size_bytes'] / 1e6:.1f}"
        fault = f" — cannot be used: {row['error']}" if row["error"] else ""
        sys.stdout.write(f"{row['name']:<20} {accuracy:>10} {size:>6}  {row['title']}{fault}\n")
    return OK


def run_install(options: argparse.Namespace) -> int:
    """Install one file and print the model's name."""
    models_dir = registry(options).models_dir
    try:
        entry = install_model(
            options.path, options.name, models_dir, labels=options.labels, progress=lambda text: report(f"{text} …")
        )
    except ModelError as error:
        report_error(str(options.path), error)
        return FAILED
    sys.stdout.write(f"{entry.name}\n")
    return OK


def _row(entry: ModelEntry) -> dict[str, Any]:
    measured = card_evaluations(entry.card).get("PublicTest") if entry.card else None
    return {
        "name": entry.name,
        "title": entry.title,
        "kind": entry.kind,
        "size_bytes": entry.size_bytes,
        "accuracy": measured.accuracy if measured else None,
        "error": str(entry.error) if entry.error else None,
    }


def _labels(text: str) -> list[str]:
    return [label.strip() for label in text.split(",")]

"""``runs list``, ``runs stop`` and ``runs resume``: the training runs."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import Any

from emotion_core.cli.common import OK
from emotion_core.cli.train import follow
from emotion_core.settings import Settings
from emotion_core.train.jobs import resume_run, stop_run
from emotion_core.train.runs import Run, list_runs


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands and their options."""
    parser = commands.add_parser("runs", help="list training runs, stop one, or resume one")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="every run and how far it is")
    listing.add_argument("--format", choices=("table", "json"), default="table")
    listing.set_defaults(run=run_list)
    stop = actions.add_parser("stop", help="stop a run; the best epoch so far is kept")
    stop.add_argument("name")
    stop.set_defaults(run=run_stop)
    resume = actions.add_parser("resume", help="resume a run that was interrupted, stopped or failed")
    resume.add_argument("name")
    resume.add_argument("--detach", action="store_true", help="do not wait until it ends")
    resume.set_defaults(run=run_resume)


def run_list(options: argparse.Namespace) -> int:
    """Print every run."""
    rows = [_row(run) for run in list_runs(Settings.from_environment().runs_dir)]
    if options.format == "json":
        sys.stdout.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
        return OK
    sys.stdout.write(f"{'NAME':<40} {'STATE':<12} {'EPOCHS':>9} {'BEST':>7}\n")
    for row in rows:
        best = "–" if row["best"] is None else f"{row['best']['val_accuracy']:.1%}"
        epochs = f"{row['epochs_done']}/{row['epochs']}"
        fault = f"  {row['error']}" if row["error"] else ""
        sys.stdout.write(f"{row['name']:<40} {row['state']:<12} {epochs:>9} {best:>7}{fault}\n")
    return OK


def run_stop(options: argparse.Namespace) -> int:
    """Ask a run to stop."""
    stop_run(Run(Settings.from_environment().runs_dir / options.name))
    return OK


def run_resume(options: argparse.Namespace) -> int:
    """Resume a run and follow it until it ends."""
    settings = Settings.from_environment()
    run = Run(settings.runs_dir / options.name)
    resume_run(run, settings.models_dir)
    return OK if options.detach else follow(run)


def _row(run: Run) -> dict[str, Any]:
    return {
        "name": run.name,
        "epochs_done": len(run.history()),
        "epochs": run.config.fit.epochs,
        "best": run.best(),
        **asdict(run.progress()),
    }

"""``train``: start a training run, which is a process of its own, and follow it."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import fields, replace
from pathlib import Path
from typing import get_type_hints

from tqdm import tqdm

from emotion_core.cli.common import FAILED, OK, report, report_error
from emotion_core.emotions import LABELS, VOTES
from emotion_core.errors import RunError
from emotion_core.networks.architectures import ARCHITECTURES
from emotion_core.optional import export_warning
from emotion_core.settings import Settings
from emotion_core.train.config import PRESETS, FitConfig
from emotion_core.train.jobs import start_run, stop_run
from emotion_core.train.runs import ENDED, EXPORTS, FINISHED, INTERRUPTED, KEEPS, QUEUED, VALIDATIONS, Run, RunConfig

POLL_S = 1.0


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("train", help="train a model on a data set; Ctrl-C stops and keeps the best so far")
    parser.add_argument("--data", type=Path, required=True, metavar="PATH", help="folder, fer2013.csv, or a zip")
    parser.add_argument("--preset", choices=list(PRESETS), default="quick")
    parser.add_argument("--name", help="of the run and its model; by default, architecture and time")
    parser.add_argument("--title", default="", help="what pages call the model")
    parser.add_argument("--validation", choices=VALIDATIONS, default="test")
    parser.add_argument("--keep", choices=KEEPS, default="best")
    parser.add_argument("--export", choices=EXPORTS, default="float32", help="int8 is smaller and often faster")
    parser.add_argument("--patience", type=int, default=0, metavar="EPOCHS", help="stop after that many without gain")
    parser.add_argument("--without-flagged", action="store_true", help="do not train on what `dataset audit` flags")
    parser.add_argument("--fer-plus", type=Path, metavar="FILE", help="FER+ votes, if not beside the data")
    parser.add_argument("--detach", action="store_true", help="do not wait until it ends; see `runs list`")
    choices = {"arch": ARCHITECTURES, "learn_from": (LABELS, VOTES)}
    hints = get_type_hints(FitConfig)
    for f in fields(FitConfig):
        flag = f"--{f.name.replace('_', '-')}"
        if hints[f.name] is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=None)
        else:
            parser.add_argument(flag, type=hints[f.name], default=None, choices=choices.get(f.name))
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Start a run and follow it until it ends."""
    given = {f.name: getattr(options, f.name) for f in fields(FitConfig) if getattr(options, f.name) is not None}
    fit = replace(PRESETS[options.preset], **given)
    config = RunConfig(
        name=options.name or f"{fit.arch}-{time.strftime('%m%d-%H%M%S')}",
        data=str(options.data.resolve()),
        fit=fit,
        title=options.title,
        validation=options.validation,
        keep=options.keep,
        export=options.export,
        patience=options.patience,
        without_flagged=options.without_flagged,
        fer_plus=str(options.fer_plus.resolve()) if options.fer_plus else "",
    )
    if warning := export_warning():
        report(f"warning: {warning}")
    settings = Settings.from_environment()
    started = start_run(settings.runs_dir, config, settings.models_dir)
    if options.detach:
        sys.stdout.write(f"{started.name}\n")
        return OK
    return follow(started)


def follow(run: Run) -> int:
    """Show a run's progress on stderr until it ends. The first Ctrl-C asks it to stop, the second ends this command."""
    asked = False
    with tqdm(total=run.config.fit.epochs, desc=run.name, unit="epoch", file=sys.stderr) as bar:
        while True:
            try:
                progress = run.progress()
                _show(bar, run)
                if progress.state in ENDED or progress.state == INTERRUPTED:
                    break
                time.sleep(POLL_S)
            except KeyboardInterrupt:
                if asked:
                    raise
                asked = True
                report("Stopping after this batch; the best epoch so far, or part of the first, is kept")
                stop_run(run)
    if progress.error or progress.state == INTERRUPTED:
        report_error(run.name, RunError(progress.error or "Its process is gone. Continue with `runs resume`."))
        return FAILED
    sys.stdout.write(f"{run.name}\n")
    return OK if progress.state == FINISHED or asked else FAILED


def _show(bar: tqdm, run: Run) -> None:
    progress, rows = run.progress(), run.history()
    bar.update(len(rows) - bar.n)
    facts = {"state": progress.state} if progress.state == QUEUED else {"step": f"{progress.step}/{progress.steps}"}
    if rows:
        facts |= {"accuracy": f"{rows[-1]['accuracy']:.1%}", "validation": f"{rows[-1]['val_accuracy']:.1%}"}
    bar.set_postfix(facts)

"""The command line: ``python -m emotion_core COMMAND …``.

Results go to stdout, progress and errors to stderr, each error in one line ``error: WHAT: what to do``.
Exit status: 0 all was done, 1 some of it failed, 2 nothing could be started, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from emotion_core.cli import analyze, dataset, detectors, evaluate, models, runs, train
from emotion_core.cli.common import INTERRUPTED, OK, USAGE, report_error
from emotion_core.errors import EmotionError

COMMANDS = (analyze, models, detectors, train, runs, evaluate, dataset)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except EmotionError as error:
        report_error("emotion_core", error)
        return USAGE
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe, `head` for example, has closed it. Python must not fail when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with all commands and their options."""
    parser = argparse.ArgumentParser(prog="python -m emotion_core", description="Read facial expressions.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_parser(commands)
    return parser

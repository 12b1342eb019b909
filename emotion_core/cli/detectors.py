"""``detectors install yunet``: install a face detector's weights."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from emotion_core.cli.common import FAILED, OK, add_models_dir, registry, report_error
from emotion_core.detect import install_yunet
from emotion_core.detect.yunet import YUNET_BYTES, YUNET_SHA256, YUNET_URL
from emotion_core.errors import DetectorError


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("detectors", help="install a face detector's weights")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    install = actions.add_parser("install", help="download the weights, or take them from a file")
    install.add_argument(
        "name", choices=("yunet",), help=f"{YUNET_BYTES / 1e6:.1f} MB from the OpenCV Zoo, MIT license"
    )
    install.add_argument("--from", dest="source", type=Path, metavar="FILE", help="a file that you already have")
    add_models_dir(install)
    install.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Install the weights."""
    if options.source is None:
        sys.stderr.write(f"Downloading {YUNET_URL} …\n")
    try:
        path = install_yunet(registry(options).models_dir, options.source)
    except DetectorError as error:
        report_error(options.name, error)
        return FAILED
    sys.stdout.write(f"{path}\n{YUNET_BYTES:,} bytes, MIT license, SHA-256 {YUNET_SHA256}\n")
    return OK

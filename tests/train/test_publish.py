"""The command line on a card repeats the run."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from emotion_core.cli import train
from emotion_core.cli.main import build_parser
from emotion_core.train.config import PRESETS
from emotion_core.train.publish import command
from emotion_core.train.runs import RunConfig


@pytest.mark.parametrize("preset", PRESETS)
def test_the_command_of_a_card_gives_the_same_configuration(preset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    config = RunConfig(
        "mine", "/data", replace(PRESETS[preset], seed=7), keep="last", export="int8", patience=3, without_flagged=True
    )
    made: list[RunConfig] = []
    monkeypatch.setattr(train, "start_run", lambda runs_dir, config, models_dir: made.append(config) or config)
    words = [*shlex.split(command(config).replace("DIR", "/data"))[3:], "--name", "mine", "--detach"]
    options = build_parser().parse_args(words)
    assert options.run(options) == 0
    assert made == [config]

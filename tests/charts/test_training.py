"""The drawing of a network and the curves of training runs."""

from __future__ import annotations

import pytest

from emotion_core.charts.training import network_drawing, training_curves
from emotion_core.networks.architectures import ARCHITECTURES
from emotion_core.networks.outline import outline

ROW = {"epoch": 1.0, "loss": 1.5, "accuracy": 0.4, "val_loss": 1.6, "val_accuracy": 0.35}


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_a_drawing_ends_with_the_seven_outputs(arch: str) -> None:
    figure = network_drawing(outline(arch))
    assert 8 <= len(figure.data) <= 45
    assert figure.data[-1].text.startswith(("Dense: 7,", "GlobalAveragePooling2D: 7,"))
    names = [block.name for block in figure.data if block.showlegend]
    assert len(names) == len(set(names)), "each kind appears once in the legend"


def test_a_short_network_has_its_channels_below_each_block() -> None:
    texts = [mark.text for mark in network_drawing(outline("article_cnn")).layout.annotations]
    assert texts == ["32", "64", "64", "128", "128", "256", "256", "512", "7"]
    assert not network_drawing(outline("compact_se_resnet")).layout.annotations


def test_only_deep_emotion_has_a_transformer() -> None:
    kinds = {arch: {block.name for block in network_drawing(outline(arch)).data} for arch in ARCHITECTURES}
    with_one = [arch for arch, names in kinds.items() if "spatial transformer" in names]
    assert with_one == ["deep_emotion"]


def test_each_run_has_a_curve_of_both_kinds_in_both_panels() -> None:
    figure = training_curves({"one": [ROW], "two": [ROW, {**ROW, "epoch": 2.0}]})
    assert [curve.name for curve in figure.data if curve.showlegend] == [
        "one, validation",
        "one, training",
        "two, validation",
        "two, training",
    ]
    assert list(figure.data[-1].y) == [1.5, 1.5]


@pytest.mark.parametrize(("epochs", "step"), [(2, 1), (10, 1), (50, None)])
def test_no_tick_stands_between_epochs(epochs: int, step: int | None) -> None:
    figure = training_curves({"one": [{**ROW, "epoch": float(epoch)} for epoch in range(1, epochs + 1)]})
    assert (figure.layout.xaxis.dtick, figure.layout.xaxis2.dtick) == (step, step)

"""Figures about votes."""

from __future__ import annotations

import numpy as np

from emotion_core.charts.votes import sureness_chart


def test_each_bin_is_a_bar_in_its_place_and_shares_above_half_stand_out() -> None:
    figure = sureness_chart(np.arange(10))
    (bars,) = figure.data
    assert list(bars.y) == list(range(10))
    assert [round(x, 2) for x in bars.x] == [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95]
    colors = bars.marker.color
    assert len(set(colors[:5])) == len(set(colors[5:])) == 1
    assert colors[4] != colors[5]
    assert bars.customdata[9] == "over 90%, up to 100%"

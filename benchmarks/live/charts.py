"""Figure 9: whether the charts cost the video any frames, and how soon it plays after START."""

from __future__ import annotations

from functools import partial

from benchmarks.live.contenders import CHARTS, OURS
from benchmarks.live.figures import median, ratio
from benchmarks.live.results import Answer, Row, report
from benchmarks.live.rounds import compare_variants, medians, visit

WITHIN_MS = 2000
STEADY = 0.97  # of the frames per second without charts


def answer() -> Answer:
    """Measure the page as it is and without what stands beside its video, in turns."""
    visits = compare_variants(
        OURS,
        CHARTS,
        ("on", "off"),
        lambda _: visit,
        warm_up=partial(visit, watch_s=1.0),  # the first visit loads models and code
    )
    charts, none = (medians(visits)[value] for value in ("on", "off"))
    start_ms = median(figures["start_ms"] for found in visits for figures in found.values())
    shown = "presented_fps"
    rows = [
        Row("distinct frames with the charts", charts["fps"], "/s"),
        Row("distinct frames without them", none["fps"], "/s"),
        Row("with against without", ratio(charts["fps"], none["fps"]), "×", STEADY, at_least=True),
        Row("frames that the browser showed with the charts", charts[shown], "/s"),
        Row("and without them", none[shown], "/s"),
        Row("with against without", ratio(charts[shown], none[shown]), "×", STEADY, at_least=True),
        Row("Chromium with the charts", charts["browser_cores"], "cores"),
        Row("Chromium without them", none["browser_cores"], "cores"),
        Row("from START to the first returned frame", start_ms, "ms", WITHIN_MS),
    ]
    return Answer("live_charts", "9. Charts beside the video, and its start", rows, visits)


if __name__ == "__main__":
    report(answer)

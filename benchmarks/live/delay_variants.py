"""What the delay of a pass-through page is made of: the same page with one setting changed at a time, in turns.

``python -m benchmarks.live.delay_variants [VARIANT …]``
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

from playwright.sync_api import Browser

from benchmarks.live.browser import READER, live_page, load_script
from benchmarks.live.contenders import PASS_THROUGH, VARIANT, Contender
from benchmarks.live.figures import delays_ms, frames_per_second, percentile
from benchmarks.live.results import Answer, Row, report
from benchmarks.live.rounds import Figures, compare_variants, medians

ROUNDS, SETTLE_S, WATCH_S = 2, 3.0, 6.0
# A variant's name is a list of parts joined by "+". These are scripts for the browser; the others name patches of the
# server (see patches.py).
SCRIPTS = {"nobuffer": load_script("no_buffer.js"), "h264": load_script("h264.js")}
VARIANTS = ["as installed", "sync", "ready", "marker", "bitrate", "nobuffer", "h264", "marker+ready+nobuffer"]
_STATS = """async () => {
  const reports = [...(await benchmark.connection.getStats()).values()].filter((report) => report.kind === "video");
  return Object.fromEntries(reports.map((report) => [report.type, report]));
}"""


def answer(variants: list[str]) -> Answer:
    """Measure every variant, in turns."""
    visits = compare_variants(PASS_THROUGH, VARIANT, variants, lambda name: partial(_visit, variant=name), count=ROUNDS)
    rows = []
    for variant, figures in medians(visits).items():
        rows += [
            Row(f"{variant}: delay, median", figures["delay_ms"], "ms"),
            Row(f"{variant}: delay, 95th percentile", figures["delay_p95_ms"], "ms"),
            Row(f"{variant}: distinct frames", figures["fps"], "/s"),
            Row(f"{variant}: of it in the browser's buffer", figures["buffer_ms"], "ms"),
        ]
    return Answer("live_delay_variants", "What a pass-through page's delay is made of", rows, visits)


def _visit(browser: Browser, contender: Contender, variant: str) -> Figures:
    source = "\n".join([READER, *(SCRIPTS[part] for part in variant.split("+") if part in SCRIPTS)])
    with live_page(browser, contender, source) as page:
        page.start()
        page.wait(SETTLE_S)
        before = page.player().evaluate(_STATS)
        seen = page.watch(WATCH_S)
        after = page.player().evaluate(_STATS)
    delays = delays_ms(seen.camera, seen.returned)
    figures = {
        "fps": frames_per_second(seen.arrived),
        "delay_ms": percentile(delays, 50),
        "delay_p95_ms": percentile(delays, 95),
    }
    return figures | _browser_figures(before, after)


def _browser_figures(before: dict[str, Any], after: dict[str, Any]) -> Figures:
    """Return what the browser reports about its own share of the delay, in milliseconds per frame."""

    def change(report: str, name: str) -> float:
        return float(after.get(report, {}).get(name, 0) - before.get(report, {}).get(name, 0))

    def per(report: str, total: str, count: str) -> float:
        frames = change(report, count)
        return change(report, total) / frames * 1000 if frames else float("nan")

    return {
        "encode_ms": per("outbound-rtp", "totalEncodeTime", "framesEncoded"),
        "send_ms": per("outbound-rtp", "totalPacketSendDelay", "packetsSent"),
        "buffer_ms": per("inbound-rtp", "jitterBufferDelay", "jitterBufferEmittedCount"),
        "decode_ms": per("inbound-rtp", "totalDecodeTime", "framesDecoded"),
        "processing_ms": per("inbound-rtp", "totalProcessingDelay", "framesDecoded"),
        "round_trip_ms": after.get("remote-inbound-rtp", {}).get("roundTripTime", float("nan")) * 1000,
        "key_frames": after["inbound-rtp"]["keyFramesDecoded"],
    }


if __name__ == "__main__":
    report(partial(answer, sys.argv[1:] or VARIANTS))

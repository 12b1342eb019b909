"""What a pass-through page's own delay is made of: the same page with one setting changed at a time, in turns.

``python -m benchmarks.live.delay_variants [VARIANT …]``
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from benchmarks.live import clip
from benchmarks.live.browser import READER, chromium, live_page
from benchmarks.live.contenders import PASS_THROUGH, VARIANT, Contender, serving
from benchmarks.live.figures import delays_ms, frames_per_second, median, percentile
from benchmarks.live.results import Answer, Row, tell

ROUNDS, SETTLE_S, WATCH_S = 2, 3.0, 6.0
NO_BUFFER = """
const answered = RTCPeerConnection.prototype.setRemoteDescription;
RTCPeerConnection.prototype.setRemoteDescription = function (...settings) {
  this.getReceivers().forEach((receiver) => Object.assign(receiver, { jitterBufferTarget: 0, playoutDelayHint: 0 }));
  return answered.apply(this, settings);
};
"""
H264 = """
const offer = RTCPeerConnection.prototype.createOffer;
RTCPeerConnection.prototype.createOffer = function (...settings) {
  const wanted = (codec) => codec.mimeType === "video/rtx" || /mode=1;profile-level-id=42e01f/.test(codec.sdpFmtpLine);
  const codecs = RTCRtpSender.getCapabilities("video").codecs.filter(wanted);
  const videos = this.getTransceivers().filter((transceiver) => transceiver.receiver.track.kind === "video");
  videos.forEach((transceiver) => transceiver.setCodecPreferences(codecs));
  return offer.apply(this, settings);
};
"""
# What the browser does differently; the other parts of a variant's name are the server's patches.
SCRIPTS = {"nobuffer": NO_BUFFER, "h264": H264}
VARIANTS = ["as installed", "sync", "ready", "marker", "bitrate", "nobuffer", "h264", "marker+ready+nobuffer"]
_STATS = """async () => {
  const reports = [...(await benchmark.connection.getStats()).values()].filter((report) => report.kind === "video");
  return Object.fromEntries(reports.map((report) => [report.type, report]));
}"""


def answer(variants: list[str]) -> Answer:
    """Measure."""
    visits: dict[str, list[dict[str, float]]] = {variant: [] for variant in variants}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        camera = Path(name) / "camera.mjpeg"
        clip.write(camera, 1)
        servers = {}
        for variant in variants:
            folder = Path(name) / variant
            folder.mkdir()
            servers[variant] = stack.enter_context(serving(PASS_THROUGH, folder, {VARIANT: variant}))
        browser = stack.enter_context(chromium(camera))
        for _ in range(ROUNDS):
            for variant, server in servers.items():
                visits[variant].append(_visit(browser, server, variant))
    rows = []
    for variant, found in visits.items():
        rows += [
            Row(f"{variant}: delay, median", median(one["delay_ms"] for one in found), "ms"),
            Row(f"{variant}: delay, 95th percentile", median(one["delay_p95_ms"] for one in found), "ms"),
            Row(f"{variant}: distinct frames", median(one["fps"] for one in found), "/s"),
            Row(f"{variant}: of it in the browser's buffer", median(one["buffer_ms"] for one in found), "ms"),
        ]
    return Answer("live_delay_variants", "What a pass-through page's delay is made of", rows, visits)


def _visit(browser: Browser, server: Contender, variant: str) -> dict[str, float]:
    script = "\n".join([READER, *(SCRIPTS[part] for part in variant.split("+") if part in SCRIPTS)])
    with live_page(browser, server.server.url, script) as page:
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
    return figures | _inside(before, after)


def _inside(before: dict[str, Any], after: dict[str, Any]) -> dict[str, float]:
    """What the browser tells about its own share, per frame in milliseconds."""

    def change(report: str, name: str) -> float:
        return after.get(report, {}).get(name, 0) - before.get(report, {}).get(name, 0)

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
    tell(partial(answer, sys.argv[1:] or VARIANTS))

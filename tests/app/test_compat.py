"""The patches of libraries, on the real ones: a new release that changes the inside of one must fail here."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
import streamlit as st
import streamlit_webrtc
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtp import RtpPacket
from streamlit_webrtc import component

from pages.live import _compat


@pytest.fixture
def buffer(monkeypatch: pytest.MonkeyPatch) -> Iterator[JitterBuffer]:
    monkeypatch.setattr(JitterBuffer, "_remove_frame", JitterBuffer._remove_frame)  # undone after the test
    _compat.end_frames_at_their_marker()
    yield JitterBuffer(capacity=128, is_video=True)


def packet(number: int, timestamp: int, marker: bool = False) -> RtpPacket:
    made = RtpPacket(sequence_number=number, timestamp=timestamp, marker=int(marker))
    made._data = bytes([number])
    return made


def taken(buffer: JitterBuffer, *packets: RtpPacket) -> list[tuple[int, bytes]]:
    frames = [buffer.add(one)[1] for one in packets]
    return [(frame.timestamp, frame.data) for frame in frames if frame]


def test_aiortc_still_has_the_inside_that_is_patched() -> None:
    assert list(inspect.signature(JitterBuffer._remove_frame).parameters) == ["self", "sequence_number"]
    assert {"_packets", "_origin", "_is_video", "_capacity"} <= vars(JitterBuffer(capacity=16)).keys()
    assert inspect.signature(JitterBuffer.remove).parameters.keys() == {"self", "count"}
    assert list(inspect.signature(JitterFrame).parameters) == ["data", "timestamp"]


def test_unpatched_aiortc_still_waits_for_the_next_frame() -> None:
    """Otherwise the patch is no longer needed."""
    original = _compat._original[0] if _compat._original else JitterBuffer._remove_frame
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(JitterBuffer, "_remove_frame", original)
        buffer = JitterBuffer(capacity=128, is_video=True)
        assert taken(buffer, packet(0, 10, True)) == []
        assert taken(buffer, packet(1, 20, True)) == [(10, b"\0")]


def test_the_player_still_makes_its_connections_where_they_are_recorded() -> None:
    """In its iframe's own window, by the name that `_compat.js` replaces, and it sends tracks of its own."""
    player = Path(streamlit_webrtc.__file__).parent / "frontend" / "dist"
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in sorted(player.rglob("*.js")))
    assert len(re.findall(r"\bnew (?:window\.)?RTCPeerConnection\(", scripts)) == 1
    assert re.search(r"\.add(?:Track|Transceiver)\(", scripts)
    assert 'declare_component("webrtc_streamer"' in inspect.getsource(streamlit_webrtc.component)
    assert 'iframe[title*="webrtc_streamer"]' in Path(_compat.__file__).with_suffix(".js").read_text()
    assert len(re.findall(r"\bawait navigator\.mediaDevices\.getUserMedia\(", scripts)) >= 1


def test_a_frame_comes_with_its_last_packet(buffer: JitterBuffer) -> None:
    assert taken(buffer, packet(0, 10), packet(1, 10, True)) == [(10, b"\0\1")]
    assert taken(buffer, packet(2, 20, True)) == [(20, b"\2")]


def test_packets_out_of_order_are_waited_for(buffer: JitterBuffer) -> None:
    assert taken(buffer, packet(0, 10), packet(2, 10, True)) == []
    assert taken(buffer, packet(1, 10)) == [(10, b"\0\1\2")]


def test_a_frame_whose_marker_is_missing_comes_with_the_next_one(buffer: JitterBuffer) -> None:
    assert taken(buffer, packet(0, 10), packet(1, 10)) == []
    assert taken(buffer, packet(2, 20)) == [(10, b"\0\1")]
    assert taken(buffer, packet(3, 20, True)) == [(20, b"\2\3")]


def test_numbers_that_begin_again_are_no_gap(buffer: JitterBuffer) -> None:
    first = RtpPacket(sequence_number=65535, timestamp=10)
    first._data = b"a"
    assert taken(buffer, first, packet(0, 10, True)) == [(10, b"a\0")]


def test_sound_is_left_as_it_is(buffer: JitterBuffer) -> None:
    sound = JitterBuffer(capacity=16, prefetch=1)
    assert taken(sound, packet(0, 10, True)) == []
    assert taken(sound, packet(1, 20, True)) == [(10, b"\0")]


def test_doing_it_twice_changes_nothing_more(buffer: JitterBuffer) -> None:
    _compat.end_frames_at_their_marker()
    assert taken(buffer, packet(0, 10), packet(1, 20)) == [(10, b"\0")]


@pytest.mark.parametrize("kept", [True, False], ids=["patched", "unpatched, so that the patch is still needed"])
def test_two_runs_that_are_counted_at_once_do_not_end_a_connection(kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = SimpleNamespace(script_run_count=1)
    monkeypatch.setattr(component, "get_this_session_info", lambda: counted)
    monkeypatch.setattr(st, "session_state", {})
    context = component._get_or_create_context("live-camera")
    worker = Mock()
    context._set_worker(worker)
    counted.script_run_count = 3
    if kept:
        _compat.keep_connection("live-camera")
    assert component._get_or_create_context("live-camera") is context
    assert worker.stop.called is not kept


def test_without_a_player_there_is_nothing_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(component, "get_this_session_info", lambda: SimpleNamespace(script_run_count=1))
    monkeypatch.setattr(st, "session_state", {})
    _compat.keep_connection("live-camera")

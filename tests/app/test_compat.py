"""The change to aiortc's jitter buffer, on the real one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket

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

"""What the server notes about its frames, and what is measured of a process."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import av
import cv2
import pytest
from skimage.data import astronaut

from benchmarks.live import clip, processes
from benchmarks.live.recorder import Recorder, notes
from emotion_core.analyze.capacity import Leases
from emotion_core.analyze.live import LiveOptions
from emotion_core.models.registry import ModelRegistry
from pages.live.session import Choices, LiveSession


def frame(number: int) -> av.VideoFrame:
    portrait_bgr = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR)
    return av.VideoFrame.from_ndarray(clip.picture(portrait_bgr, number, 1), "bgr24").reformat(format="yuv420p")


def test_the_live_page_itself_is_timed(tmp_path: Path, models_dir: Path) -> None:
    places = Leases(limit=1, expire_s=45)
    session = LiveSession(Choices(LiveOptions(model="always_happy")), ModelRegistry(models_dir), places)
    try:
        recorder = Recorder(tmp_path / "notes")
        recorder.timed(LiveSession.on_frame)(session, frame(5))
        recorder.timed(LiveSession.on_picture)(session, frame(6))
    finally:
        session.stop()
    found = list(notes(tmp_path / "notes", 0, 1e12))
    assert [(note["session"], note["analyses"]) for note in found] == [(0, 0)] * 2
    assert all(note["ms"] > 0 for note in found)


def test_a_function_is_timed_without_a_session(tmp_path: Path) -> None:
    came = frame(1)
    assert Recorder(tmp_path / "notes").timed(lambda frame: frame)(came) is came
    (note,) = notes(tmp_path / "notes", 0, 1e12)
    assert set(note) == {"at", "ms"}
    assert not list(notes(tmp_path / "missing", 0, 1e12))


@pytest.mark.parametrize("count", [1, 4])
def test_a_face_is_where_its_path_says(count: int) -> None:
    portrait_bgr = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR)
    for face in clip.faces(count):
        assert clip.face_x(0, face) == pytest.approx(clip.face_x(clip.PERIOD, face))
        places = [clip.face_x(number, face) for number in range(clip.PERIOD)]
        assert max(places) - min(places) == pytest.approx(2 * face[2], abs=1)
    assert clip.picture(portrait_bgr, 5, count).shape == (480, 640, 3)


def test_what_a_process_holds() -> None:
    before = processes.usage(os.getpid())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        assert processes.usage(os.getpid()).udp_sockets == before.udp_sockets + 1
    assert processes.usage(os.getpid()).udp_sockets == before.udp_sockets
    assert before.resident_mb > 10
    assert before.threads >= 1
    meter = processes.CpuMeter(os.getpid())
    sum(range(3_000_000))
    assert meter.cores() > 0

"""What the server notes about its frames, and what is measured of a process."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from types import SimpleNamespace

import av
import cv2
import pytest
from skimage.data import astronaut

from benchmarks.live import clip, processes
from benchmarks.live.recorder import DRAWN, Recorder, notes
from emotion_core.analyze.capacity import Leases
from emotion_core.analyze.live import LiveOptions
from emotion_core.models.registry import ModelRegistry
from pages.live import chart_column
from pages.live.session import Choices, LiveSession


def frame(number: int) -> av.VideoFrame:
    portrait_bgr = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR)
    return av.VideoFrame.from_ndarray(clip.picture(portrait_bgr, number, 1), "bgr24").reformat(format="yuv420p")


class Session:
    """A live session that draws a box at the face, mirrored or not."""

    def __init__(self, mirrored: bool) -> None:
        self.status = SimpleNamespace(stats=SimpleNamespace(analyses=7))
        self.mirrored = mirrored

    def on_frame(self, frame: av.VideoFrame) -> av.VideoFrame:
        picture_bgr = frame.to_ndarray(format="bgr24")
        cv2.rectangle(picture_bgr, (300, 150), (420, 280), (0, 220, 255), 3)
        picture_bgr = picture_bgr[:, ::-1].copy() if self.mirrored else picture_bgr
        return av.VideoFrame.from_ndarray(picture_bgr, "bgr24")


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_callback_is_timed_and_its_box_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mirrored: bool) -> None:
    monkeypatch.setenv(DRAWN, "1")
    on_frame = Recorder(tmp_path / "notes").timed(Session.on_frame)
    session = Session(mirrored)
    on_frame(session, frame(37))
    on_frame(session, frame(38))
    first, second = notes(tmp_path / "notes", 0, 1e12)
    assert (first["session"], first["analyses"], first["number"], second["number"]) == (0, 7, 37, 38)
    assert first["ms"] > 0
    assert first["box_x"] * 640 == pytest.approx(360, abs=2)


def test_the_live_page_itself_is_timed(tmp_path: Path, models_dir: Path) -> None:
    places = Leases(limit=1, expire_s=45)
    session = LiveSession(Choices(LiveOptions(model="always_happy")), ModelRegistry(models_dir), places)
    try:
        Recorder(tmp_path / "notes").timed(LiveSession.on_frame)(session, frame(5))
    finally:
        session.stop()
    (note,) = notes(tmp_path / "notes", 0, 1e12)
    assert (note["session"], note["analyses"]) == (0, 0)
    assert callable(chart_column.beside_video) and callable(
        chart_column.below_video
    )  # what benchmarks.live.ours replaces


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

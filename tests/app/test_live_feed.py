"""What a live session tells its page: the messages, the sockets, and who may listen to them."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import numpy as np
import pytest
import uvicorn
from starlette.applications import Starlette
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from emotion_core.analyze.capacity import Leases
from emotion_core.analyze.live import LiveOptions
from emotion_core.emotions import Emotion
from emotion_core.record.timeline import EmotionTimeline
from emotion_core.results import Faces, FrameResult
from pages.live import routes
from pages.live.feed import Feed, history, reading
from pages.live.sample import SAMPLE_CLIP
from pages.live.session import Choices, LiveSession, sessions
from pages.live.sink import FrameSink
from pages.shared._compat import XSRF_COOKIE_NAME, visitor_of
from scripts.dashboard import reserved_port

HAPPY = np.array([[0, 0, 0, 0.7, 0.3, 0, 0]], np.float32)
ADA, GRACE = b"a secret of Ada", b"another, of Grace"


def result(time_s: float = 0.0, faces: int = 1) -> FrameResult:
    boxes = np.array([[10, 10, 60, 60], [100, 10, 200, 110]], np.float32)[:faces]
    shares = np.repeat(HAPPY, faces, axis=0)
    ids = np.array([4, 9])[:faces]
    return FrameResult(Faces(boxes, shares, ids), (640, 480), time_s, learned_from="votes")


class NoModels:
    models_dir = Path()

    def load(self, name: str) -> None:
        raise AssertionError("nothing is analyzed here")


@pytest.fixture
def session() -> Iterator[LiveSession]:
    made = LiveSession(Choices(LiveOptions("one")), NoModels(), Leases(1, 45.0), visitor=ADA.hex())  # type: ignore[arg-type]
    sessions.add(made)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Host and port of a server that has the routes and nothing else."""
    with reserved_port() as port:
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=list(routes.routes())), port=port, log_level="warning"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield f"127.0.0.1:{port}"
        server.should_exit = True
        thread.join(10)


def cookie_of(visitor: bytes) -> str:
    """Return the cookie with this secret, under a new mask each time."""
    return generate_xsrf_token_string(visitor, 1_700_000_000)


def open_socket(
    address: str, token: str, *, origin: str | None = "same", visitor: bytes | None = ADA
) -> ClientConnection:
    """Connect like a browser whose page came from ``origin``."""
    return connect(
        f"ws://{address}/readings/{token}",
        origin=f"http://{address}" if origin == "same" else origin,  # type: ignore[arg-type]
        additional_headers={"cookie": f"{XSRF_COOKIE_NAME}={cookie_of(visitor)}"} if visitor else {},
    )


def received(socket: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(socket.recv(10))
    return message


def test_a_reading_has_what_the_page_draws() -> None:
    message = json.loads(json.dumps(reading(result(1.25, faces=2), np.array([[3.0, -4.0], [0.0, 0.0]]))))
    assert message["type"] == "reading"
    assert message["largest"] == 1
    first = message["faces"][0]
    assert (first["track_id"], first["label"], first["velocity"]) == (4, "happy", [3.0, -4.0])
    assert first["sentence"] == "7 in 10 people would say *happy*"
    assert (first["words"], first["tight"]) == ("7 in 10 say happy", "happy 7/10")
    assert FrameResult.from_dict(message).faces.labels == (Emotion.HAPPY, Emotion.HAPPY)
    assert reading(FrameResult(Faces.empty(), (640, 480)))["largest"] is None


def test_history_is_the_last_minute_with_gaps() -> None:
    timeline = EmotionTimeline()
    for number in range(1000):
        timeline.add(result(number / 10, faces=0 if 990 <= number < 995 else 1))
    rows = json.loads(json.dumps(history(timeline)))
    assert len(rows) == 300
    assert rows[0]["time_s"] == pytest.approx(39.9, abs=0.2)
    assert rows[-1] == {
        "time_s": 99.9,
        "label": "happy",
        "track_id": 4,
        "probabilities": pytest.approx(HAPPY[0].tolist()),
    }
    gap = [row for row in rows if row["label"] == "no face"]
    assert gap
    assert all(row["probabilities"] is None and 99 <= row["time_s"] < 99.5 for row in gap)


def test_a_socket_hears_the_past_then_each_reading(address: str, session: LiveSession) -> None:
    session.timeline.add(result(0.0))
    with open_socket(address, session.token) as socket:
        hello = received(socket)
        assert (hello["type"], len(hello["history"])) == ("hello", 1)
        assert (hello["state"]["send_hz"], hello["state"]["most_hz"]) == (16, 16)
        session.feed.send(reading(result(0.5)))
        assert received(socket)["time_s"] == 0.5
        socket.send('{"ping": 12.5}')
        assert received(socket) == {"type": "pong", "ping": 12.5}
    end = time.monotonic() + 5
    while session.feed.heard:
        assert time.monotonic() < end, "a closed socket still listens"
        time.sleep(0.02)


def test_a_socket_says_whether_anybody_watches(address: str, session: LiveSession) -> None:
    with open_socket(address, session.token) as socket:
        for nonsense in ("", "no JSON", "[]", '{"rest": 1}', '{"rest": "yes"}', "7", '{"rest": true' + " " * 300 + "}"):
            socket.send(nonsense)
        socket.send('{"ping": 1}')
        assert [received(socket)["type"] for _ in range(2)] == ["hello", "pong"]
        assert not session.paused
        for wanted in (True, False):
            socket.send(json.dumps({"rest": wanted, "ping": 2}))
            assert received(socket)["type"] == "pong"
            assert session.paused is wanted


@pytest.mark.parametrize(
    ("token", "origin", "visitor"),
    [
        pytest.param("{}", "http://evil.example", ADA, id="foreign origin"),
        pytest.param("{}", "http://127.0.0.1:1", ADA, id="another port"),
        pytest.param("{}", None, ADA, id="no origin"),
        pytest.param("{}", "same", GRACE, id="another visitor"),
        pytest.param("{}", "same", None, id="no visitor"),
        pytest.param("{}x", "same", ADA, id="unknown token"),
    ],
)
def test_everybody_else_is_refused(
    address: str, session: LiveSession, token: str, origin: str | None, visitor: bytes | None
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        open_socket(address, token.format(session.token), origin=origin, visitor=visitor)
    assert refused.value.response.status_code == 403
    assert not session.feed.heard


def test_a_host_that_the_operator_does_not_list_is_refused(
    address: str, session: LiveSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "is_host_allowed", lambda host: host == "faces.example")
    with pytest.raises(InvalidStatus):
        open_socket(address, session.token)


def test_a_visitor_is_known_by_the_secret_under_any_mask() -> None:
    first, second = cookie_of(ADA), cookie_of(ADA)
    assert first != second
    assert visitor_of({XSRF_COOKIE_NAME: first}) == visitor_of({XSRF_COOKIE_NAME: second}) == ADA.hex()
    assert visitor_of({XSRF_COOKIE_NAME: "nonsense"}) is visitor_of({}) is None


def test_a_session_is_found_while_somebody_keeps_it() -> None:
    made = LiveSession(Choices(LiveOptions("one")), NoModels(), Leases(1, 45.0))  # type: ignore[arg-type]
    sessions.add(made)
    token = made.token
    assert sessions.find(token, None) is made
    del made
    assert sessions.find(token, None) is None


def test_a_slow_socket_loses_the_oldest_messages_and_holds_nobody_up() -> None:
    async def listen() -> list[int]:
        feed = Feed()
        with feed.listening() as queue:
            sender = threading.Thread(target=lambda: [feed.send({"n": number}) for number in range(250)])
            sender.start()
            sender.join(5)
            assert not sender.is_alive()
            await asyncio.sleep(0.05)
            return [json.loads(queue.get_nowait())["n"] for _ in range(queue.qsize())]

    assert asyncio.run(listen()) == list(range(150, 250))


def test_results_reach_the_feed_with_their_age(session: LiveSession) -> None:
    now = [100.0]
    session._clock, session._origin = lambda: now[0], 90.0
    session._analyzer = type("Analyzer", (), {"newest": (result(9.5), np.zeros((1, 2))), "close": lambda _: None})()  # type: ignore[assignment]

    async def listen() -> dict[str, object]:
        with session.feed.listening() as queue:
            session._keep(result(9.5))
            message: dict[str, object] = json.loads(await asyncio.wait_for(queue.get(), 5))
            return message

    assert asyncio.run(listen())["age_ms"] == 500.0
    session._analyzer = None


def test_the_sample_is_sent_in_parts(address: str) -> None:
    request = Request(f"http://{address}/sample/expressions.mp4", headers={"range": "bytes=0-99"})
    with urlopen(request, timeout=10) as answer:
        assert (answer.status, answer.read()) == (206, SAMPLE_CLIP.read_bytes()[:100])


class Track:
    """Three frames, then none."""

    def __init__(self) -> None:
        import av

        self.frames = [av.VideoFrame(64, 48, "yuv420p") for _ in range(3)]

    async def recv(self) -> object:
        from aiortc.mediastreams import MediaStreamError

        await asyncio.sleep(0)
        if not self.frames:
            raise MediaStreamError
        return self.frames.pop()


@pytest.mark.parametrize("stopped", [False, True], ids=["the track ended", "the connection was closed"])
def test_a_sink_takes_every_frame_and_tells_its_end_once(stopped: bool) -> None:
    taken: list[object] = []
    ended: list[float] = []

    async def run() -> None:
        sink = FrameSink(taken.append, lambda: ended.append(time.monotonic()))
        assert not sink.hasTrack()
        sink.addTrack(Track())  # type: ignore[arg-type]
        assert sink.hasTrack()
        sink.start()
        if stopped:
            await asyncio.sleep(0)
            sink.stop()
            sink.stop()
        await asyncio.sleep(0.1)

    asyncio.run(run())
    assert len(ended) == 1
    assert stopped or len(taken) == 3

"""What the server answers beside Streamlit's own addresses: the readings of a live session, and the sample.

`/readings/TOKEN` is a WebSocket. Streamlit checks the origin of its own socket only, so this one checks for itself: the
token must be one of a running session, the browser must be the one for which it was made, and the page must come from
this server.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from emotion_core.language import ENGLISH, closest, speaking
from pages.live.addresses import READINGS, SAMPLE_READINGS, SAMPLE_VIDEO, base_path
from pages.shared._compat import is_host_allowed, visitor_of

if TYPE_CHECKING:
    from pages.live.session import LiveSession

_LONGEST_MESSAGE = 200  # characters
_REFUSED = 1008  # the WebSocket's code for a violated policy, RFC 6455, section 7.4.1


def routes() -> Sequence[BaseRoute]:
    """Return the routes, below the server's base path."""
    base = base_path()
    return [
        WebSocketRoute(f"{base}{READINGS}/{{token}}", readings),
        Route(f"{base}{SAMPLE_VIDEO}", sample_video),
        Route(f"{base}{SAMPLE_READINGS}", sample_readings),
    ]


def same_origin(origin: str | None, host: str | None) -> bool:
    """Whether a page of ``origin`` was served under ``host``, as the browser reports both.

    >>> same_origin("https://faces.example", "faces.example"), same_origin("https://else.example", "faces.example")
    (True, False)
    >>> same_origin(None, "faces.example")
    False
    """
    if not origin or not host:
        return False
    return urlsplit(origin).netloc.lower() == host.lower()


async def readings(websocket: WebSocket) -> None:
    """Send what a live session reads, and hear whether anybody watches."""
    from pages.live.session import sessions

    headers = websocket.headers
    host = headers.get("host")
    session = sessions.find(websocket.path_params["token"], visitor_of(websocket.cookies))
    if session is None or not is_host_allowed(host) or not same_origin(headers.get("origin"), host):
        await websocket.close(_REFUSED)
        return
    await websocket.accept()
    with session.feed.listening() as queue:
        queue.put_nowait(json.dumps(session.hello()))
        sender = asyncio.create_task(_send_all(websocket, queue))
        try:
            with suppress(RuntimeError):  # Starlette's, of a socket that was closed while something was being sent
                await _hear_all(websocket, session, queue)
        finally:
            sender.cancel()


async def _send_all(websocket: WebSocket, queue: asyncio.Queue[str]) -> None:
    """Send what is in the queue, until the socket is closed. Nobody else sends."""
    try:
        while True:
            await websocket.send_text(await queue.get())
    except (WebSocketDisconnect, RuntimeError):  # Starlette raises either
        return


async def _hear_all(websocket: WebSocket, session: LiveSession, answers: asyncio.Queue[str]) -> None:
    """Take ``{"rest": true}`` or ``{"rest": false}``, and answer ``{"ping": …}``; leave out everything else."""
    async for text in websocket.iter_text():
        try:
            message = json.loads(text) if len(text) <= _LONGEST_MESSAGE else None
        except ValueError:
            continue
        if not isinstance(message, dict):
            continue
        if isinstance(message.get("rest"), bool):
            session.paused = message["rest"]
        if isinstance(message.get("ping"), int | float) and not answers.full():
            answers.put_nowait(json.dumps({"type": "pong", "ping": message["ping"]}))


async def sample_video(_: Request) -> Response:
    """Send the sample clip; a browser may ask for parts of it."""
    from pages.live.sample import SAMPLE_CLIP

    return FileResponse(SAMPLE_CLIP, media_type="video/mp4", headers={"Cache-Control": "max-age=3600"})


async def sample_readings(request: Request) -> Response:
    """Send what the default model reads in the sample clip, in the language that is asked for."""
    from emotion_core.errors import EmotionError
    from pages.live.sample import readings_json

    with speaking(closest(request.query_params.get("language")) or ENGLISH):
        try:
            text = await run_in_threadpool(readings_json)
        except EmotionError as error:
            return JSONResponse({"error": str(error)}, status_code=503)
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-cache"})

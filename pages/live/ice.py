"""The ICE servers through which a visitor's browser and this server reach each other; see docs/deployment.md."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from emotion_core.errors import SettingsError

_EXPECTED = 'a JSON list such as [{"urls": "turn:turn.example.org:3478", "username": "…", "credential": "…"}]'


def rtc_configuration(secrets: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return the WebRTC configuration: from the secrets, else from the environment, else one without servers.

    Without an ICE server, the browser and this server must be on the same computer or network. The result is never
    None, because streamlit-webrtc would then look for credentials itself and might contact other servers.

    >>> rtc_configuration({}, {"EMOTION_TURN_URL": "turn:turn.example.org:3478"})
    {'iceServers': [{'urls': 'turn:turn.example.org:3478'}]}

    Args:
        secrets: may hold ``EMOTION_ICE_SERVERS`` (a list or JSON), or ``EMOTION_TURN_URL``, ``EMOTION_TURN_USER`` and
            ``EMOTION_TURN_PASSWORD``.
        environment: may hold the same names.

    Raises:
        SettingsError: the value is not a list of servers with ``urls``.
    """
    for values in (secrets, environment):
        if values.get("EMOTION_ICE_SERVERS"):
            return {"iceServers": _servers(values["EMOTION_ICE_SERVERS"])}
        if values.get("EMOTION_TURN_URL"):
            return {"iceServers": [_turn(values)]}
    return {"iceServers": []}


def _turn(values: Mapping[str, Any]) -> dict[str, str]:
    server = {"urls": str(values["EMOTION_TURN_URL"])}
    if values.get("EMOTION_TURN_USER"):
        server["username"] = str(values["EMOTION_TURN_USER"])
        server["credential"] = str(values.get("EMOTION_TURN_PASSWORD", ""))
    return server


def _servers(value: Any) -> list[dict[str, Any]]:
    try:
        servers = json.loads(value) if isinstance(value, str) else [dict(server) for server in value]
    except (ValueError, TypeError):
        raise SettingsError("EMOTION_ICE_SERVERS cannot be read. Expected {expected}", expected=_EXPECTED) from None
    if not isinstance(servers, list) or not all(isinstance(s, dict) and s.get("urls") for s in servers):
        raise SettingsError(
            "EMOTION_ICE_SERVERS has no list of servers with urls. Expected {expected}", expected=_EXPECTED
        )
    return servers

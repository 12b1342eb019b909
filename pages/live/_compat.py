"""Patches to the internals of aiortc and streamlit-webrtc. No other module of the project depends on these internals.

- aiortc's `JitterBuffer`, checked with aiortc 1.14 to 1.16. A release without the patched method stays as it is.
- The player's `RTCPeerConnection` (_compat.js), checked with streamlit-webrtc 0.79.
- `WebRtcStreamerContext._last_rendered_run_count`, checked with streamlit-webrtc 0.79.

tests/app/test_compat.py fails when a new release changes one of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from aiortc import jitterbuffer
from streamlit_webrtc import component
from streamlit_webrtc.session_info import get_script_run_count

PLAYER_JS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")

_RemoveFrame = Callable[[Any, int], "jitterbuffer.JitterFrame | None"]
_log = logging.getLogger(__name__)
_original: list[_RemoveFrame] = []  # aiortc's own method: for sound, and for a frame whose last packet is missing


def keep_connection(key: str) -> None:
    """Keep the connection of the player ``key``, which has been on the page since the last run.

    streamlit-webrtc compares how many runs of the script Streamlit had counted when the player was last shown. If two
    were counted since, it takes the player for one that had left the page, and closes its connection. But Streamlit
    counts a run when its event loop gets to the message that the run is over. On a busy server that may be after the
    next run has begun; then two are counted at once, and the video stopped.
    """
    context = st.session_state.get(key)
    session_info = component.get_this_session_info()  # type: ignore[attr-defined]  # tests patch it there
    if context is not None and session_info is not None:
        context._last_rendered_run_count = get_script_run_count(session_info)


def end_frames_at_their_marker() -> None:
    """Make aiortc return a video frame as soon as its last packet is there. A second call changes nothing.

    Unpatched, aiortc recognizes the end of a frame by the first packet of the next one, so each frame arrives one frame
    late: 33 ms at 30 frames a second. RTP marks the last packet of a video frame (RFC 6184 and RFC 7741, section 4.1 of
    each), so there is no need to wait.
    """
    buffer: Any = jitterbuffer.JitterBuffer
    method = getattr(buffer, "_remove_frame", None)
    if method is None:
        _log.info("This release of aiortc has no JitterBuffer._remove_frame; its frames are not hurried")
    elif method.__module__ != __name__:
        _original.append(method)
        buffer._remove_frame = _remove_frame


def _remove_frame(self: Any, sequence_number: int) -> jitterbuffer.JitterFrame | None:
    """Return the oldest frame if all of its packets are there, from the first to the one with the marker."""
    if self._is_video:
        packets: list[Any] = []
        for count in range(self.capacity):
            packet = self._packets[(self._origin + count) % self.capacity]
            if packet is None or (packets and packet.timestamp != packets[0].timestamp):
                break
            packets.append(packet)
            if packet.marker:
                self.remove(len(packets))
                return jitterbuffer.JitterFrame(b"".join(one._data for one in packets), packets[0].timestamp)
    return _original[0](self, sequence_number)

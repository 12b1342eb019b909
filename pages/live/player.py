"""The visitor's connection: streamlit-webrtc's player, which the stage starts, stops and hides."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit_webrtc import WebRtcMode, webrtc_streamer

from emotion_core.errors import SettingsError
from pages.live._compat import keep_connection
from pages.live.file_track import FilePlayer
from pages.live.ice import rtc_configuration
from pages.live.session import LiveSession
from pages.live.sink import FrameSink
from pages.live.stage import CAMERA, burned
from pages.shared.resources import secrets

# The player must be on the page and work; the stage shows the picture and has the buttons.
_HIDDEN = (
    "<style>.st-key-live_player { position: absolute; width: 1px; height: 1px; overflow: hidden; opacity: 0; }</style>"
)


def connect(session: LiveSession, clip: bytes | None) -> bool:
    """Connect the visitor's camera, or the chosen video file, with the session while `live_running` is set.

    Returns:
        Whether the video plays.
    """
    state = st.session_state
    source, running = state.live_source, state.live_running
    try:
        rtc = rtc_configuration(secrets())
    except SettingsError as error:
        st.error(str(error))
        rtc = {"iceServers": []}
    burn = burned(source)
    key = f"live-{source}-{state.live_plays}" if clip else f"live-camera{'-burned' * burn}"
    place = (state.get("visit"), key)
    if state.get("live_player") == place:  # it has been on the page since the last run
        keep_connection(key)
    st.html(_HIDDEN)
    sends_back = burn or clip is not None
    player = partial(FilePlayer, clip, False, lambda: session.paused) if clip else None
    with st.container(key="live_player"):
        stream = webrtc_streamer(  # type: ignore[misc]  # too many unions for mypy to try
            key=key,
            mode=WebRtcMode.RECVONLY if clip else WebRtcMode.SENDRECV if burn else WebRtcMode.SENDONLY,
            rtc_configuration=rtc,
            media_stream_constraints={"video": True, "audio": False},  # the stage opens the camera
            desired_playing_state=running and (clip is not None or source == CAMERA),
            player_factory=player,  # type: ignore[arg-type]  # declared as MediaPlayer; only `audio` and `video` are read
            video_frame_callback=session.on_frame if sends_back else None,
            on_video_ended=session.on_ended if sends_back else None,
            sink_video_track=None if sends_back else FrameSink(session.on_picture, session.on_ended),
            async_processing=False,  # the callback is short; a queue of its own would delay every frame by one
            media_toggle_controls=False,
        )
    state.live_player = place
    playing = stream.state.playing
    session.mark_started(active=running and (playing or stream.state.signalling))
    return bool(playing)

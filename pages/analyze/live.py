"""Live: the expression of every face on a webcam or in a video, with charts beside it."""

from __future__ import annotations

from functools import partial

import streamlit as st

st.title("Live")
st.caption("How each face's expression reads, on video. Nothing leaves this server and no frame is stored.")

# Imported below the heading on purpose: it is on the screen while WebRTC and the charts are being imported.
from streamlit_webrtc import WebRtcMode, webrtc_streamer  # noqa: E402

from emotion_core.errors import SettingsError  # noqa: E402
from pages.live._compat import end_frames_at_their_marker, keep_connection  # noqa: E402
from pages.live.chart_column import below_video, beside_video  # noqa: E402
from pages.live.controls import FILE, SAMPLE, WEBCAM, camera_help, choices, chosen_clip  # noqa: E402
from pages.live.file_track import FilePlayer  # noqa: E402
from pages.live.ice import rtc_configuration  # noqa: E402
from pages.live.session import LiveSession, live_places, live_turns  # noqa: E402
from pages.live.visibility import page_hidden  # noqa: E402
from pages.shared.downloads import download  # noqa: E402
from pages.shared.expression_charts import summary_picture  # noqa: E402
from pages.shared.resources import registry, secrets, settings  # noqa: E402
from pages.shared.weights import ensure_weights  # noqa: E402

end_frames_at_their_marker()

video_column, side_column = st.columns([3, 2], gap="large")
with video_column, st.container(horizontal=True):
    source = st.segmented_control(
        "Source", [WEBCAM, SAMPLE, FILE], default=WEBCAM, key="live_source", required=True, label_visibility="collapsed"
    )
    # Stands before the player, because it must be there when the player makes its connection.
    hidden = page_hidden(bool(st.session_state.get("live_pause")))
with st.sidebar:
    chosen = choices(source)

places = live_places(settings().max_live_sessions)
if "live_session" not in st.session_state:
    st.session_state.live_session = LiveSession(chosen, registry(), places, live_turns(settings().parallel_analyses))
session: LiveSession = st.session_state.live_session
with video_column:
    if ensure_weights(chosen.options.model):
        session.configure(chosen)

    clip = chosen_clip(source)
    playing = False
    if not places.available_to(session):
        st.session_state.pop("live_player", None)
        st.warning(
            "As many people as this server can serve are using the live page. Please try again in a minute.",
            title="All places are taken",
            icon=":material/hourglass_top:",
        )
        st.button("Try again", icon=":material/refresh:")
    elif source == WEBCAM or clip:
        try:
            rtc = rtc_configuration(secrets())
        except SettingsError as error:
            st.error(str(error))
            rtc = {"iceServers": []}
        key = f"live-{source}"
        player_place = (st.session_state.get("visit"), key)
        if st.session_state.get("live_player") == player_place:  # it has been on the page since the last run
            keep_connection(key)
        player = None if clip is None else partial(FilePlayer, clip, source == SAMPLE, lambda: session.paused)
        stream = webrtc_streamer(
            key=key,
            mode=WebRtcMode.SENDRECV if source == WEBCAM else WebRtcMode.RECVONLY,
            rtc_configuration=rtc,
            media_stream_constraints={"video": {"width": {"ideal": 640}, "height": {"ideal": 480}}, "audio": False},
            player_factory=player,  # type: ignore[arg-type]  # declared as MediaPlayer; only `audio` and `video` are read
            video_frame_callback=session.on_frame,
            on_video_ended=session.on_ended,
            async_processing=False,  # the callback is short; a queue of its own would delay every frame by one
            media_toggle_controls=False,
            video_html_attrs={
                "autoPlay": True,
                "controls": False,
                "muted": True,
                "playsInline": True,
                "style": {"width": "100%", "borderRadius": "12px"},
            },
        )
        st.session_state["live_player"] = player_place
        playing = stream.state.playing
        session.mark_started(active=playing or stream.state.signalling)
    else:
        st.session_state.pop("live_player", None)
    actions = st.container(horizontal=True, vertical_alignment="center")
    if source == WEBCAM:
        camera_help(st.context.url)

if not session.started:
    session.stop()
paused = playing and actions.toggle("Pause", key="live_pause", help="Suspends the video and its analysis.")
session.paused = hidden or paused
# While it plays, twice a second; while the connection is being made, every two seconds, to notice that nothing comes.
pace_s = None if session.paused else 0.5 if playing else 2.0 if session.started else None
with side_column:
    st.fragment(beside_video, run_every=pace_s)(session, playing)
with video_column:
    st.fragment(below_video, run_every=pace_s and 2 * pace_s)(session.timeline, playing)

if len(session.timeline) and not playing:
    with actions:
        download("Table (CSV)", session.timeline.to_csv, "expressions.csv", "text/csv", icon=":material/table:")
        summary = partial(summary_picture, session.timeline)
        download("Charts (PNG)", summary, "expressions.png", "image/png", icon=":material/image:")
if len(session.timeline) or playing:
    actions.button("Start over", on_click=session.clear, icon=":material/restart_alt:", type="tertiary")
if playing:
    actions.caption("Press Stop to download the results.")

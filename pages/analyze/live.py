"""Live: the expression of every face on a webcam or a video, with charts beside it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

st.title("Live")
st.caption("How each face's expression reads, on video. Nothing leaves this server and no frame is stored.")

# Below the heading on purpose: WebRTC and the charts take a moment to import, and the heading is there at once.
from streamlit_webrtc import WebRtcMode, webrtc_streamer  # noqa: E402

from emotion_core.errors import MediaError, SettingsError  # noqa: E402
from pages.live._compat import end_frames_at_their_marker  # noqa: E402
from pages.live.chart_column import below_video, beside_video  # noqa: E402
from pages.live.controls import FILE, SAMPLE, WEBCAM, camera_help, choices  # noqa: E402
from pages.live.file_track import FilePlayer, check_video  # noqa: E402
from pages.live.ice import rtc_configuration  # noqa: E402
from pages.live.session import LiveSession, live_slots, live_turns  # noqa: E402
from pages.live.visibility import page_hidden  # noqa: E402
from pages.shared.downloads import download  # noqa: E402
from pages.shared.expression_charts import summary_picture  # noqa: E402
from pages.shared.resources import registry, secrets, settings  # noqa: E402
from pages.shared.weights import ensure_weights  # noqa: E402

end_frames_at_their_marker()
SAMPLE_CLIP = Path(__file__).resolve().parents[2] / "assets" / "sample.mp4"

video_column, side_column = st.columns([3, 2], gap="large")
with video_column, st.container(horizontal=True):
    source = st.segmented_control(
        "Source", [WEBCAM, SAMPLE, FILE], default=WEBCAM, key="live_source", required=True, label_visibility="collapsed"
    )
    # Before the player: it must know of the player's connection when that is made.
    hidden = page_hidden(bool(st.session_state.get("live_pause")))
with st.sidebar:
    chosen = choices(source)

slots = live_slots(settings().max_live_sessions)
if "live_session" not in st.session_state:
    st.session_state.live_session = LiveSession(chosen, registry(), slots, live_turns(settings().parallel_analyses))
session: LiveSession = st.session_state.live_session
with video_column:
    if ensure_weights(chosen.options.model):
        session.configure(chosen)

    clip = SAMPLE_CLIP.read_bytes() if source == SAMPLE else None
    if source == FILE:
        upload = st.file_uploader("Video file", type=["mp4", "mov", "webm", "mkv", "avi", "m4v"], key="live_upload")
        if upload is None:
            st.info("Choose a video; it is read in memory and not stored.", icon=":material/movie:")
        elif upload.size > settings().max_video_bytes:
            st.error(f"This video is larger than {settings().max_video_bytes / 1e6:.0f} MB.")
        else:
            try:
                check_video(upload.getbuffer())
                clip = upload.getvalue()
            except MediaError as error:
                st.error(str(error))

    playing = False
    if not slots.free_for(session):
        st.warning(
            "As many people as this server can serve are using the live view. Please try again in a minute.",
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
        stream = webrtc_streamer(
            key=f"live-{source}",
            mode=WebRtcMode.SENDRECV if source == WEBCAM else WebRtcMode.RECVONLY,
            rtc_configuration=rtc,
            media_stream_constraints={"video": {"width": {"ideal": 640}, "height": {"ideal": 480}}, "audio": False},
            player_factory=None if clip is None else lambda: FilePlayer(clip, source == SAMPLE, lambda: session.paused),
            video_frame_callback=session.on_frame,
            on_video_ended=session.on_ended,
            async_processing=False,  # the callback is short: a queue of its own would show every frame one later
            media_toggle_controls=False,
            video_html_attrs={
                "autoPlay": True,
                "controls": False,
                "muted": True,
                "playsInline": True,
                "style": {"width": "100%", "borderRadius": "12px"},
            },
        )
        playing = stream.state.playing
        session.mark_started(active=playing or stream.state.signalling)
    actions = st.container(horizontal=True, vertical_alignment="center")
    if source == WEBCAM:
        camera_help(st.context.url)

if session.started_at is None:
    session.stop()
paused = playing and actions.toggle("Pause", key="live_pause", help="The video and its analysis rest.")
session.paused = hidden or paused
pace_s = None if session.paused else 0.5 if playing else 2.0 if session.started_at else None
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
    actions.caption("Press Stop to download what was seen.")

"""A page that returns every frame as it came: what the video costs without us."""

import streamlit as st
from streamlit_webrtc import WebRtcMode, webrtc_streamer

from benchmarks.live.recorder import Recorder

st.title("Pass-through")
recorder = st.cache_resource(Recorder.from_environment)()
webrtc_streamer(
    key="live",
    mode=WebRtcMode.SENDRECV,
    rtc_configuration={"iceServers": []},
    media_stream_constraints={"video": {"width": {"ideal": 640}, "height": {"ideal": 480}}, "audio": False},
    video_frame_callback=recorder.timed(lambda frame: frame),
    async_processing=True,
)

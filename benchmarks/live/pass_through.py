"""A page that returns every frame unchanged: what the video costs without any analysis.

EMOTION_BENCH_VARIANT may name some of `patches.PATCHES`, joined by "+", to apply.
"""

import os

import streamlit as st
from streamlit_webrtc import WebRtcMode, webrtc_streamer

from benchmarks.live.contenders import VARIANT
from benchmarks.live.patches import PATCHES, SYNCHRONOUS
from benchmarks.live.recorder import Recorder

st.title("Pass-through")
chosen = os.environ.get(VARIANT, "").split("+")
recorder = st.cache_resource(Recorder.from_environment)()
for name in set(chosen) & set(PATCHES):
    PATCHES[name]()
webrtc_streamer(
    key="live",
    mode=WebRtcMode.SENDRECV,
    rtc_configuration={"iceServers": []},
    media_stream_constraints={"video": {"width": {"ideal": 640}, "height": {"ideal": 480}}, "audio": False},
    video_frame_callback=recorder.timed(lambda frame: frame),
    async_processing=SYNCHRONOUS not in chosen,
)

"""A page as articles write it: the Haar cascade on the full frame, inside the video callback."""

import av
import cv2
import streamlit as st
from streamlit_webrtc import WebRtcMode, webrtc_streamer

from benchmarks.live.recorder import Recorder

st.title("Naive")
recorder = st.cache_resource(Recorder.from_environment)()
cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")


def on_frame(frame: av.VideoFrame) -> av.VideoFrame:
    picture_bgr = frame.to_ndarray(format="bgr24")
    gray = cv2.cvtColor(picture_bgr, cv2.COLOR_BGR2GRAY)
    for x, y, w, h in cascade.detectMultiScale(gray, scaleFactor=1.1, minNeighbors=10, minSize=(30, 30)):
        cv2.rectangle(picture_bgr, (x, y), (x + w, y + h), (0, 0, 255), 2)
    return av.VideoFrame.from_ndarray(picture_bgr, format="bgr24")


webrtc_streamer(
    key="live",
    mode=WebRtcMode.SENDRECV,
    rtc_configuration={"iceServers": []},
    media_stream_constraints={"video": {"width": {"ideal": 640}, "height": {"ideal": 480}}, "audio": False},
    video_frame_callback=recorder.timed(on_frame),
    async_processing=True,
)

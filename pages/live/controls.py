"""The live page's settings and its video file."""

from __future__ import annotations

import streamlit as st

from emotion_core.analyze.live import LiveOptions
from emotion_core.draw.annotate import OverlayStyle
from emotion_core.errors import MediaError
from pages.live.file_track import check_video
from pages.live.session import Choices
from pages.live.stage import CAMERA, FILE, OVERLAYS, burned
from pages.shared.choices import detector_choice, model_choice
from pages.shared.resources import settings


def choices(source: str) -> Choices:
    """Show the widgets of the sidebar; each change applies at once, also while the video runs."""
    st.subheader("Settings")
    model = model_choice(key="live_model")
    overlay = st.selectbox("Overlay", list(OVERLAYS), key="live_overlay", help="What is drawn over the video.")
    faces = st.segmented_control("Faces", ["All", "Largest only"], default="All", key="live_faces", required=True)
    half_life = st.slider(
        "Smoothing (seconds)",
        0.0,
        2.0,
        0.4,
        0.1,
        key="live_half_life",
        help="Higher is steadier but slower to react: a reading of this age counts half as much as a new one.",
    )
    rate = st.slider(
        "Maximum analyses per second",
        5,
        30,
        round(LiveOptions.rate_hz),
        key="live_rate",
        help="Fewer take load off a slow computer.",
    )
    mirror = st.toggle("Mirror the picture", value=source == CAMERA, key=f"live_mirror_{source}")
    st.toggle(
        "Burn into the video",
        key="live_burn",
        help="The server draws boxes and labels into the camera's picture and sends it back. That is slower; without "
        "it, this page shows the camera's own picture and draws over it.",
    )
    detector, haar = detector_choice("live")
    options = LiveOptions(
        model=model,
        detector=detector,
        haar=haar,
        largest_only=faces == "Largest only",
        half_life_s=half_life,
        rate_hz=rate,
    )
    drawn = OVERLAYS[overlay]
    return Choices(options, OverlayStyle(**drawn) if drawn else None, mirror, source == FILE or burned(source))


def chosen_clip() -> bytes | None:
    """Ask for a video file and return its bytes; a new one starts to play. None if there is none that can be read."""
    upload = st.file_uploader(
        "Video file", type=["mp4", "mov", "webm", "mkv", "avi", "m4v"], key="live_upload", label_visibility="collapsed"
    )
    if upload is None:
        st.session_state.live_running = False
        st.caption("Choose a video. It is kept in memory and not stored.")
        return None
    if upload.size > settings().max_video_bytes:
        st.error(f"This video is larger than {settings().max_video_bytes / 1e6:.0f} MB.")
        return None
    clip = upload.getvalue()  # not getbuffer, which would copy it
    if st.session_state.get("live_checked_upload") != upload.file_id:  # checking decodes a frame: once is enough
        try:
            check_video(clip)
        except MediaError as error:
            st.error(str(error))
            return None
        st.session_state.live_checked_upload = upload.file_id
        st.session_state.live_running = st.session_state.live_new = True
        st.session_state.live_plays += 1
    return clip

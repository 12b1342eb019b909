"""The live page's settings and its video file."""

from __future__ import annotations

import streamlit as st

from emotion_core.analyze.live import LiveOptions
from emotion_core.draw.annotate import OverlayStyle
from emotion_core.errors import MediaError
from emotion_core.language import gettext as _
from emotion_core.language import language, mark
from pages.live.file_track import check_video
from pages.live.session import Choices
from pages.live.stage import CAMERA, FILE, OVERLAYS, burned
from pages.shared.choices import detector_choice, model_choice
from pages.shared.language import language_choice
from pages.shared.resources import settings

_FACES = {"all": mark("All"), "largest": mark("Largest only")}


def choices(source: str) -> Choices:
    """Show the widgets of the sidebar; each change applies at once, also while the video runs."""
    st.subheader(_("Settings"))
    model = model_choice(key="live_model")
    overlay = st.selectbox(
        _("Overlay"), list(OVERLAYS), format_func=_, key="live_overlay", help=_("What is drawn over the video.")
    )
    faces = st.segmented_control(
        _("Faces"),
        list(_FACES),
        format_func=lambda name: _(_FACES[name]),
        default="all",
        key="live_faces",
        required=True,
    )
    half_life = st.slider(
        _("Smoothing (seconds)"),
        0.0,
        2.0,
        0.4,
        0.1,
        key="live_half_life",
        help=_("Higher is steadier but slower to react: a reading of this age counts half as much as a new one."),
    )
    rate = st.slider(
        _("Maximum analyses per second"),
        5,
        30,
        round(LiveOptions.rate_hz),
        key="live_rate",
        help=_("Fewer analyses ease the load on a slow computer."),
    )
    mirror = st.toggle(_("Mirror the picture"), value=source == CAMERA, key=f"live_mirror_{source}")
    st.toggle(
        _("Burn into the video"),
        key="live_burn",
        help=_(
            "The server draws boxes and labels into the camera's picture and sends it back. That is slower; "
            "without it, this page shows the camera's own picture and draws over it."
        ),
    )
    detector, haar = detector_choice("live")
    options = LiveOptions(
        model=model,
        detector=detector,
        haar=haar,
        largest_only=faces == "largest",
        half_life_s=half_life,
        rate_hz=rate,
    )
    drawn = OVERLAYS[overlay]
    language_choice("live")
    style = OverlayStyle(**drawn) if drawn else None
    return Choices(options, style, mirror, source == FILE or burned(source), language())


def chosen_clip() -> bytes | None:
    """Ask for a video file and return its bytes; a new one starts to play. None if there is none that can be read."""
    upload = st.file_uploader(
        _("Video file"),
        type=["mp4", "mov", "webm", "mkv", "avi", "m4v"],
        key="live_upload",
        label_visibility="collapsed",
    )
    if upload is None:
        st.session_state.live_running = False
        st.caption(_("Choose a video. It is kept in memory and not stored."))
        return None
    if upload.size > settings().max_video_bytes:
        st.error(
            _("This video is larger than {max_video_bytes:.0f} MB.", max_video_bytes=settings().max_video_bytes / 1e6)
        )
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

"""The live page's choices, its video file, and its help for visitors whose camera shows no picture."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from emotion_core.analyze.live import LiveOptions
from emotion_core.draw.annotate import OverlayStyle
from emotion_core.errors import MediaError
from pages.live.file_track import check_video
from pages.live.session import Choices
from pages.shared.camera import camera_fault, show_camera_fault
from pages.shared.choices import detector_choice, model_choice
from pages.shared.resources import settings

WEBCAM, SAMPLE, FILE = "Webcam", "Sample clip", "Video file"
SAMPLE_CLIP = Path(__file__).resolve().parents[2] / "assets" / "sample.mp4"
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_OVERLAYS = {
    "Box and label": OverlayStyle(),
    "With probabilities": OverlayStyle(bars=True),
    "Box only": OverlayStyle(label=False),
    "Nothing": None,
}


def choices(source: str) -> Choices:
    """Show the widgets of the sidebar; each change applies at once, also while the video runs."""
    st.subheader("While it runs")
    model = model_choice(key="live_model")
    overlay = st.selectbox("Drawing", list(_OVERLAYS), key="live_overlay", help="Drawn onto the video.")
    faces = st.segmented_control("Faces", ["All", "Largest only"], default="All", key="live_faces", required=True)
    half_life = st.slider(
        "Smoothing, seconds",
        0.0,
        2.0,
        0.4,
        0.1,
        key="live_half_life",
        help="A reading of this age counts half as much as a new one. 0 shows each reading as it is.",
    )
    rate = st.slider(
        "Analyses per second, at most", 5, 30, 20, 5, key="live_rate", help="Fewer take load off a slow computer."
    )
    mirror = st.toggle("Mirror the picture", value=source == WEBCAM, key=f"live_mirror_{source}")
    detector, haar = detector_choice("live")
    options = LiveOptions(
        model=model,
        detector=detector,
        haar=haar,
        largest_only=faces == "Largest only",
        half_life_s=half_life,
        rate_hz=rate,
    )
    return Choices(options, _OVERLAYS[overlay], mirror, source)


def chosen_clip(source: str) -> bytes | None:
    """Return the video file to play, uploaded if that is the source; None if there is none, as for the webcam."""
    if source == SAMPLE:
        return SAMPLE_CLIP.read_bytes()
    if source != FILE:
        return None
    upload = st.file_uploader("Video file", type=["mp4", "mov", "webm", "mkv", "avi", "m4v"], key="live_upload")
    if upload is None:
        st.info("Choose a video. It is kept in memory and not stored.", icon=":material/movie:")
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
        st.session_state["live_checked_upload"] = upload.file_id
    return clip


def insecure(url: str | None) -> bool:
    """Whether browsers refuse the camera to a page at this address: one without HTTPS on another computer.

    >>> insecure("http://192.168.1.5:8501"), insecure("http://localhost:8501"), insecure("https://example.org")
    (True, False, False)
    """
    parts = urlsplit(url or "")
    host = parts.hostname or ""
    return parts.scheme == "http" and host not in _LOCAL and not host.endswith(".localhost")


def camera_help(url: str | None) -> None:
    """Show what to do if the camera gives no picture."""
    message = st.container()
    fault = camera_fault("live_camera")
    with message:
        show_camera_fault(fault, "try the sample clip")
    if insecure(url):
        st.warning(
            "Browsers allow the camera only on pages that use HTTPS or run on this computer. Open the app over "
            "https://, or try the sample clip.",
            title="The camera cannot be used at this address",
            icon=":material/lock_open:",
        )
    with st.expander("No picture, or an error above it?", icon=":material/help:"):
        st.markdown(
            "- **Asked for permission, or *NotAllowedError*?** Press Start and choose *Allow*. If you denied it once, "
            "click the camera or lock sign in the address bar, allow the camera, and reload.\n"
            "- **No camera, the wrong one, or *NotFoundError*?** Plug it in, and pick it with *Select device* under "
            "the video. Without one, try the sample clip.\n"
            "- ***NotReadableError*?** Another program is using the camera: close it, and press Start again.\n"
            "- **Not on this computer?** The page needs an address that begins with `https://`.\n"
            "- **Still black after some seconds?** The network blocks the connection; whoever runs this server can "
            "add a TURN server (docs/deployment.md)."
        )

"""The live page's choices and its messages about the connection."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import streamlit as st

from emotion_core.analyze.live import LiveOptions
from emotion_core.detect import HaarOptions
from emotion_core.detect.haar import STILL_WIDTH
from emotion_core.draw.annotate import OverlayStyle
from pages.live.session import Choices
from pages.shared.camera import camera_fault, show_fault
from pages.shared.resources import model_choice

WEBCAM, SAMPLE, FILE = "Webcam", "Sample clip", "Video file"
_LOCAL = {"localhost", "127.0.0.1", "::1"}
_OVERLAYS = {
    "Box and label": OverlayStyle(),
    "With probabilities": OverlayStyle(bars=True),
    "Box only": OverlayStyle(label=False),
    "Nothing": None,
}


def choices(source: str) -> Choices:
    """The widgets of the side bar; all of them apply while the video runs."""
    st.subheader("While it runs")
    model = model_choice(key="live_model")
    overlay = st.selectbox("Drawing", list(_OVERLAYS), key="live_overlay", help="What is drawn onto the video.")
    faces = st.segmented_control("Faces", ["All", "Largest only"], default="All", key="live_faces", required=True)
    half_life = st.slider(
        "Smoothing, seconds",
        0.0,
        2.0,
        0.4,
        0.1,
        key="live_half_life",
        help="After this time an older reading counts half. 0 shows each reading as it is.",
    )
    rate = st.slider(
        "Analyses per second, at most", 5, 30, 20, 5, key="live_rate", help="Fewer leave a slow computer more time."
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
    style = _OVERLAYS[overlay]
    return Choices(options, style or OverlayStyle(), style is not None, mirror, source)


@dataclass(frozen=True)
class Search:
    """How fine a page searches for faces.

    width: pixels to which a picture is shrunk for it.
    least: smallest face that can be chosen, % of the picture's shorter side.
    """

    width: int
    least: int


VIDEO = Search(width=320, least=5)
STILL = Search(width=STILL_WIDTH, least=2)
_CASCADE_SIDE = 24  # pixels of the smallest face that the cascade knows


def detector_choice(page: str, search: Search = VIDEO) -> tuple[str, HaarOptions]:
    """The face detector and its parameters; ``page`` keeps the widgets of pages apart."""
    names = {"haar": "Haar cascade", "yunet": "YuNet"}
    with st.expander("Face detector", icon=":material/face:"):
        detector = st.selectbox("Detector", list(names), format_func=names.__getitem__, key=f"{page}_detector")
        off = detector != "haar"
        scale = st.slider(
            "Scale factor", 1.05, 1.5, 1.2, 0.05, key=f"{page}_scale", disabled=off, help="Smaller finds more, slower."
        )
        neighbors = st.slider(
            "Neighbours", 1, 12, 4, key=f"{page}_neighbors", disabled=off, help="More gives fewer false faces."
        )
        smallest = st.slider(
            "Smallest face, % of the picture",
            search.least,
            50,
            10,
            key=f"{page}_smallest",
            disabled=off,
            help="Of the shorter side. Smaller takes longer and gives more false faces.",
        )
    width = max(search.width, _width_for(smallest / 100))
    return detector, HaarOptions(scale, neighbors, smallest_face=smallest / 100, detect_width=width)


def _width_for(smallest: float) -> int:
    """The width at which the cascade can see a face of this share of the shorter side, in a picture of 4 to 3."""
    return round(_CASCADE_SIDE / smallest * 4 / 3)


def insecure(url: str | None) -> bool:
    """Whether browsers will refuse the camera to a page at this address: no HTTPS, and not this computer."""
    parts = urlsplit(url or "")
    return parts.scheme == "http" and (parts.hostname or "") not in _LOCAL and not _is_localhost(parts.hostname)


def _is_localhost(host: str | None) -> bool:
    return (host or "").endswith(".localhost")


def camera_help(url: str | None) -> None:
    """What to do when there is no picture."""
    message = st.container()
    fault = camera_fault("live_camera")
    with message:
        show_fault(fault, "try the sample clip")
    if insecure(url):
        st.warning(
            "Browsers give the camera only to pages with HTTPS or on this computer. Open the app over https://, "
            "or try the sample clip.",
            title="The camera cannot be used at this address",
            icon=":material/lock_open:",
        )
    with st.expander("No picture, or an error above it?", icon=":material/help:"):
        st.markdown(
            "- **Asked for permission, or *NotAllowedError*?** Press Start and choose *Allow*. If you denied it once, "
            "click the camera or lock sign in the address bar, allow the camera, and reload.\n"
            "- **No camera, the wrong one, or *NotFoundError*?** Plug it in, and pick it with *Select device* under "
            "the video. Without one, try the sample clip.\n"
            "- ***NotReadableError*?** Another program uses the camera: close it, and press Start again.\n"
            "- **Not on this computer?** The page needs an address that begins with `https://`.\n"
            "- **Still black after some seconds?** The network blocks the connection; whoever runs this server can "
            "add a TURN server (docs/deployment.md)."
        )

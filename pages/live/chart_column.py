"""What stands beside and below the video: counters, a card for each face, and the charts."""

from __future__ import annotations

import numpy as np
import streamlit as st

from emotion_core.record.timeline import EmotionTimeline
from emotion_core.results import UNTRACKED, FrameResult, box_areas
from emotion_core.wording import long_reading
from pages.live.session import LiveSession, LiveStatus
from pages.shared.expression_charts import lines_chart, plane_chart, share_chart

NO_FRAMES_AFTER_S = 8.0  # without a frame for so long, the connection is probably blocked; usually it takes one second
_RECENT_S = 10
_TIMELINE_S = 60
_CARDS = 4


def beside_video(session: LiveSession, playing: bool) -> None:
    """Show messages, counters, faces and shares. The page runs it as a fragment, so that the video is not redrawn."""
    status = session.status
    _messages(status, playing)
    _counters(status, playing)
    if playing:
        _cards(status.latest)
    _shares(session.timeline, playing)


def _messages(status: LiveStatus, playing: bool) -> None:
    if status.refused:
        st.warning("The picture is shown without analysis until another visitor stops.", title="All places are taken")
    elif status.waiting_s > NO_FRAMES_AFTER_S and not status.ended:
        st.warning(
            "The browser and the server have not reached each other. On a company or mobile network, a TURN server is "
            "needed (docs/deployment.md). Otherwise press Stop, allow the camera, and start again.",
            title="No picture has arrived yet",
            icon=":material/wifi_off:",
        )
    if status.error:
        st.error(status.error, icon=":material/error:")
    if playing and status.ended:
        st.info("Press Stop, then Start to play it again.", title="The video has ended")
    if status.faults:
        st.warning(f"{status.faults} frames could not be processed and are shown as they came.")


def _counters(status: LiveStatus, playing: bool) -> None:
    stats = status.stats if playing else None
    pixels = "" if status.size_wh is None else f"{status.size_wh[0]} × {status.size_wh[1]} pixels"
    size = f" They are {pixels} now." if pixels else ""
    values = (
        ("Video", f"{stats.video_fps:.0f} fps" if stats else "–", f"Frames per second that reach the server.{size}"),
        ("Analyses", f"{stats.analysis_fps:.1f} /s" if stats else "–", "Frames per second that are analyzed."),
        ("Delay", f"{stats.latency_ms:.0f} ms" if stats else "–", "Age of a frame when its result is ready."),
    )
    with st.container(horizontal=True, gap="small"):
        for label, value, hint in values:
            st.metric(label, value, help=hint, border=True)
    if playing and pixels:
        st.caption(f"The browser sends {pixels}. It lowers the size itself if it has to.")


def _cards(result: FrameResult | None) -> None:
    if result is None or not len(result.faces):
        with st.container(border=True):
            st.markdown(":material/search: No face in the picture right now.")
        return
    order = np.argsort(-box_areas(result.faces.boxes_xyxy), kind="stable").tolist()
    with st.container(horizontal=True, gap="small"):
        for row in order[:_CARDS]:
            _card(result, row)
    if len(order) > _CARDS:
        st.caption(f"and {len(order) - _CARDS} smaller faces")


def _card(result: FrameResult, row: int) -> None:
    faces = result.faces
    number = "" if faces.track_ids[row] == UNTRACKED else f" {faces.track_ids[row]}"
    with st.container(border=True, gap="xsmall", width=230):
        st.caption(f"Face{number}")
        st.markdown(long_reading(faces.probabilities[row], faces.labels[row], result.learned_from, mark="**"))
        st.progress(min(1.0, float(faces.confidences[row])))


def _shares(timeline: EmotionTimeline, playing: bool) -> None:
    st.subheader(
        "Share of time", help="Of the largest face, as a share of the time in which its expression had a label."
    )
    window = f"last {_RECENT_S} s"
    scope = st.segmented_control(
        "Time span", ["since start", window], default="since start", label_visibility="collapsed", key="live_span"
    )
    span_s = _RECENT_S if scope == window else None
    share_chart(timeline, "live", span_s, moving=playing)


def below_video(timeline: EmotionTimeline, playing: bool) -> None:
    """Show the largest face over time and on the plane of valence and arousal; redrawn half as often."""
    lines_chart(timeline, "live", _TIMELINE_S, moving=playing)
    plane_chart(timeline, "live", _RECENT_S if playing else _TIMELINE_S, moving=playing)

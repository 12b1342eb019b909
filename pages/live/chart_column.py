"""What stands beside and below the stage: messages, charts, downloads and technical details."""

from __future__ import annotations

from functools import partial

import streamlit as st

from emotion_core.language import gettext as _
from emotion_core.language import ngettext
from emotion_core.record.timeline import EmotionTimeline
from pages.live.session import LiveSession, LiveStatus
from pages.shared.downloads import download, what_they_hold
from pages.shared.expression_charts import lines_chart, plane_chart, share_chart, summary_picture

NO_FRAMES_AFTER_S = 8.0  # without a frame for so long, the connection is probably blocked; usually it takes one second
RECENT_S = 10


def while_running(session: LiveSession, playing: bool) -> None:
    """Show messages, shares and technical details. The page runs it as a fragment, once a second."""
    status = session.status
    _messages(status)
    _shares(
        session.timeline,
        _("Share of time since start, and in the last {seconds} seconds (line)", seconds=RECENT_S),
        RECENT_S,
    )
    with st.expander(_("Technical details"), icon=":material/speed:"):
        _counters(status, playing)


def of_sample(timeline: EmotionTimeline) -> None:
    """Show the shares of the sample clip as a whole."""
    _shares(timeline, _("Share of time in the whole clip"))


def _shares(timeline: EmotionTimeline, when: str, recent_s: float | None = None) -> None:
    st.subheader(
        _("Emotion frequency"),
        help=_("Of the largest face, as a share of the time in which its expression had a label."),
    )
    st.caption(when)
    share_chart(timeline, "live", recent_s)


def _messages(status: LiveStatus) -> None:
    if status.waiting_s > NO_FRAMES_AFTER_S and not status.ended:
        st.warning(
            _(
                "The browser and the server have not reached each other. On a company or mobile network, a TURN "
                "server is needed (docs/deployment.md). Otherwise press Stop, and start again."
            ),
            title=_("No picture has arrived yet"),
            icon=":material/wifi_off:",
        )
    if status.faults:
        st.warning(
            ngettext(
                "{number:,} frame could not be processed.", "{number:,} frames could not be processed.", status.faults
            )
        )


def _counters(status: LiveStatus, playing: bool) -> None:
    stats = status.stats if playing else None
    frames = _("Frames per second that reach the server.")
    if status.size_wh is not None:
        width, height = status.size_wh
        frames += " " + _("They have {width} × {height} pixels.", width=width, height=height)
    values = (
        (_("Frames"), f"{stats.video_fps:.0f} /s" if stats else "–", frames),
        (_("Analyses"), f"{stats.analysis_fps:.1f} /s" if stats else "–", _("Frames per second that are analyzed.")),
        (_("Delay"), f"{stats.latency_ms:.0f} ms" if stats else "–", _("Age of a frame when its result is ready.")),
    )
    with st.container(horizontal=True, gap="small"):
        for label, value, hint in values:
            st.metric(label, value, help=hint, border=True)


def results(session: LiveSession) -> None:
    """Show what was seen of each person, with the downloads, and the way to forget it."""
    people = session.people
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(_("Results"), width="content")
        if len(people) > 1:
            st.segmented_control(
                _("Person"),
                range(1, len(people) + 1),
                default=len(people),
                required=True,
                format_func=lambda n: _("Person {number}", number=n),
                key="live_person",
            )
        number = _chosen_person(people)
        timeline = people[number - 1]
        _downloads(timeline, "" if len(people) == 1 else f"-person-{number}")
        with st.popover(_("Clear results"), icon=":material/delete:", type="tertiary"):
            st.write(_("This clears everyone's results on this page. It cannot be undone."))
            st.button(_("Clear them"), on_click=session.clear, type="primary", key="live_clear")
    lines, plane = st.columns([3, 2], gap="large")
    with lines:
        lines_chart(timeline, "live")
    with plane:
        plane_chart(timeline, "live")


def shares_of_results(session: LiveSession) -> None:
    """Show the shares of the person whose results were chosen."""
    people = session.people
    _shares(
        people[_chosen_person(people) - 1],
        _("Share of time of this person") if len(people) > 1 else _("Share of time since start"),
    )


def _chosen_person(people: list[EmotionTimeline]) -> int:
    """Return the number of the chosen person, from 1; the newest where nobody was chosen."""
    return min(st.session_state.get("live_person") or len(people), len(people))


def _downloads(timeline: EmotionTimeline, person: str) -> None:
    origin, stem = timeline.origin, f"live{person}"
    name_csv, name_png = origin.file_name(stem, ".csv"), origin.file_name(stem, ".png")
    download(_("Table (CSV)"), timeline.to_csv, name_csv, "text/csv", icon=":material/table:")
    download(_("Charts (PNG)"), partial(summary_picture, timeline), name_png, "image/png", icon=":material/image:")
    what_they_hold("live_files")

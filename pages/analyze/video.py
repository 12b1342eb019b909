"""Video: the expression of every face in a video file, faster than it plays."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from emotion_core.language import gettext as _

st.title(_("Video"))
st.caption(
    _(
        "How each face's expression reads in a video file. The file stays on this server while you look "
        "at it and is deleted when you leave or choose another one."
    )
)

from pages.shared.resources import registry, settings  # noqa: E402
from pages.shared.weights import ensure_weights  # noqa: E402
from pages.video.session import video_places, video_session  # noqa: E402
from pages.video.view import (  # noqa: E402
    choose_video,
    describe,
    show_result,
    show_why_no_result,
    video_choices,
    watch_job,
)

SAMPLE = Path(__file__).resolve().parents[2] / "assets" / "sample.mp4"
POLL_S = 0.5
KEEP_S = 30.0  # shorter than the time after which the session of a visitor who is gone is cleared

with st.sidebar:
    choices = video_choices()
session = video_session()
choose_video(session, SAMPLE)
if session.name is None or session.info is None:
    st.stop()

st.markdown(f"**{session.name}** · {describe(session.info)}")
job = session.job
if job is not None and job.state == "running":
    st.fragment(watch_job, run_every=POLL_S)()
    st.stop()

show_why_no_result(session, job)
done = job if job is not None and job.state == "done" else None
if done is None or done.choices != choices:
    label = _("Analyze again") if done else _("Start")
    ready = ensure_weights(choices.model, "video")
    if st.button(label, type="primary", icon=":material/play_arrow:", key="video_start", disabled=not ready):
        session.start(choices, registry(), video_places(settings().max_video_jobs))
        st.rerun()
if done is not None:
    show_result(done, session.name)
    # After a short break of the connection, Streamlit may not rerun the page; this fragment reports the visitor as
    # present, or the session would be cleared.
    st.fragment(video_session, run_every=KEEP_S)()

"""Video: the expression of every face in a video file, faster than it plays."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

st.title("Video")
st.caption(
    "How each face's expression reads in a video file. The file stays on this server while you look at it, and is "
    "deleted when you leave or choose another."
)

from pages.shared.resources import registry, settings  # noqa: E402
from pages.shared.weights import ensure_weights  # noqa: E402
from pages.video.job import video_desk, video_places  # noqa: E402
from pages.video.view import (  # noqa: E402
    choose_video,
    describe,
    show_result,
    tell_end,
    video_choices,
    watch_job,
)

SAMPLE = Path(__file__).resolve().parents[2] / "assets" / "sample.mp4"
POLL_S = 0.5
KEEP_S = 30.0

with st.sidebar:
    choices = video_choices()
desk = video_desk()
choose_video(desk, SAMPLE)
if desk.name is None or desk.info is None:
    st.stop()

st.markdown(f"**{desk.name}** · {describe(desk.info)}")
job = desk.job
running = job is not None and job.state == "running"
if running:
    st.fragment(watch_job, run_every=POLL_S)()
    st.stop()

tell_end(desk, job)
done = job is not None and job.state == "done"
if not done or job.choices != choices:
    label = "Analyse again" if done else "Start"
    pressed = st.button(label, type="primary", icon=":material/play_arrow:", key="video_start")
    if pressed and ensure_weights(choices.model):
        desk.start(choices, registry(), video_places(settings().max_video_jobs))
        st.rerun()
if done:
    show_result(job, desk.name)
    # After a short break of the connection Streamlit may not run the page again: this says that somebody is here.
    st.fragment(video_desk, run_every=KEEP_S)()

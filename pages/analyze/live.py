"""Live: the expression of every face on a webcam or in a video, with charts beside it."""

from __future__ import annotations

import streamlit as st

from emotion_core.language import gettext as _
from pages.live import stage

state = st.session_state
stage.begin()
st.title(_("Live"))
st.caption(_("See what every face expresses, live. Nothing leaves this server and no frame is stored."))

if state.live_former:  # this page was reloaded: its results are still there
    from pages.live.session import find_former

    find_former()

# The stage comes before the imports below it: a first visitor sees the sample while WebRTC and the charts are imported.
running, source = state.live_running, state.live_source
session = state.get("live_session")
picture_column, side_column = st.columns([5, 3], gap="medium")
with picture_column:
    stage.show(seen=bool(session and session.people))
    if running or source == stage.SAMPLE:
        stage.mount("curve")
with side_column:
    if running or source == stage.SAMPLE:
        stage.mount("reading")
    beside = st.container()

from emotion_core.errors import EmotionError  # noqa: E402
from pages.live._compat import end_frames_at_their_marker  # noqa: E402
from pages.live.chart_column import of_sample, results, shares_of_results, while_running  # noqa: E402
from pages.live.controls import choices, chosen_clip  # noqa: E402
from pages.live.player import connect  # noqa: E402
from pages.live.sample import sample_timeline  # noqa: E402
from pages.live.session import live_places, live_session  # noqa: E402
from pages.shared.resources import settings  # noqa: E402
from pages.shared.weights import ensure_weights  # noqa: E402

end_frames_at_their_marker()
with st.sidebar:
    chosen = choices(source)
session = live_session(chosen)
places = live_places(settings().max_live_sessions)
playing = False
with picture_column:
    if ensure_weights(chosen.options.model, "live"):
        session.configure(chosen)
    clip = chosen_clip() if source == stage.FILE else None
    if state.live_new:
        state.live_new = False
        session.begin_person()
    if running and not places.available_to(session):
        state.live_running, state.live_full = False, True
        st.rerun()
    if state.live_full and not running:
        st.warning(
            _("As many people as this server can serve are using their cameras. Please try again in a minute."),
            title=_("All places are taken"),
            icon=":material/hourglass_top:",
        )
    state.live_full = False
    if source != stage.FILE or clip:
        playing = connect(session, clip)
    else:
        state.pop("live_player", None)
if not session.started:
    session.stop()

with beside:
    if running:
        # While the connection is being made, every two seconds, to notice that nothing comes.
        st.fragment(while_running, run_every=1.0 if playing else 2.0)(session, playing)
    elif session.people and source != stage.SAMPLE:
        shares_of_results(session)
    elif source == stage.SAMPLE:
        try:
            of_sample(sample_timeline())
        except EmotionError as error:
            st.error(str(error))
if session.people and not running:
    results(session)

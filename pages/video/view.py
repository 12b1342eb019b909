"""What the video page shows: the chosen file, the progress of its analysis, and the result."""

from __future__ import annotations

from pathlib import Path, PurePath

import streamlit as st

from emotion_core.language import Message, mark
from emotion_core.language import gettext as _
from emotion_core.media.video import VIDEO_SUFFIXES, VideoInfo
from pages.shared.choices import detector_choice, model_choice
from pages.shared.downloads import download, what_they_hold
from pages.shared.expression_charts import lines_chart, plane_chart, share_chart, summary_picture
from pages.shared.language import language_choice
from pages.shared.resources import settings
from pages.video.playhead import VIDEO, playhead
from pages.video.session import VideoChoices, VideoJob, VideoSession, video_session

RATES = {"5 /s": 0.2, "10 /s": 0.1, mark("Every frame"): 0.0}
_MB = 1_000_000


def video_choices() -> VideoChoices:
    """Show the widgets of the sidebar."""
    st.subheader(_("Settings"))
    model = model_choice(key="video_model")
    rate = st.segmented_control(
        _("Analyses"),
        list(RATES),
        format_func=_,
        default="10 /s",
        key="video_rate",
        required=True,
        help=_("How many frames of each second are analyzed. Every frame takes about three times as long as ten."),
    )
    drawn = st.toggle(
        _("Annotated video"),
        value=True,
        key="video_drawn",
        help=_("An MP4 file with boxes, labels and sound."),
    )
    detector, haar = detector_choice("video")
    language_choice("video")
    return VideoChoices(model, detector, haar, RATES[rate], drawn)


def choose_video(session: VideoSession, sample: Path) -> None:
    """Show the upload and, while there is no video, a button for the sample clip."""
    limit = settings().max_video_bytes
    st.file_uploader(
        _("Video file"),
        type=sorted(suffix.removeprefix(".") for suffix in VIDEO_SUFFIXES),
        key="video_upload",
        label_visibility="collapsed",
        max_upload_size=max(1, limit // _MB),
        on_change=lambda: _use_upload(session, limit),
    )
    if session.error:
        st.error(str(session.error), icon=":material/error:")
    if session.name is None:
        st.info(_("Drop a video above, or try the sample clip."), icon=":material/movie:")
        st.button(
            _("Try the sample clip"),
            on_click=lambda: _use_sample(session, sample),
            icon=":material/auto_awesome:",
            type="primary",
        )


def _use_upload(session: VideoSession, limit: int) -> None:
    upload = st.session_state.video_upload
    if upload is None:
        session.clear()
    elif upload.size > limit:
        session.refuse(
            Message(
                "This video has {size:.0f} MB, more than the {limit:.0f} MB allowed.",
                size=upload.size / _MB,
                limit=limit / _MB,
            )
        )
    else:
        session.use(upload.name, upload)


def _use_sample(session: VideoSession, sample: Path) -> None:
    with sample.open("rb") as file:
        session.use(sample.name, file)


def describe(info: VideoInfo) -> str:
    """Return size, rate and length in words, such as ``640×480, 25 frames per second, 0:08``."""
    width, height = info.size_wh
    words = [f"{width}×{height}", _("{rate:.4g} frames per second", rate=float(info.frame_rate))]
    if info.duration_s:
        words.append(clock_time(info.duration_s))
    return ", ".join(words)


def clock_time(seconds: float) -> str:
    """Return seconds as minutes and seconds, with hours if there are any.

    >>> clock_time(75), clock_time(3661)
    ('1:15', '1:01:01')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def watch_job() -> None:
    """Show the progress and Cancel; the page runs it as a fragment while a job runs."""
    session = video_session()
    job = session.job
    if job is None or job.state != "running":
        st.rerun()
        return
    progress = job.progress
    said = _("Reading the video · {share:.0%}", share=progress.share)
    if progress.left_s is not None:
        said += " · " + _("{time} left", time=clock_time(progress.left_s))
    st.progress(progress.share, text=said)
    st.button(_("Cancel"), on_click=session.cancel, icon=":material/cancel:", key="video_cancel")


def show_why_no_result(session: VideoSession, job: VideoJob | None) -> None:
    """Show why there is no result, if there is none."""
    if session.full:
        session.full = False  # the message is for this run of the page only
        st.warning(
            _("This server is analyzing as many videos as it can. Please try again in a minute."),
            title=_("All places are taken"),
            icon=":material/hourglass_top:",
        )
    elif job is not None and job.state == "canceled":
        st.info(_("Analysis canceled; nothing was saved."), icon=":material/cancel:")
    elif job is not None and job.state == "failed":
        st.error(str(job.error or ""), icon=":material/error:")


def show_result(job: VideoJob, name: str) -> None:
    """Show the annotated video with its downloads and lines, beside them the shares, and a table of the faces."""
    if not len(job.faces):
        st.info(
            _(
                "No face was found. In *Settings*, under *Face detector*, lower *Certainty*, *Smallest face* or "
                "*Scale factor*."
            ),
            icon=":material/search_off:",
        )
    video, shares = st.columns([3, 2], gap="large")
    with video:
        if job.choices.drawn:
            with st.container(key=VIDEO):
                alt = _("{name} with a box and a label at every face: {in_words}", name=name, in_words=_in_words(job))
                st.video(job.target, alt=alt)
        else:
            st.info(_("No annotated video was made; it is switched off in *Settings*."), icon=":material/movie:")
        end_s = job.timeline.end_s
        if lines_chart(job.timeline, "video", end_s) and job.choices.drawn and end_s:
            playhead("video_timeline", end_s)
        _downloads(job, PurePath(name).stem)
    with shares:
        st.subheader(
            _("Share of time"),
            help=_("Of the largest face, as a share of the time in which its expression had a label."),
        )
        share_chart(job.timeline, "video")
        plane_chart(job.timeline, "video")
    if len(job.faces):
        _show_faces(job)


def _in_words(job: VideoJob) -> str:
    said = [
        _("face {face} mostly {label}", face=row.face, label=_(str(row.label)))
        for row in job.faces.head(4).itertuples()
    ]
    return ", ".join(said) or _("no face")


def _downloads(job: VideoJob, stem: str) -> None:
    origin = job.timeline.origin
    with st.container(horizontal=True):
        if job.choices.drawn:
            download(
                _("Video (MP4)"),
                job.target.read_bytes,
                origin.file_name(stem, ".mp4"),
                "video/mp4",
                icon=":material/movie:",
                type="primary",
            )
        download(
            _("Table (CSV)"),
            job.timeline.to_csv,
            origin.file_name(stem, ".csv"),
            "text/csv",
            icon=":material/table:",
        )
        download(
            _("Charts (PNG)"),
            lambda: summary_picture(job.timeline, _("Expressions in {name}", name=stem)),
            origin.file_name(stem, ".png"),
            "image/png",
            icon=":material/image:",
        )
        what_they_hold("video_files")


def _show_faces(job: VideoJob) -> None:
    st.subheader(_("Faces"))
    share = st.column_config.ProgressColumn
    st.dataframe(
        job.faces.round(2).assign(label=job.faces["label"].map(_)),
        hide_index=True,
        alt=_("One row for each face: when it was seen and what its expression read as"),
        column_config={
            "face": st.column_config.NumberColumn(_("Face"), help=_("The number in front of the label in the video.")),
            "from_s": st.column_config.NumberColumn(_("First seen, s"), format="%.1f"),
            "to_s": st.column_config.NumberColumn(_("Last seen, s"), format="%.1f"),
            "seen": share(
                _("Seen"), format="percent", min_value=0, max_value=1, help=_("Share of the analyses with this face.")
            ),
            "label": st.column_config.TextColumn(_("Reads mostly as")),
            "label_share": share(
                _("How often"),
                format="percent",
                min_value=0,
                max_value=1,
                help=_("Share of the time in which this face's expression had a label, as in the chart."),
            ),
            "confidence": share(
                _("Confidence"), format="percent", min_value=0, max_value=1, help=_("Mean over the analyses.")
            ),
        },
    )

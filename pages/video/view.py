"""What the video page shows: the chosen file, how far its analysis is, and what came of it."""

from __future__ import annotations

from pathlib import Path, PurePath

import streamlit as st

from emotion_core.media.video import VIDEO_SUFFIXES, VideoInfo
from pages.live.controls import detector_choice
from pages.shared.downloads import download
from pages.shared.expression_charts import lines_chart, share_chart, summary_picture
from pages.shared.resources import model_choice, settings
from pages.video.job import VideoChoices, VideoDesk, VideoJob, video_desk

RATES = {"5 /s": 0.2, "10 /s": 0.1, "Every frame": 0.0}
_MB = 1_000_000


def video_choices() -> VideoChoices:
    """The widgets of the side bar."""
    st.subheader("How to read")
    model = model_choice(key="video_model")
    rate = st.segmented_control(
        "Analyses",
        list(RATES),
        default="10 /s",
        key="video_rate",
        required=True,
        help="How many frames of a second are read. Every frame takes about three times as long as ten.",
    )
    drawn = st.toggle(
        "Annotated video", value=True, key="video_drawn", help="An MP4 with boxes and labels, and with its sound."
    )
    detector, haar = detector_choice("video")
    return VideoChoices(model, detector, haar, RATES[rate], drawn)


def choose_video(desk: VideoDesk, sample: Path) -> None:
    """The upload, and the sample clip while there is no video."""
    limit = settings().max_video_bytes
    st.file_uploader(
        "Video file",
        type=sorted(suffix.removeprefix(".") for suffix in VIDEO_SUFFIXES),
        key="video_upload",
        label_visibility="collapsed",
        max_upload_size=max(1, limit // _MB),
        on_change=lambda: _take_upload(desk, limit),
    )
    if desk.error:
        st.error(desk.error, icon=":material/error:")
    if desk.name is None:
        st.info("Drop a video above, or try the sample clip.", icon=":material/movie:")
        st.button(
            "Try the sample clip",
            on_click=lambda: _take_sample(desk, sample),
            icon=":material/auto_awesome:",
            type="primary",
        )


def _take_upload(desk: VideoDesk, limit: int) -> None:
    upload = st.session_state.video_upload
    if upload is None:
        desk.clear()
    elif upload.size > limit:
        desk.refuse(f"This video has {upload.size / _MB:.0f} MB, more than the {limit / _MB:.0f} MB allowed.")
    else:
        desk.take(upload.name, upload)


def _take_sample(desk: VideoDesk, sample: Path) -> None:
    with sample.open("rb") as file:
        desk.take(sample.name, file)


def describe(info: VideoInfo) -> str:
    """Size, rate and length in words, such as ``640×480, 25 frames per second, 0:08``."""
    width, height = info.size_wh
    words = [f"{width}×{height}", f"{float(info.frame_rate):.4g} frames per second"]
    if info.duration_s:
        words.append(_clock(info.duration_s))
    return ", ".join(words)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def watch_job() -> None:
    """The progress bar and Cancel; the page runs it as a fragment while a job runs."""
    desk = video_desk()
    job = desk.job
    if job is None or job.state != "running":
        st.rerun()
        return
    progress = job.progress
    left = "" if progress.left_s is None else f" · {_clock(progress.left_s)} left"
    st.progress(progress.share, text=f"Reading the video · {progress.share:.0%}{left}")
    st.button("Cancel", on_click=desk.cancel, icon=":material/cancel:", key="video_cancel")


def tell_end(desk: VideoDesk, job: VideoJob | None) -> None:
    """Why there is no result."""
    if desk.full:
        desk.full = False  # said once
        st.warning(
            "As many videos as this server can read at once are being analysed. Please try again in a minute.",
            title="All places are taken",
            icon=":material/hourglass_top:",
        )
    elif job is not None and job.state == "cancelled":
        st.info("The analysis was cancelled and nothing of it is kept.", icon=":material/cancel:")
    elif job is not None and job.state == "failed":
        st.error(job.error or "", icon=":material/error:")


def show_result(job: VideoJob, name: str) -> None:
    """The annotated video beside the shares, the lines, the faces, and what can be taken away."""
    stem = PurePath(name).stem
    if not len(job.faces):
        st.info(
            "No face was found. In the side bar, try fewer neighbours, a smaller smallest face, or a finer "
            "scale factor.",
            icon=":material/search_off:",
        )
    video, shares = st.columns([3, 2], gap="large")
    with video:
        if job.choices.drawn:
            st.video(job.target, alt=f"{name} with a box and a label at every face: {_in_words(job)}")
        else:
            st.info("The annotated video was not asked for; switch it on in the side bar.", icon=":material/movie:")
        _downloads(job, stem)
    with shares:
        st.subheader("Share of time", help="Of the largest face, among the time in which its expression had a label.")
        share_chart(job.timeline, "video")
    lines_chart(job.timeline, "video")
    if len(job.faces):
        _show_faces(job)


def _in_words(job: VideoJob) -> str:
    return ", ".join(f"face {row.face} mostly {row.label}" for row in job.faces.head(4).itertuples()) or "no face"


def _downloads(job: VideoJob, stem: str) -> None:
    with st.container(horizontal=True):
        if job.choices.drawn:
            download(
                "Video (MP4)",
                job.target.read_bytes,
                f"{stem}-expressions.mp4",
                "video/mp4",
                icon=":material/movie:",
                type="primary",
            )
        download(
            "Table (CSV)",
            job.timeline.to_csv,
            f"{stem}-expressions.csv",
            "text/csv",
            icon=":material/table:",
        )
        download(
            "Charts (PNG)",
            lambda: summary_picture(job.timeline, f"Expressions in {stem}"),
            f"{stem}-expressions.png",
            "image/png",
            icon=":material/image:",
        )


def _show_faces(job: VideoJob) -> None:
    st.subheader("Faces")
    part = st.column_config.ProgressColumn
    st.dataframe(
        job.faces.round(2),
        hide_index=True,
        alt="One row for each face: when it was seen and how it read",
        column_config={
            "face": st.column_config.NumberColumn("Face", help="The number in front of its label."),
            "from_s": st.column_config.NumberColumn("First seen, s", format="%.1f"),
            "to_s": st.column_config.NumberColumn("Last seen, s", format="%.1f"),
            "seen": part("Seen", format="percent", min_value=0, max_value=1, help="Of all analyses."),
            "label": st.column_config.TextColumn("Reads mostly as"),
            "label_share": part("How often", format="percent", min_value=0, max_value=1),
            "confidence": part("Confidence", format="percent", min_value=0, max_value=1, help="On average."),
        },
    )

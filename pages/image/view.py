"""How one picture's reading is shown, and what all of them together offer to download."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePath

import streamlit as st

from emotion_core.charts.expressions import probability_bars
from emotion_core.record.reports import faces_table, to_csv, to_json
from emotion_core.results import FrameResult
from pages.image.reading import Picture, Reading
from pages.shared.downloads import download
from pages.shared.plain import plain

SHOWN_FACES = 12  # more bars than this help nobody; the table has all
PER_PAGE = 10  # pictures


def show_readings(readings: list[Reading]) -> None:
    """The errors of all pictures, then the pictures, some at a time."""
    for reading in readings:
        if reading.error:
            st.error(f"**{plain(reading.name)}** — {reading.error}", icon=":material/broken_image:")
    read = [reading for reading in readings if not reading.error]
    pages = -(-len(read) // PER_PAGE)
    page = st.pagination(pages, key=f"image_page_of_{pages}") if pages > 1 else 1
    for number, reading in enumerate(read[(page - 1) * PER_PAGE : page * PER_PAGE]):
        _show_reading(reading, f"image-{page}-{number}")


def _show_reading(reading: Reading, key: str) -> None:
    """The annotated picture beside its faces' bars; without a face, what to try."""
    if reading.preview_jpeg is None or reading.result is None:
        return
    picture, bars = st.columns([3, 2], gap="large")
    with picture:
        description = describe(reading.name, reading.result)
        st.image(reading.preview_jpeg, caption=plain(reading.name), width="stretch", alt=description)
        stem = PurePath(reading.name).stem
        download(
            "Annotated PNG",
            reading.annotated_png,
            f"{stem}-expressions.png",
            "image/png",
            key=f"{key}-png",
        )
    with bars:
        _show_faces(reading.result, key, reading.picture)


def _show_faces(result: FrameResult, key: str, picture: Picture) -> None:
    faces = result.faces
    if not len(faces):
        st.info(
            "No face was found. In the side bar, try fewer neighbours, a smaller smallest face, or a finer scale "
            "factor. If the picture is a cut-out face, take all of it as one.",
            icon=":material/search_off:",
        )
        if st.button("Take the whole picture as one face", key=f"{key}-whole", icon=":material/crop_free:"):
            st.session_state.setdefault("image_whole_keys", set()).add(picture.key)
            st.rerun()
        return
    for i in range(min(len(faces), SHOWN_FACES)):
        st.markdown(f"**Face {i + 1}** reads as **{faces.label_names[i]}**, {faces.confidences[i]:.0%}")
        st.plotly_chart(
            probability_bars(faces.probabilities[i]),
            width="stretch",
            key=f"{key}-bars-{i}",
            config={"displayModeBar": False},
        )
    if len(faces) > SHOWN_FACES:
        st.caption(f"… and {len(faces) - SHOWN_FACES} more faces in the table below.")


def describe(name: str, result: FrameResult) -> str:
    """The picture in words, for those who cannot see it."""
    labels = result.faces.label_names
    return f"{name}: {count(len(labels), 'face')}" + (f", reading as {', '.join(labels)}" if labels else "")


def count(number: int, noun: str) -> str:
    """Such as 1 face, 2 faces."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def show_table(readings: list[Reading]) -> None:
    """All faces of all pictures in one table, with downloads."""
    named = [(reading.name, reading.result) for reading in readings if reading.result is not None]
    if not named:
        return
    table = faces_table(named)
    st.subheader("All faces")
    st.caption(f"{count(len(table), 'face')} in {count(len(named), 'picture')}")
    st.dataframe(
        table.drop(columns=["time_s", "track_id"]),
        hide_index=True,
        width="stretch",
        column_config={"confidence": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)},
    )
    with st.container(horizontal=True):
        download("CSV", to_csv(named), "expressions.csv", "text/csv", icon=":material/table:")
        download(
            "JSON",
            to_json(named),
            "expressions.json",
            "application/json",
            icon=":material/data_object:",
        )
        if len(named) > 1:
            download(
                "All annotated pictures (ZIP)",
                lambda: _zip(readings),
                "expressions.zip",
                "application/zip",
                icon=":material/folder_zip:",
            )


def _zip(readings: list[Reading]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, reading in enumerate(readings, 1):
            if reading.result is not None:
                archive.writestr(f"{number:03d}-{PurePath(reading.name).stem}.png", reading.annotated_png())
    return buffer.getvalue()

"""The results on the image page: each picture with its faces, and a table over all pictures with its downloads."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePath

import numpy as np
import streamlit as st

from emotion_core.charts.expressions import probability_bars
from emotion_core.emotions import EMOTIONS, VOTES
from emotion_core.models.explain import picture_row
from emotion_core.record.origin import Origin
from emotion_core.record.reports import faces_table, to_csv, to_json
from emotion_core.results import FrameResult
from emotion_core.wording import counted, long_reading
from pages.image.reading import Picture, Reading
from pages.shared.downloads import download
from pages.shared.explanations import LOOKED_AT, explanation
from pages.shared.markdown import escape_markdown
from pages.shared.resources import registry

SHOWN_FACES = 12  # in a picture; beyond that, the charts are too many to read, and the table has all faces
PER_PAGE = 10  # pictures


def show_readings(readings: list[Reading]) -> None:
    """Show the errors of all pictures, then the pictures themselves, `PER_PAGE` at a time."""
    for reading in readings:
        if reading.error:
            st.error(f"**{escape_markdown(reading.name)}** — {reading.error}", icon=":material/broken_image:")
    read = [reading for reading in readings if not reading.error]
    pages = -(-len(read) // PER_PAGE)
    page = st.pagination(pages, key=f"image_page_of_{pages}") if pages > 1 else 1
    for number, reading in enumerate(read[(page - 1) * PER_PAGE : page * PER_PAGE]):
        _show_reading(reading, f"image-{page}-{number}")
    if any(reading.result is not None and reading.result.learned_from == VOTES for reading in read):
        st.caption(
            "How many people would say so is an estimate: the model learned from ten people's votes on each of 27,000 "
            "pictures. Nobody was asked about yours."
        )


def _show_reading(reading: Reading, key: str) -> None:
    if reading.preview_jpeg is None or reading.result is None:
        return
    picture, bars = st.columns([3, 2], gap="large")
    with picture:
        description = describe(reading.name, reading.result)
        st.image(reading.preview_jpeg, caption=escape_markdown(reading.name), width="stretch", alt=description)
        download(
            "Annotated PNG",
            reading.annotated_png,
            Origin.of([reading.result]).file_name(PurePath(reading.name).stem, ".png"),
            "image/png",
            key=f"{key}-png",
        )
    with bars:
        _show_faces(reading.result, key, reading.picture)


def _show_faces(result: FrameResult, key: str, picture: Picture) -> None:
    faces = result.faces
    if not len(faces):
        st.info(
            "No face was found. In *Settings*, under *Face detector*, lower *Certainty*, *Smallest face* or *Scale "
            "factor*. If the picture shows nothing but a face, read all of it as one.",
            icon=":material/search_off:",
        )
        if st.button("Read the whole picture as one face", key=f"{key}-whole", icon=":material/crop_free:"):
            st.session_state.setdefault("image_whole_keys", set()).add(picture.key)
            st.rerun()
        return
    shown = min(len(faces), SHOWN_FACES)
    maps = _heat_maps(picture, result, shown, key)
    for i in range(shown):
        words = long_reading(faces.probabilities[i], faces.labels[i], result.learned_from, mark="**")
        st.markdown(f"**Face {i + 1}** {'·' if result.learned_from == VOTES else 'reads as'} {words}")
        if maps:
            st.image(maps[i], width=220, output_format="PNG", alt=f"Face {i + 1}, and where the model looked")
        st.plotly_chart(
            probability_bars(faces.probabilities[i]),
            width="stretch",
            key=f"{key}-bars-{i}",
            config={"displayModeBar": False},
            alt=f"Bars, face {i + 1}: "
            + ", ".join(f"{name.value} {p:.0%}" for name, p in zip(EMOTIONS, faces.probabilities[i], strict=True)),
        )
    if len(faces) > SHOWN_FACES:
        st.caption(f"… and {len(faces) - SHOWN_FACES} more faces in the table below.")


def _heat_maps(picture: Picture, result: FrameResult, count: int, key: str) -> list[np.ndarray]:
    """Return the first faces with their heat maps, ``(h, w, 3)`` uint8 each, once the visitor asked why."""
    if not st.toggle(
        "Why?",
        key=f"{key}-why",
        help="Grad-CAM. Bright: what speaks for the expression that was read. Takes some seconds, in a process of its "
        "own.",
    ):
        return []
    entry = registry().entry(result.model)
    crops = picture.crops(result, count, entry.card.crop_margin if entry.card else 0.0)
    found = explanation(entry, crops, result.faces.probabilities[:count].argmax(axis=1))
    if found is None:
        return []
    looked_at = found.looked_at if found.looked_at is not None else [None] * count
    if found.looked_at is not None:
        st.caption(LOOKED_AT)
    return [picture_row(*row) for row in zip(crops, found.heat, looked_at, strict=True)]


def describe(name: str, result: FrameResult) -> str:
    """Describe the picture for visitors who cannot see it."""
    labels = result.faces.label_names
    return f"{name}: {counted(len(labels), 'face')}" + (f", reading as {', '.join(labels)}" if labels else "")


def show_table(readings: list[Reading]) -> None:
    """Show all faces of all pictures in one table, with its downloads."""
    named = [(reading.name, reading.result) for reading in readings if reading.result is not None]
    if not named:
        return
    table, origin = faces_table(named), Origin.of(result for _, result in named)
    st.subheader("All faces")
    st.caption(f"{counted(len(table), 'face')} in {counted(len(named), 'picture')}")
    st.dataframe(
        table.drop(columns=["time_s", "track_id", "model", "detector", "date"]),
        hide_index=True,
        width="stretch",
        column_config={"confidence": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)},
    )
    with st.container(horizontal=True):
        download("CSV", to_csv(named), origin.file_name("expressions", ".csv"), "text/csv", icon=":material/table:")
        download(
            "JSON",
            to_json(named),
            origin.file_name("expressions", ".json"),
            "application/json",
            icon=":material/data_object:",
        )
        if len(named) > 1:
            download(
                "All annotated pictures (ZIP)",
                lambda: _zip(readings),
                origin.file_name("expressions", ".zip"),
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

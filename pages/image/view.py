"""The results on the image page: each picture with its faces, and a table over all pictures with its downloads."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePath

import numpy as np
import streamlit as st

from emotion_core.charts.expressions import probability_bars
from emotion_core.emotions import EMOTIONS, VOTES
from emotion_core.language import gettext as _
from emotion_core.language import ngettext
from emotion_core.models.explain import picture_row
from emotion_core.record.origin import Origin
from emotion_core.record.reports import faces_table, to_csv, to_json
from emotion_core.results import FrameResult
from emotion_core.wording import long_reading
from pages.image.reading import Picture, Reading
from pages.shared.downloads import download, what_they_hold
from pages.shared.explanations import LOOKED_AT, explanation
from pages.shared.markdown import escape_markdown
from pages.shared.resources import registry
from pages.shared.tables import in_words

SHOWN_FACES = 12  # in a picture; beyond that, the charts are too many to read, and the table has all faces
PER_PAGE = 10  # pictures


def show_readings(readings: list[Reading], key: str = "image") -> None:
    """Show the errors of all pictures, then the pictures themselves, `PER_PAGE` at a time.

    Args:
        key: prefix of the elements' keys.
    """
    for reading in readings:
        if reading.error:
            st.error(f"**{escape_markdown(reading.name)}** — {reading.error}", icon=":material/broken_image:")
    read = [reading for reading in readings if not reading.error]
    pages = -(-len(read) // PER_PAGE)
    page = st.pagination(pages, key=f"{key}_page_of_{pages}") if pages > 1 else 1
    for number, reading in enumerate(read[(page - 1) * PER_PAGE : page * PER_PAGE]):
        _show_reading(reading, f"{key}-{page}-{number}")
    if any(reading.result is not None and reading.result.learned_from == VOTES for reading in read):
        st.caption(
            _(
                "How many people would say so is an estimate: the model learned from ten people's votes on each "
                "of 27,000 pictures. Nobody was asked about yours."
            )
        )


def _show_reading(reading: Reading, key: str) -> None:
    if reading.preview_jpeg is None or reading.result is None:
        return
    picture, bars = st.columns([3, 2], gap="large")
    with picture:
        description = describe(reading.name, reading.result)
        st.image(reading.preview_jpeg, caption=escape_markdown(reading.name), width="stretch", alt=description)
        download(
            _("Annotated PNG"),
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
            _(
                "No face was found. In *Settings*, under *Face detector*, lower *Certainty*, *Smallest face* or "
                "*Scale factor*. If the picture shows nothing but a face, read all of it as one."
            ),
            icon=":material/search_off:",
        )
        if st.button(_("Read the whole picture as one face"), key=f"{key}-whole", icon=":material/crop_free:"):
            st.session_state.setdefault("image_whole_keys", set()).add(picture.key)
            st.rerun()
        return
    shown = min(len(faces), SHOWN_FACES)
    maps = _heat_maps(picture, result, shown, key)
    for i in range(shown):
        words = long_reading(faces.probabilities[i], faces.labels[i], result.learned_from, mark="**")
        said = (
            _("**Face {number}** · {words}", number=i + 1, words=words)
            if result.learned_from == VOTES
            else _("**Face {number}** reads as {words}", number=i + 1, words=words)
        )
        st.markdown(said)
        if maps:
            st.image(
                maps[i], width=220, output_format="PNG", alt=_("Face {index}, and where the model looked", index=i + 1)
            )
        st.plotly_chart(
            probability_bars(faces.probabilities[i]),
            width="stretch",
            key=f"{key}-bars-{i}",
            config={"displayModeBar": False},
            alt=_("Bars, face {number}: {shares}", number=i + 1, shares=_shares(faces.probabilities[i])),
        )
    if len(faces) > SHOWN_FACES:
        st.caption(_("… and {count} more faces in the table below.", count=len(faces) - SHOWN_FACES))


def _shares(probabilities: np.ndarray) -> str:
    return ", ".join(f"{name.word} {share:.0%}" for name, share in zip(EMOTIONS, probabilities, strict=True))


def _heat_maps(picture: Picture, result: FrameResult, count: int, key: str) -> list[np.ndarray]:
    """Return the first faces with their heat maps, ``(h, w, 3)`` uint8 each, once the visitor asked why."""
    if not st.toggle(
        _("Why?"),
        key=f"{key}-why",
        help=_(
            "Grad-CAM: bright areas speak for the expression that was read. It takes a few seconds, in a "
            "separate process."
        ),
    ):
        return []
    entry = registry().entry(result.model)
    crops = picture.crops(result, count, entry.card.crop_margin if entry.card else 0.0)
    found = explanation(entry, crops, result.faces.probabilities[:count].argmax(axis=1))
    if found is None:
        return []
    looked_at = found.looked_at if found.looked_at is not None else [None] * count
    if found.looked_at is not None:
        st.caption(_(LOOKED_AT))
    return [picture_row(*row) for row in zip(crops, found.heat, looked_at, strict=True)]


def describe(name: str, result: FrameResult) -> str:
    """Describe the picture for visitors who cannot see it."""
    labels = [_(label) for label in result.faces.label_names]
    if not labels:
        return _("{name}: no face", name=name)
    return ngettext(
        "{name}: {number:,} face, reading as {labels}",
        "{name}: {number:,} faces, reading as {labels}",
        len(labels),
        name=name,
        labels=", ".join(labels),
    )


def show_table(readings: list[Reading]) -> None:
    """Show all faces of all pictures in one table, with its downloads."""
    named = [(reading.name, reading.result) for reading in readings if reading.result is not None]
    if not named:
        return
    table, origin = faces_table(named), Origin.of(result for _, result in named)
    st.subheader(_("All faces"))
    faces = ngettext("{number:,} face", "{number:,} faces", len(table))
    pictures = ngettext("{number:,} picture", "{number:,} pictures", len(named))
    st.caption(_("{faces} in {pictures}", faces=faces, pictures=pictures))
    st.dataframe(
        in_words(table.drop(columns=["time_s", "track_id", "model", "detector", "date"]), "label"),
        hide_index=True,
        width="stretch",
        column_config={_("confidence"): st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)},
    )
    with st.container(horizontal=True):
        download(_("CSV"), to_csv(named), origin.file_name("expressions", ".csv"), "text/csv", icon=":material/table:")
        download(
            _("JSON"),
            to_json(named),
            origin.file_name("expressions", ".json"),
            "application/json",
            icon=":material/data_object:",
        )
        if len(named) > 1:
            download(
                _("All annotated pictures (ZIP)"),
                lambda: _zip(readings),
                origin.file_name("expressions", ".zip"),
                "application/zip",
                icon=":material/folder_zip:",
            )
        what_they_hold("image_files")


def _zip(readings: list[Reading]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, reading in enumerate(readings, 1):
            if reading.result is not None:
                archive.writestr(f"{number:03d}-{PurePath(reading.name).stem}.png", reading.annotated_png())
    return buffer.getvalue()

"""The contents of a data set: images per class and split, and the images themselves to browse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from emotion_core.charts.style import styled
from emotion_core.data.audit import AuditReport
from emotion_core.data.dataset import Dataset, LabeledFaces
from emotion_core.emotions import COLORS, EMOTIONS, Emotion
from emotion_core.language import gettext as _
from emotion_core.language import ngettext

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

PER_PAGE = 60
THUMBNAIL = 72  # pixels


def show_counts(dataset: Dataset) -> None:
    """Show how many images each split and each expression has, and which classes and files are missing."""
    with st.container(horizontal=True):
        st.metric(_("Images"), f"{len(dataset):,}")
        for split, faces in dataset.splits.items():
            st.metric(split.capitalize(), f"{len(faces):,}")
        st.metric(
            _("Left out"), f"{len(dataset.problems):,}", help=_("Files or rows that could not be used; see below.")
        )
    for column, (split, faces) in zip(st.columns(len(dataset.splits)), dataset.splits.items(), strict=True):
        counts = np.bincount(faces.labels, minlength=len(EMOTIONS))
        column.caption(_("{capitalize}, images of each expression", capitalize=split.capitalize()))
        column.plotly_chart(
            counts_chart(counts),
            width="stretch",
            key=f"dataset_{split}",
            config={"displayModeBar": False},
            alt=_(
                "Bars, images of {split}: {counts}",
                split=split,
                counts=", ".join(f"{name.word} {count:,}" for name, count in zip(EMOTIONS, counts, strict=True)),
            ),
        )
    for split in dataset.splits:
        if missing := dataset.missing_classes(split):
            st.warning(
                _(
                    "{capitalize} has no image of {missing}. A model can neither learn nor be measured on expressions "
                    "that it is not shown.",
                    capitalize=split.capitalize(),
                    missing=", ".join(missing),
                ),
                icon=":material/warning:",
            )
    if dataset.problems:
        with st.expander(
            ngettext(
                "{number:,} file or row could not be used",
                "{number:,} files or rows could not be used",
                len(dataset.problems),
            ),
            icon=":material/broken_image:",
        ):
            rows = [{_("name"): p.name, _("split"): p.split, _("reason"): str(p.reason)} for p in dataset.problems]
            st.dataframe(rows, hide_index=True, width="stretch", alt=_("What could not be used, and why"))


def counts_chart(counts: np.ndarray, height: int = 250) -> Figure:
    """Draw the images of each expression as horizontal bars, on a transparent background.

    Args:
        counts: ``(7,)`` int, in `Emotion` order.
        height: pixels.
    """
    import plotly.graph_objects as go

    bars = go.Bar(
        x=counts,
        y=[emotion.word for emotion in EMOTIONS],
        orientation="h",
        marker={"color": [COLORS[emotion] for emotion in EMOTIONS], "cornerradius": 4},
        text=[f"{count:,}" for count in counts],
        textposition="outside",
        cliponaxis=False,
        hovertemplate=_("%{y}: %{x:,} images") + "<extra></extra>",
    )
    figure = styled(go.Figure(bars), height)
    figure.update_xaxes(range=[0, max(1, int(counts.max())) * 1.2], visible=False)  # 1.2: room for the numbers
    return figure.update_yaxes(autorange="reversed", showgrid=False)


@st.fragment
def browse(dataset: Dataset, report: AuditReport | None) -> None:
    """Show the images of one split, filtered by expression and, after an audit, by flag."""
    st.subheader(_("Samples"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = st.segmented_control(
            _("Split"), list(dataset.splits), default=next(iter(dataset.splits)), required=True
        )
        emotion = st.selectbox(_("Expression"), ["all", *EMOTIONS], format_func=_, width=180)
        flag = (
            st.selectbox(_("Flag"), ["any", *report.flags], format_func=_, width=180, help=_("Findings of the audit."))
            if report
            else "any"
        )
    faces = dataset.splits[split or next(iter(dataset.splits))]
    rows = _matching(faces, emotion, None if report is None or flag == "any" else report.flagged(split or "", [flag]))
    if not len(rows):
        st.info(_("No image matches this choice."), icon=":material/search_off:")
        return
    pages = -(-len(rows) // PER_PAGE)
    page = st.pagination(pages, key=f"dataset_page_{split}_{emotion}_{flag}") if pages > 1 else 1
    shown = rows[(page - 1) * PER_PAGE : page * PER_PAGE]
    st.caption(ngettext("{number:,} image", "{number:,} images", len(rows)))
    _grid(faces.select(shown))


def _matching(faces: LabeledFaces, emotion: str, names: tuple[str, ...] | None) -> np.ndarray:
    """Return the rows of the chosen images.

    Files are sorted by class, so a page of all classes would show a single one: their order is shuffled, always alike.
    """
    keep = np.ones(len(faces), bool) if emotion == "all" else faces.labels == Emotion(emotion).column
    if names is not None:
        wanted = set(names)
        keep &= np.array([name in wanted for name in faces.names], bool)
    rows = np.flatnonzero(keep)
    return np.random.default_rng(0).permutation(rows) if emotion == "all" else rows


def _grid(faces: LabeledFaces) -> None:
    labels = [EMOTIONS[label].word for label in faces.labels]
    st.image(
        list(faces.images),
        caption=labels,
        width=THUMBNAIL,
        output_format="PNG",
        alt=[
            _("{name}, labeled {label}", name=name, label=label)
            for name, label in zip(faces.names, labels, strict=True)
        ],
    )

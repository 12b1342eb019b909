"""What a data set holds: counts per class and split, and its images to browse."""

from __future__ import annotations

import numpy as np
import streamlit as st

from emotion_core.data.audit import FLAGS, AuditReport
from emotion_core.data.dataset import Dataset, LabelledFaces
from emotion_core.emotions import EMOTIONS, Emotion
from emotion_core.errors import DataError
from pages.shared.dataset_chart import class_counts_chart
from pages.shared.dataset_source import Source, dataset_cache

PER_PAGE = 60
THUMBNAIL = 72  # pixels


def read_or_stop(source: Source) -> Dataset:
    """The data set, read with a progress bar; if it cannot be, the reason stands on the page, which ends there."""
    bar = st.progress(0.0, text="Reading the images")
    try:
        return dataset_cache().get(source, lambda share: bar.progress(share, text="Reading the images"))
    except DataError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()
    finally:
        bar.empty()


def show_counts(dataset: Dataset) -> None:
    """Figures, a chart, and what is missing."""
    with st.container(horizontal=True):
        st.metric("Images", f"{len(dataset):,}")
        for split, faces in dataset.splits.items():
            st.metric(split.capitalize(), f"{len(faces):,}")
        st.metric("Left out", f"{len(dataset.problems):,}", help="Files or rows that could not be used, listed below.")
    for column, (split, faces) in zip(st.columns(len(dataset.splits)), dataset.splits.items(), strict=True):
        counts = np.bincount(faces.labels, minlength=len(EMOTIONS))
        column.caption(f"{split.capitalize()}, images of each expression")
        column.plotly_chart(
            class_counts_chart(counts), width="stretch", key=f"dataset_{split}", config={"displayModeBar": False}
        )
    for split in dataset.splits:
        if missing := dataset.missing_classes(split):
            st.warning(
                f"{split.capitalize()} has no image of {', '.join(missing)}. A model cannot learn, or be measured on, "
                "what it is not shown.",
                icon=":material/warning:",
            )
    if dataset.problems:
        with st.expander(f"{len(dataset.problems):,} files or rows could not be used", icon=":material/broken_image:"):
            rows = [{"name": p.name, "split": p.split, "reason": p.reason} for p in dataset.problems]
            st.dataframe(rows, hide_index=True, width="stretch", alt="What could not be used, and why")


@st.fragment
def browse(dataset: Dataset, report: AuditReport | None) -> None:
    """A grid of images by split, class and, after an audit, flag."""
    st.subheader("Samples")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = st.segmented_control("Split", list(dataset.splits), default=next(iter(dataset.splits)), required=True)
        emotion = st.selectbox("Expression", ["all", *EMOTIONS], width=180)
        flag = st.selectbox("Flag", ["any", *FLAGS], width=180, help="What the audit found.") if report else "any"
    faces = dataset.splits[split or next(iter(dataset.splits))]
    rows = _matching(faces, emotion, None if report is None or flag == "any" else report.flagged(split or "", [flag]))
    if not len(rows):
        st.info("No image matches this choice.", icon=":material/search_off:")
        return
    pages = -(-len(rows) // PER_PAGE)
    page = st.pagination(pages, key=f"dataset_page_{split}_{emotion}_{flag}") if pages > 1 else 1
    shown = rows[(page - 1) * PER_PAGE : page * PER_PAGE]
    st.caption(f"{len(rows):,} images")
    _grid(faces.select(shown))


def _matching(faces: LabelledFaces, emotion: str, names: tuple[str, ...] | None) -> np.ndarray:
    """Rows of the images chosen; where all classes are, in an order that mixes them and stays the same."""
    keep = np.ones(len(faces), bool) if emotion == "all" else faces.labels == Emotion(emotion).column
    if names is not None:
        wanted = set(names)
        keep &= np.array([name in wanted for name in faces.names], bool)
    rows = np.flatnonzero(keep)
    return np.random.default_rng(0).permutation(rows) if emotion == "all" else rows


def _grid(faces: LabelledFaces) -> None:
    labels = [EMOTIONS[label].value for label in faces.labels]
    st.image(
        list(faces.images),
        caption=labels,
        width=THUMBNAIL,
        output_format="PNG",
        alt=[f"{name}, labelled {label}" for name, label in zip(faces.names, labels, strict=True)],
    )

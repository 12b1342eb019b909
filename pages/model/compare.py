"""Compare two models on the same faces: how often they agree, and where they differ."""

from __future__ import annotations

import numpy as np
import streamlit as st

from emotion_core.data.near import unlike
from emotion_core.emotions import EMOTIONS
from emotion_core.language import gettext as _
from emotion_core.measure.accuracy import disagreements
from emotion_core.models.registry import ModelEntry
from pages.model.data import Choice, Reading, data_form, known_reading, read
from pages.model.figures import in_words, percent
from pages.model.mistakes import said_by_people, show_faces
from pages.shared.weights import ensure_weights

SHOWN = 16


@st.fragment
def compare(entries: list[ModelEntry]) -> None:
    """Show a choice of two models and a data set, and how the models differ on it."""
    if len(entries) < 2:
        st.info(_("This needs two usable models. Train or install another one."), icon=":material/info:")
        return
    names = {entry.name: entry for entry in entries}
    left, right = st.columns(2)
    first = names[left.selectbox(_("First model"), names, 0, lambda name: names[name].title, key="compare_first")]
    second = names[right.selectbox(_("Second model"), names, 1, lambda name: names[name].title, key="compare_second")]
    if first.name == second.name:
        st.info(_("Choose two different models."), icon=":material/info:")
        return
    if not all(ensure_weights(entry.name, "compare") for entry in (first, second)):
        return
    choice = data_form("compare", _("Compare"))
    if choice is not None:
        st.session_state["compare_choice"] = choice if read(first, choice) and read(second, choice) else None
    shown: Choice | None = st.session_state.get("compare_choice")
    readings = known_reading(first, shown), known_reading(second, shown)
    if shown and readings[0] and readings[1]:
        _show(shown, (first.title, second.title), readings[0], readings[1])


def _show(choice: Choice, titles: tuple[str, str], first: Reading, second: Reading) -> None:
    labels = first.data.labels
    read_as = [reading.probabilities.argmax(axis=1) for reading in (first, second)]
    right = [read == labels for read in read_as]
    st.caption(_("On {title}, {count:,} faces", title=in_words(choice.title), count=len(labels)))
    with st.container(horizontal=True):
        for title, hits in zip(titles, right, strict=True):
            st.metric(_("Accuracy of {title}", title=title), percent(float(hits.mean())))
        st.metric(
            _("Agreement"),
            percent(float((read_as[0] == read_as[1]).mean())),
            help=_("Share of the faces that are read with the same label."),
        )
        st.metric(_("Both right"), percent(float((right[0] & right[1]).mean())))
        st.metric(_("Only one right"), percent(float((right[0] ^ right[1]).mean())))
    rows = disagreements(first.probabilities, second.probabilities)[: 4 * SHOWN]
    rows = unlike(first.data.images, rows, SHOWN)
    if not len(rows):
        st.success(_("They read every face alike."), icon=":material/check_circle:")
        return
    st.markdown(_("**Where they differ**, the most confident first"))
    captions = [_caption(titles, (first, second), row) for row in rows]
    show_faces(first.data.images[rows], captions, width=150)


def _caption(titles: tuple[str, str], readings: tuple[Reading, Reading], row: np.int64) -> str:
    """Return such as ``True disgust · Flagship disgust ✓ · Article CNN angry ✗``, and what people say."""
    true = EMOTIONS[int(readings[0].data.labels[row])]
    parts = [_("True {label}", label=true.word)]
    for title, reading in zip(titles, readings, strict=True):
        best = EMOTIONS[int(reading.probabilities[row].argmax())]
        parts.append(f"{title} {best.word} {'✓' if best == true else '✗'}")
    return " · ".join(parts) + said_by_people(readings[0], int(row))

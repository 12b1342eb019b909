"""Compare two models on the same faces: how often they agree, and where they differ."""

from __future__ import annotations

import numpy as np
import streamlit as st

from emotion_core.emotions import EMOTIONS
from emotion_core.measure.accuracy import disagreements
from emotion_core.models.registry import ModelEntry
from pages.model.data import Choice, Reading, data_form, known_reading, read
from pages.model.figures import percent
from pages.model.mistakes import said_by_people, show_faces

SHOWN = 16


@st.fragment
def compare(entries: list[ModelEntry]) -> None:
    """Show a choice of two models and a data set, and how the models differ on it."""
    if len(entries) < 2:
        st.info("Two models that can be used are needed here. Train or install another one.", icon=":material/info:")
        return
    names = {entry.name: entry for entry in entries}
    left, right = st.columns(2)
    first = names[left.selectbox("First model", names, 0, lambda name: names[name].title, key="compare_first")]
    second = names[right.selectbox("Second model", names, 1, lambda name: names[name].title, key="compare_second")]
    if first.name == second.name:
        st.info("Choose two different models.", icon=":material/info:")
        return
    choice = data_form("compare", "Compare")
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
    st.caption(f"On {choice.title}, {len(labels):,} faces")
    with st.container(horizontal=True):
        for title, hits in zip(titles, right, strict=True):
            st.metric(f"Accuracy of {title}", percent(float(hits.mean())))
        st.metric("Agreement", percent(float((read_as[0] == read_as[1]).mean())), help="Read with the same label.")
        st.metric("Both right", percent(float((right[0] & right[1]).mean())))
        st.metric("One of them right", percent(float((right[0] ^ right[1]).mean())))
    rows = disagreements(first.probabilities, second.probabilities)[:SHOWN]
    if not len(rows):
        st.success("They read every face alike.", icon=":material/check_circle:")
        return
    st.markdown(f"**Where they differ**, the most confident first. True label; A: {titles[0]}; B: {titles[1]}")
    show_faces(first.data.images[rows], [_caption(first, second, row) for row in rows], width=150)


def _caption(first: Reading, second: Reading, row: np.int64) -> str:
    best = [EMOTIONS[int(reading.probabilities[row].argmax())] for reading in (first, second)]
    text = f"{EMOTIONS[int(first.data.labels[row])]}; A: {best[0]}; B: {best[1]}"
    return text + said_by_people(first, int(row))

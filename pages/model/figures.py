"""The figures of a model, as numbers, charts and tables."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from emotion_core.charts.models import confusion_chart, per_class_chart, reliability_chart
from emotion_core.measure.accuracy import Evaluation, card_evaluations
from emotion_core.models.registry import ModelEntry

MIRROR = ", with its mirror image"
_FIRST = ("PublicTest", "test")  # titles of measurements, most comparable first
_MEASURES = ("precision", "recall", "f1")
_NO_BAR = {"displayModeBar": False}
_TEXT = {"light": "#16242C", "dark": "#E6EDF1"}  # the same colors as textColor in .streamlit/config.toml


def on_card(entry: ModelEntry) -> dict[str, Evaluation]:
    """Return every measurement on the model's card by its title, FER-2013's PublicTest first."""
    found = card_evaluations(entry.card) if entry.card else {}
    order = [title for first in _FIRST for title in (first, first + MIRROR)]
    return {title: found[title] for title in [*(t for t in order if t in found), *(t for t in found if t not in order)]}


def single_and_mirrored(entry: ModelEntry) -> tuple[str, Evaluation | None, Evaluation | None]:
    """Return what the leaderboard shows: the data's name, the single view, and the average with the mirror image."""
    found = on_card(entry)
    title = next((title for title in found if not title.endswith(MIRROR)), "")
    return title, found.get(title), found.get(title + MIRROR)


def show_figures(title: str, figures: Evaluation, key: str) -> None:
    """Show numbers and charts of one measurement."""
    with st.container(horizontal=True):
        st.metric("Accuracy", percent(figures.accuracy), help="Share of the faces that were read right.")
        st.metric("Macro-F1", percent(figures.macro_f1), help="Mean of the F1 scores: each expression counts the same.")
        st.metric(
            "Calibration error",
            percent(figures.ece),
            help="How far confidence is from the share read right, on average.",
        )
        st.metric("Faces", f"{figures.images:,}" if figures.images else "–", help=f"Measured on {title}.")
    if figures.chosen_on_it:
        st.caption("The best epoch was chosen on these same images, so the figures flatter the model a little.")
    left, right = st.columns(2, gap="medium")
    with left:
        _confusion_part(figures, key)
        _reliability_part(figures, key)
    with right:
        _per_class_part(figures, key)


def _confusion_part(figures: Evaluation, key: str) -> None:
    if figures.confusion is None:
        return
    st.markdown("**Confusion matrix**, % of each true expression")
    chart = confusion_chart(figures.confusion, text_color=_TEXT.get(st.context.theme.type or "", _TEXT["light"]))
    st.plotly_chart(chart, width="stretch", key=f"{key}_confusion", config=_NO_BAR)


def _per_class_part(figures: Evaluation, key: str) -> None:
    if figures.per_class is None:
        return
    st.markdown("**Each expression**")
    st.plotly_chart(per_class_chart(figures.per_class), width="stretch", key=f"{key}_per_class", config=_NO_BAR)
    table = pd.DataFrame(figures.per_class).T.rename_axis("expression").reset_index()
    columns = {name: st.column_config.NumberColumn(format="percent") for name in _MEASURES}
    columns["f1"] = st.column_config.NumberColumn("F1", format="percent")
    columns["support"] = st.column_config.NumberColumn("faces", format="%d")
    st.dataframe(table, width="stretch", hide_index=True, column_config=columns, alt="Figures of each expression")


def _reliability_part(figures: Evaluation, key: str) -> None:
    st.markdown("**Reliability**: is it right as often as it is sure?")
    if figures.reliability is None:
        st.caption("The card has no reliability diagram. Measure the model on a data set to see it.")
        return
    st.plotly_chart(
        reliability_chart(figures.reliability, 340), width="stretch", key=f"{key}_reliability", config=_NO_BAR
    )
    st.caption("On the dashed line, confidence is the share read right; below it, the model is too sure of itself.")


def percent(value: float | None) -> str:
    """Format a share; None becomes a dash."""
    return "–" if value is None else f"{value:.1%}"

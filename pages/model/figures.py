"""The figures of a model, as numbers, charts and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import pandas as pd
import streamlit as st

from emotion_core.charts.models import confusion_chart, per_class_chart, reliability_chart
from emotion_core.emotions import LABELS, VOTES
from emotion_core.measure.accuracy import Bin, Evaluation, card_evaluations
from emotion_core.measure.votes import VoteEvaluation, card_vote_evaluations
from emotion_core.models.registry import ModelEntry
from pages.shared.theme import text_color

MIRROR = ", with its mirror image"
_FIRST = ("PublicTest", "test")  # titles of measurements, most comparable first
_MEASURES = ("precision", "recall", "f1")
_NO_BAR = {"displayModeBar": False}
AGAINST = {VOTES: "people's votes", LABELS: "original labels"}


Figures = TypeVar("Figures", Evaluation, VoteEvaluation)


def on_card(entry: ModelEntry) -> dict[str, Evaluation]:
    """Return every measurement on the model's card by its title, FER-2013's PublicTest first."""
    return _in_order(card_evaluations(entry.card)) if entry.card else {}


def votes_on_card(entry: ModelEntry) -> dict[str, VoteEvaluation]:
    """Return every measurement against people's votes on the model's card, in the same order."""
    return _in_order(card_vote_evaluations(entry.card)) if entry.card else {}


def _in_order(found: dict[str, Figures]) -> dict[str, Figures]:
    order: list[str] = [title for first in _FIRST for title in (first, first + MIRROR) if title in found]
    return {title: found[title] for title in dict.fromkeys([*order, *found])}


def single_and_mirrored(found: dict[str, Figures]) -> tuple[str, Figures | None, Figures | None]:
    """Return what the leaderboard shows: the data's name, the single view, and the average with the mirror image."""
    title = next((title for title in found if not title.endswith(MIRROR)), "")
    return title, found.get(title), found.get(title + MIRROR)


def learned_from(entry: ModelEntry) -> str:
    """Return what the model learned from, `LABELS` or `VOTES`."""
    return entry.card.learned_from if entry.card else LABELS


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
    _charts(figures, figures.reliability, key)


def show_vote_figures(title: str, figures: VoteEvaluation, key: str) -> None:
    """Show numbers and charts of one measurement against people's votes."""
    majority = figures.majority
    faces = f"{majority.images:,}" if majority.images else "–"
    with st.container(horizontal=True):
        st.metric(
            "Accuracy",
            percent(majority.accuracy),
            help=f"On the {faces} faces of {title} on which more than half of the votes agree.",
        )
        st.metric("One person", percent(figures.human_accuracy), help="How often one vote is that of most others.")
        st.metric(
            "Distance", _number(figures.distance), help="Mean total variation between the reading and the votes, 0–1."
        )
        st.metric(
            "Share calibration error",
            percent(figures.share_error),
            help="How far the largest share that the model states is from the votes' share for it, on average.",
        )
        st.metric(
            "FER+ protocol",
            percent(figures.fer_plus_accuracy),
            help="As the literature on FER+ counts: eight classes, contempt among them, which these models read wrong.",
        )
        st.metric("Faces with a majority", faces)
    _charts(majority, figures.reliability, key, of_votes=True)


def _charts(figures: Evaluation, bins: Sequence[Bin] | None, key: str, *, of_votes: bool = False) -> None:
    if figures.chosen_on_it:
        st.caption("The model was chosen on these same images, so the figures flatter it a little.")
    left, right = st.columns(2, gap="medium")
    with left:
        _confusion_part(figures, key)
        _reliability_part(bins, key, of_votes)
    with right:
        _per_class_part(figures, key)


def _confusion_part(figures: Evaluation, key: str) -> None:
    if figures.confusion is None:
        return
    st.markdown("**Confusion matrix**, % of each true expression")
    chart = confusion_chart(figures.confusion, text_color=text_color())
    st.plotly_chart(
        chart,
        width="stretch",
        key=f"{key}_confusion",
        config=_NO_BAR,
        alt="Confusion matrix: a row for each true expression, a column for each that was read",
    )


def _per_class_part(figures: Evaluation, key: str) -> None:
    if figures.per_class is None:
        return
    st.markdown("**Each expression**")
    st.plotly_chart(
        per_class_chart(figures.per_class),
        width="stretch",
        key=f"{key}_per_class",
        config=_NO_BAR,
        alt="Bars, F1, precision and recall of each expression; the table below has the figures",
    )
    table = pd.DataFrame(figures.per_class).T.rename_axis("expression").reset_index()
    columns = {name: st.column_config.NumberColumn(format="percent") for name in _MEASURES}
    columns["f1"] = st.column_config.NumberColumn("F1", format="percent")
    columns["support"] = st.column_config.NumberColumn("faces", format="%d")
    st.dataframe(table, width="stretch", hide_index=True, column_config=columns, alt="Figures of each expression")


def _reliability_part(bins: Sequence[Bin] | None, key: str, of_votes: bool) -> None:
    question = "do as many people say so as it states?" if of_votes else "is it right as often as it is sure?"
    st.markdown(f"**Reliability**: {question}")
    if bins is None:
        st.caption("The card has no reliability diagram. Measure the model on a data set to see it.")
        return
    axes = ("share that the model states", "share of the votes") if of_votes else ("confidence", "read right")
    st.plotly_chart(
        reliability_chart(bins, 340, *axes),
        width="stretch",
        key=f"{key}_reliability",
        config=_NO_BAR,
        alt=f"Lines, {axes[1]} against {axes[0]}, and the number of faces",
    )
    st.caption(f"On the dashed line, {axes[0]} and {axes[1]} are the same; below it, the model is too sure of itself.")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def percent(value: float | None) -> str:
    """Format a share; None becomes a dash."""
    return "–" if value is None else f"{value:.1%}"

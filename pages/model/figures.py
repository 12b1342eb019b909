"""The figures of a model, as numbers, charts and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import pandas as pd
import streamlit as st

from emotion_core.charts.models import confusion_chart, per_class_chart, reliability_chart
from emotion_core.emotions import LABELS, VOTES
from emotion_core.language import gettext as _
from emotion_core.language import mark
from emotion_core.measure.accuracy import Bin, Evaluation, card_evaluations
from emotion_core.measure.votes import VoteEvaluation, card_vote_evaluations
from emotion_core.models.registry import ModelEntry
from pages.shared.theme import text_color

MIRROR = mark(", with its mirror image")
_NO_COPIES = mark(", without copies in train")
_FIRST = ("PublicTest", "test")  # titles of measurements, most comparable first
_MEASURES = ("precision", "recall", "f1")
_NO_BAR = {"displayModeBar": False}
AGAINST = {VOTES: mark("people's votes"), LABELS: mark("original labels")}


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


def in_words(title: str) -> str:
    """Return the title of a measurement in the reader's language."""
    for ending in (MIRROR, _NO_COPIES):
        if title.endswith(ending):
            return title.removesuffix(ending) + _(ending)
    return title


def learned_from(entry: ModelEntry) -> str:
    """Return what the model learned from, `LABELS` or `VOTES`."""
    return entry.card.learned_from if entry.card else LABELS


def show_figures(title: str, figures: Evaluation, key: str) -> None:
    """Show numbers and charts of one measurement."""
    with st.container(horizontal=True):
        st.metric(_("Accuracy"), percent(figures.accuracy), help=_("Share of the faces that were read correctly."))
        st.metric(
            _("Macro-F1"), percent(figures.macro_f1), help=_("Mean of the F1 scores: each expression counts the same.")
        )
        st.metric(
            _("Calibration error"),
            percent(figures.ece),
            help=_("How far confidence is from the share read correctly, on average."),
        )
        st.metric(
            _("Faces"),
            f"{figures.images:,}" if figures.images else "–",
            help=_("Measured on {title}.", title=in_words(title)),
        )
    _charts(figures, figures.reliability, key)


def show_vote_figures(title: str, figures: VoteEvaluation, key: str) -> None:
    """Show numbers and charts of one measurement against people's votes."""
    majority = figures.majority
    faces = f"{majority.images:,}" if majority.images else "–"
    with st.container(horizontal=True):
        st.metric(
            _("Accuracy"),
            percent(majority.accuracy),
            help=_(
                "On the {faces} faces of {title} on which more than half of the votes agree.",
                faces=faces,
                title=in_words(title),
            ),
        )
        st.metric(
            _("One person"),
            percent(figures.human_accuracy),
            help=_("How often one person's vote matches that of most others."),
        )
        st.metric(
            _("Distance"),
            _number(figures.distance),
            help=_("Mean total variation distance between the reading and the votes, 0–1."),
        )
        st.metric(
            _("Share calibration error"),
            percent(figures.share_error),
            help=_("How far the largest share that the model states is from the votes' share for it, on average."),
        )
        st.metric(
            _("FER+ protocol"),
            percent(figures.fer_plus_accuracy),
            help=_(
                "As the literature on FER+ counts: eight classes, contempt among them, which these models read wrong."
            ),
        )
        st.metric(_("Faces with a majority"), faces)
    _charts(majority, figures.reliability, key, of_votes=True)


def _charts(figures: Evaluation, bins: Sequence[Bin] | None, key: str, *, of_votes: bool = False) -> None:
    if figures.chosen_on_it:
        st.caption(_("The model was chosen on these same images, so the figures flatter it slightly."))
    left, right = st.columns(2, gap="medium")
    with left:
        _confusion_part(figures, key)
        _reliability_part(bins, key, of_votes)
    with right:
        _per_class_part(figures, key)


def _confusion_part(figures: Evaluation, key: str) -> None:
    if figures.confusion is None:
        return
    st.markdown(_("**Confusion matrix**, % of each true expression"))
    chart = confusion_chart(figures.confusion, text_color=text_color())
    alt = _("Confusion matrix: a row for each true expression, a column for each that was read")
    st.plotly_chart(chart, width="stretch", key=f"{key}_confusion", config=_NO_BAR, alt=alt)


def _per_class_part(figures: Evaluation, key: str) -> None:
    if figures.per_class is None:
        return
    st.markdown(_("**Each expression**"))
    alt = _("Bars, F1, precision and recall of each expression; the table below has the figures")
    chart = per_class_chart(figures.per_class)
    st.plotly_chart(chart, width="stretch", key=f"{key}_per_class", config=_NO_BAR, alt=alt)
    table = pd.DataFrame(figures.per_class).T.rename(index=_).rename_axis(_("expression")).reset_index()
    columns = {name: st.column_config.NumberColumn(_(name), format="percent") for name in _MEASURES}
    columns["f1"] = st.column_config.NumberColumn("F1", format="percent")
    columns["support"] = st.column_config.NumberColumn(_("faces"), format="%d")
    st.dataframe(table, width="stretch", hide_index=True, column_config=columns, alt=_("Figures of each expression"))


def _reliability_part(bins: Sequence[Bin] | None, key: str, of_votes: bool) -> None:
    st.markdown(
        _("**Reliability**: do as many people say so as it states?")
        if of_votes
        else _("**Reliability**: is it right as often as it is sure?")
    )
    if bins is None:
        st.caption(_("The card has no reliability diagram. Measure the model on a data set to see it."))
        return
    states, happens = (
        (_("share that the model states"), _("share of the votes"))
        if of_votes
        else (_("confidence"), _("read correctly"))
    )
    alt = _("Lines, {happens} against {states}, and the number of faces", happens=happens, states=states)
    chart = reliability_chart(bins, 340, states, happens)
    st.plotly_chart(chart, width="stretch", key=f"{key}_reliability", config=_NO_BAR, alt=alt)
    st.caption(
        _(
            "On the dashed line, {states} and {happens} are the same; below it, the model is too sure of itself.",
            states=states,
            happens=happens,
        )
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def percent(value: float | None) -> str:
    """Format a share; None becomes a dash."""
    return "–" if value is None else f"{value:.1%}"

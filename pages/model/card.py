"""One model: its figures, its mistakes and its card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from emotion_core.classify.deepface import WEIGHTS_FILE, weights_present
from emotion_core.emotions import VOTES
from emotion_core.language import gettext as _
from emotion_core.measure.accuracy import score
from emotion_core.measure.votes import score_votes
from emotion_core.models.registry import ModelEntry
from pages.model.data import Choice, Reading, data_form, known_reading, read
from pages.model.figures import AGAINST, Figures, in_words, on_card, show_figures, show_vote_figures, votes_on_card
from pages.model.mistakes import against, show_mistakes
from pages.model.table import Measured
from pages.shared.weights import ensure_weights

_CHOICE = "models_choice"


def show_model(model: Measured) -> None:
    """Show everything about one usable model."""
    entry = model.entry
    stated = on_card(entry)
    with st.expander(_("Measure on a data set"), icon=":material/speed:", expanded=not stated):
        choice = data_form("measure", _("Measure")) if ensure_weights(entry.name, "measure") else None
        if choice is not None:
            st.session_state[_CHOICE] = choice if read(entry, choice) else None
    shown: Choice | None = st.session_state.get(_CHOICE)
    reading = known_reading(entry, shown)
    figures_tab, mistakes_tab, card_tab = st.tabs([_("Figures"), _("Worst mistakes"), _("Card")])
    with figures_tab:
        _figures(model, shown, reading)
    with mistakes_tab:
        show_mistakes(entry, reading)
    with card_tab:
        show_card(entry)


def _figures(model: Measured, shown: Choice | None, reading: Reading | None) -> None:
    """Show the figures of the model, measured here and on its card, against labels or votes."""
    entry, name = model.entry, model.entry.name
    found, votes = on_card(entry), votes_on_card(entry)
    if shown and reading:
        found = {shown.title: score(name, reading.probabilities, reading.data.labels, model.latency_ms), **found}
        if reading.has_majorities:
            votes = {shown.title: score_votes(name, reading.probabilities, reading.votes), **votes}
    if against(entry, bool(votes), "figures") == VOTES:
        _show_one(votes, f"{name}_votes", show_vote_figures)
    else:
        _show_one(found, name, show_figures)


def _show_one(found: dict[str, Figures], name: str, show: Callable[[str, Figures, str], None]) -> None:
    if not found:
        st.info(
            _("This model has not been measured here. Measure it on a data set above."), icon=":material/query_stats:"
        )
        return
    title = next(iter(found))
    if len(found) > 1:
        # The options are part of the key, so that a new measurement becomes the one that is shown.
        chosen = st.segmented_control(
            _("Measured on"),
            list(found),
            format_func=in_words,
            default=title,
            required=True,
            key=f"models_set_{name}_{'_'.join(found)}",
        )
        title = chosen or title
    else:
        st.caption(_("Measured on {title}", title=in_words(title)))
    show(title, found[title], f"models_{name}_{title}")


def show_card(entry: ModelEntry) -> None:
    """Show what the model is and where it comes from."""
    if entry.card is None:
        _show_deepface()
        return
    card = entry.card
    rows: dict[str, Any] = {
        _("Architecture"): card.architecture,
        _("Parameters"): _parameters(card.training.get("parameters")),
        _("Data"): card.training.get("data", _("not known")),
        _("Learned from"): _(AGAINST[card.learned_from]),
        _("Protocol"): card.training.get("protocol", _("not known")),
        _("Source"): card.source or _("not known"),
        _("License"): card.license or _("not known"),
        _("Input"): f"{card.input.size_wh[0]} × {card.input.size_wh[1]}, {_(card.input.color)}",
        _("Reads as uncertain below"): f"{card.uncertain_below:.0%}",
    }
    st.markdown("\n".join(f"- **{name}:** {text}" for name, text in rows.items()))
    with st.expander(_("All of card.json"), icon=":material/data_object:"):
        st.code(card.to_json(), language="json", height=400)


def _parameters(count: Any) -> str:
    return f"{count:,}" if isinstance(count, int) else _("not known")


def _show_deepface() -> None:
    st.markdown(
        _(
            "The expression network of the DeepFace library, called through `DeepFace.analyze`. Its author "
            "states 57.4 % on FER-2013."
        )
    )
    if weights_present():
        st.caption(_("Its weights are on this machine."))
    else:
        st.caption(_("Its weights ({weights_file}) are not on this machine yet.", weights_file=WEIGHTS_FILE))

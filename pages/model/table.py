"""Two leaderboards, against people's votes and against the original labels, with charts of accuracy against cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from emotion_core.charts.models import leaderboard_chart
from emotion_core.classify.deepface import weights_present
from emotion_core.emotions import LABELS, VOTES
from emotion_core.errors import ModelError
from emotion_core.language import Message, mark
from emotion_core.language import gettext as _
from emotion_core.measure.accuracy import latency_ms
from emotion_core.models.registry import DEEPFACE, ModelEntry
from pages.model.figures import AGAINST, on_card, single_and_mirrored, votes_on_card
from pages.shared.explanations import stamp
from pages.shared.resources import registry

_COSTS = {"ms": (mark("Milliseconds"), mark("ms per face")), "mb": (mark("Size"), mark("MB"))}
HUMAN_LABELS = 0.65  # of FER-2013's labels that people agree with, ± .05 (Goodfellow et al., 2013)
_TRIALS = 30  # readings of one face; their median is shown


@dataclass(frozen=True)
class Measured:
    """A model on this machine.

    latency_ms: of one face; None where it was not measured.
    fault: why the model cannot be used; None if it can.
    """

    entry: ModelEntry
    latency_ms: float | None = None
    fault: Message | None = None


def measure(entry: ModelEntry) -> Measured:
    """Load the model and time it, or find out why it cannot be used."""
    if entry.error:
        return Measured(entry, fault=entry.error)
    if entry.name == DEEPFACE and not weights_present():
        return Measured(entry)
    try:
        return Measured(entry, _face_latency(entry.name, stamp(entry)))
    except ModelError as error:
        return Measured(entry, fault=error.message)


@st.cache_data(show_spinner=False, max_entries=100)
def _face_latency(name: str, changed: tuple[str, int]) -> float:
    classifier = registry().load(name)
    face = np.random.default_rng(0).integers(0, 255, (48, 48, 3), np.uint8)
    classifier.predict([face])  # warm-up: the first call also allocates memory
    return latency_ms(classifier, [face] * _TRIALS)


def show_leaderboard(models: list[Measured]) -> None:
    """Show both leaderboards, their charts, and the fault of each broken model."""
    boards = {VOTES: _board([_votes_row(model) for model in models]), LABELS: _board([_row(model) for model in models])}
    for column, (kind, table) in zip(st.columns(2, gap="medium"), boards.items(), strict=True):
        with column:
            st.markdown(_("**Against {against}**", against=_(AGAINST[kind])))
            for data, rows in _by_data(table):
                st.caption(_("Measured on {data}", data=data) if data else _("Not measured"))
                st.dataframe(
                    rows.drop(columns="data"),
                    hide_index=True,
                    width="stretch",
                    column_config=_columns(kind),
                    placeholder="–",
                    key=f"models_board_{kind}_{data}",
                    alt=_(
                        "Models with their accuracy against {against} on {data}, size and speed",
                        against=_(AGAINST[kind]),
                        data=data,
                    ),
                )
    st.caption(
        _(
            "**People's votes**: accuracy on the images on which more than half of ten people's votes agree "
            "(FER+). **Original labels**: accuracy on all images. The original label is the majority's "
            "expression on only 70% of PublicTest's majority images, so a model that is good at one score is "
            "worse at the other. A model can exceed one person: it has learned what most people say."
        )
    )
    st.caption(
        _(
            "Each face is read once, as on the Live page; averaged with its mirror image, it takes twice as "
            "long. Milliseconds are measured here and now, one face at a time."
        )
    )
    for model in models:
        if model.fault:
            st.error(model.fault, icon=":material/error:")
    if any(table["accuracy"].notna().any() for table in boards.values()):
        _charts(boards, _one_person(models))


def _board(rows: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(rows).sort_values("accuracy", ascending=False, na_position="last", kind="stable")


def _by_data(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the rows of each data set; that on which most models were measured first, those not measured last."""
    groups = [(str(data), rows) for data, rows in table.groupby("data", sort=False)]
    return sorted(groups, key=lambda group: (not group[0], -len(group[1])))


def _one_person(models: list[Measured]) -> float | None:
    """Return how often one person agrees with the majority of the others, from the first card that says it."""
    found = (single_and_mirrored(votes_on_card(model.entry))[1] for model in models)
    return next((figures.human_accuracy for figures in found if figures and figures.human_accuracy), None)


def _row(model: Measured) -> dict[str, object]:
    data, single, mirrored = single_and_mirrored(on_card(model.entry))
    return {
        "title": _title(model),
        "accuracy": single.accuracy if single else None,
        "mirrored": mirrored.accuracy if mirrored else None,
        "macro_f1": single.macro_f1 if single else None,
        "ece": single.ece if single else None,
        **_about(model, data),
    }


def _votes_row(model: Measured) -> dict[str, object]:
    data, figures, _mirrored = single_and_mirrored(votes_on_card(model.entry))
    return {
        "title": _title(model),
        "accuracy": figures.majority.accuracy if figures else None,
        "distance": figures.distance if figures else None,
        "share_error": figures.share_error if figures else None,
        "fer_plus": figures.fer_plus_accuracy if figures else None,
        **_about(model, data),
    }


def _title(model: Measured) -> str:
    title = model.entry.title
    return _("{title} (cannot be used)", title=title) if model.fault else title


def _about(model: Measured, data: str) -> dict[str, object]:
    size = model.entry.size_bytes
    return {"ms": model.latency_ms, "mb": size / 1e6 if size else None, "data": data}


def _columns(kind: str) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    of_kind = {
        VOTES: {
            "accuracy": number(
                _("Accuracy"), help=_("Share of the majority's expressions that are read."), format="percent"
            ),
            "distance": number(
                _("Distance"), help=_("Mean total variation distance between reading and votes."), format="%.3f"
            ),
            "share_error": number(
                _("Share error"), help=_("How far the stated share is from the votes'."), format="percent"
            ),
            "fer_plus": number(
                _("FER+ protocol"), help=_("Eight classes, as the literature counts."), format="percent"
            ),
        },
        LABELS: {
            "accuracy": number(_("Accuracy"), help=_("Share of the faces read as they are labeled."), format="percent"),
            "mirrored": number(_("With mirror image"), help=_("Averaged with the mirror image."), format="percent"),
            "macro_f1": number(_("Macro-F1"), help=_("Each expression counts the same."), format="percent"),
            "ece": number(_("Calibration error"), help=_("How far confidence is from accuracy."), format="percent"),
        },
    }
    return {
        "title": st.column_config.TextColumn(_("Model"), pinned=True),
        **of_kind[kind],
        "ms": number(_("ms per face"), format="%.2f", help=_("Measured here and now, one face at a time.")),
        "mb": number(_("Size, MB"), format="%.1f"),
    }


@st.fragment
def _charts(boards: dict[str, pd.DataFrame], one_person: float | None) -> None:
    cost = st.segmented_control(
        _("Plot accuracy vs."),
        list(_COSTS),
        format_func=lambda cost: _(_COSTS[cost][0]),
        default="ms",
        required=True,
        key="models_cost",
    )
    column = cost or "ms"
    title = _(_COSTS[column][1])
    ceilings = {VOTES: (one_person, _("one person")), LABELS: (HUMAN_LABELS, _("people, about 65 ± 5%"))}
    for place, (kind, table) in zip(st.columns(2, gap="medium"), boards.items(), strict=True):
        if table["accuracy"].notna().any():
            data, rows = _by_data(table)[0]
            shown = rows.astype({"accuracy": float, column: float})
            place.caption(_("Measured on {data}", data=data))
            place.plotly_chart(
                leaderboard_chart(shown, column, title, 280, *ceilings[kind]),
                width="stretch",
                key=f"models_leaderboard_{kind}_{column}",
                config={"displayModeBar": False},
                alt=_("Points, accuracy of each model against {cost}; the tables above have the figures", cost=title),
            )

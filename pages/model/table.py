"""The leaderboard: every installed model in one table, and a chart of accuracy against cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from emotion_core.charts.models import leaderboard_chart
from emotion_core.classify.deepface import weights_present
from emotion_core.errors import ModelError
from emotion_core.measure.accuracy import latency_ms
from emotion_core.models.registry import DEEPFACE, ModelEntry
from pages.model.figures import single_and_mirrored
from pages.shared.markdown import escape_markdown
from pages.shared.resources import registry

_COSTS = {"Milliseconds": ("ms", "ms per face"), "Size": ("mb", "MB")}
_TRIALS = 30  # readings of one face; their median is shown


@dataclass(frozen=True)
class Measured:
    """A model on this machine.

    latency_ms: of one face; None where it was not measured.
    fault: why the model cannot be used, as a sentence; None if it can.
    """

    entry: ModelEntry
    latency_ms: float | None = None
    fault: str | None = None


def stamp(entry: ModelEntry) -> tuple[str, int]:
    """Return a cache key that changes whenever the model's files do."""
    if entry.folder is None:
        return entry.name, entry.size_bytes or 0
    files = [path for path in entry.folder.iterdir() if path.is_file()] if entry.folder.is_dir() else []
    return str(entry.folder.resolve()), max((path.stat().st_mtime_ns for path in files), default=0)


def measure(entry: ModelEntry) -> Measured:
    """Load the model and time it, or find out why it cannot be used."""
    if entry.error:
        return Measured(entry, fault=entry.error)
    if entry.name == DEEPFACE and not weights_present():
        return Measured(entry)
    try:
        return Measured(entry, _face_latency(entry.name, stamp(entry)))
    except ModelError as error:
        return Measured(entry, fault=str(error))


@st.cache_data(show_spinner=False, max_entries=100)
def _face_latency(name: str, changed: tuple[str, int]) -> float:
    classifier = registry().load(name)
    face = np.random.default_rng(0).integers(0, 255, (48, 48, 3), np.uint8)
    classifier.predict([face])  # warm-up: the first call also allocates memory
    return latency_ms(classifier, [face] * _TRIALS)


def show_leaderboard(models: list[Measured]) -> None:
    """Show the table, the chart, and the fault of each broken model."""
    table = pd.DataFrame([_row(model) for model in models])
    table = table.sort_values("accuracy", ascending=False, na_position="last", kind="stable")
    st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        column_config=_columns(),
        placeholder="–",
        alt="The installed models with their accuracy, calibration, size and speed",
    )
    st.caption(
        "Single view: each face is read once, as on the Live page. With mirror image: averaged with the reading of its "
        "mirror image, which takes twice as long. Figures are comparable only on the same data. Milliseconds are "
        "measured here and now, one face at a time."
    )
    _explain_votes(models)
    for model in models:
        if model.fault:
            st.error(model.fault, icon=":material/error:")
    if table["accuracy"].notna().any():
        _chart(table)


def _explain_votes(models: list[Measured]) -> None:
    """Say why a model that learned from votes scores low against the original labels."""
    for model in models:
        card = model.entry.card
        votes = card.training.get("votes_public_test") if card else None
        share = votes.get("majority") if isinstance(votes, dict) else None
        if isinstance(share, float):
            st.caption(
                f"*{escape_markdown(model.entry.title)}* learned from the votes of ten people for each image, not from "
                f"these labels. Of the images on which more than half of the ten agree, it reads {share:.1%} right."
            )


def _row(model: Measured) -> dict[str, object]:
    data, single, mirrored = single_and_mirrored(model.entry)
    size = model.entry.size_bytes
    return {
        "title": f"{model.entry.title} (cannot be used)" if model.fault else model.entry.title,
        "data": data or "not measured",
        "accuracy": single.accuracy if single else None,
        "mirrored": mirrored.accuracy if mirrored else None,
        "macro_f1": single.macro_f1 if single else None,
        "ece": single.ece if single else None,
        "mb": size / 1e6 if size else None,
        "ms": model.latency_ms,
    }


def _columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "title": st.column_config.TextColumn("Model", pinned=True),
        "data": st.column_config.TextColumn("Measured on"),
        "accuracy": number("Accuracy", help="Share of the faces read right, single view.", format="percent"),
        "mirrored": number("With mirror image", help="Accuracy when averaged with the mirror image.", format="percent"),
        "macro_f1": number("Macro-F1", help="Each expression counts the same. Single view.", format="percent"),
        "ece": number("Calibration error", help="How far confidence is from the share read right.", format="percent"),
        "mb": number("Size, MB", format="%.1f"),
        "ms": number("ms per face", format="%.2f", help="Measured here and now, one face at a time."),
    }


@st.fragment
def _chart(table: pd.DataFrame) -> None:
    cost = st.segmented_control(
        "Accuracy against", list(_COSTS), default="Milliseconds", required=True, key="models_cost"
    )
    column, title = _COSTS[cost or "Milliseconds"]
    st.plotly_chart(
        leaderboard_chart(table.astype({"accuracy": float, column: float}), column, title, 260),
        width="stretch",
        key=f"models_leaderboard_{column}",
        config={"displayModeBar": False},
    )

"""What a model's card says about its accuracy, and the charts that show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from emotion_core.charts.models import confusion_chart, per_class_chart, reliability_chart
from emotion_core.emotions import EMOTIONS
from emotion_core.models.registry import ModelEntry

MIRROR = ", with its mirror image"
_FIRST = ("PublicTest", "test")
_MEASURES = ("precision", "recall", "f1")
_NO_BAR = {"displayModeBar": False}
_TEXT = {"light": "#16242C", "dark": "#E6EDF1"}  # textColor of .streamlit/config.toml


@dataclass(frozen=True)
class Figures:
    """One measurement of a model; what the card lacks, or has in another form, is None.

    accuracy, macro_f1, ece: 0–1.
    confusion: ``(7, 7)`` int64.
    chosen: whether the model's best epoch was chosen on the same images.
    """

    accuracy: float | None
    macro_f1: float | None
    ece: float | None
    images: int | None
    per_class: dict[str, dict[str, float]] | None
    confusion: np.ndarray | None
    reliability: list[dict[str, Any]] | None
    chosen: bool = False

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Figures:
        """From `Evaluation.to_dict`, or from a card that anybody may have written."""
        images = values.get("images")
        return cls(
            _share(values.get("accuracy")),
            _share(values.get("macro_f1")),
            _share(values.get("ece")),
            images if isinstance(images, int) and images > 0 else None,
            _per_class(values.get("per_class")),
            _confusion(values.get("confusion")),
            _reliability(values.get("reliability")),
            values.get("chosen_on_it") is True,
        )


def card_figures(entry: ModelEntry) -> dict[str, Figures]:
    """Every measurement on the model's card by its title, FER-2013's PublicTest first."""
    metrics = entry.card.metrics if entry.card else {}
    found = {title: Figures.from_dict(values) for title, values in metrics.items() if isinstance(values, dict)}
    found = {title: figures for title, figures in found.items() if figures.accuracy is not None}
    order = [title for first in _FIRST for title in (first, first + MIRROR)]
    return {title: found[title] for title in [*(t for t in order if t in found), *(t for t in found if t not in order)]}


def single_and_mirrored(entry: ModelEntry) -> tuple[str, Figures | None, Figures | None]:
    """What the leaderboard shows: the data's name, the single view, and the average with the mirror image."""
    found = card_figures(entry)
    title = next((title for title in found if not title.endswith(MIRROR)), "")
    return title, found.get(title), found.get(title + MIRROR)


def show_figures(title: str, figures: Figures, key: str) -> None:
    """Numbers and charts of one measurement."""
    with st.container(horizontal=True):
        st.metric("Accuracy", percent(figures.accuracy), help="Share of the faces that were read right.")
        st.metric("Macro-F1", percent(figures.macro_f1), help="Mean of the F1 scores: each expression counts the same.")
        st.metric(
            "Calibration error",
            percent(figures.ece),
            help="How far confidence is from the share read right, on average.",
        )
        st.metric("Faces", f"{figures.images:,}" if figures.images else "–", help=f"Measured on {title}.")
    if figures.chosen:
        st.caption("The best epoch was chosen on these same images, so the figures flatter the model a little.")
    left, right = st.columns(2, gap="medium")
    with left:
        _confusion_part(figures, key)
        _reliability_part(figures, key)
    with right:
        _per_class_part(figures, key)


def _confusion_part(figures: Figures, key: str) -> None:
    if figures.confusion is None:
        return
    st.markdown("**Confusion matrix**, % of each true expression")
    chart = confusion_chart(figures.confusion, text_color=_TEXT.get(st.context.theme.type or "", _TEXT["light"]))
    st.plotly_chart(chart, width="stretch", key=f"{key}_confusion", config=_NO_BAR)


def _per_class_part(figures: Figures, key: str) -> None:
    if figures.per_class is None:
        return
    st.markdown("**Each expression**")
    st.plotly_chart(per_class_chart(figures.per_class), width="stretch", key=f"{key}_per_class", config=_NO_BAR)
    table = pd.DataFrame(figures.per_class).T.rename_axis("expression").reset_index()
    columns = {name: st.column_config.NumberColumn(format="percent") for name in _MEASURES}
    columns["f1"] = st.column_config.NumberColumn("F1", format="percent")
    columns["support"] = st.column_config.NumberColumn("faces", format="%d")
    st.dataframe(table, width="stretch", hide_index=True, column_config=columns, alt="Figures of each expression")


def _reliability_part(figures: Figures, key: str) -> None:
    st.markdown("**Reliability**: is it right as often as it is sure?")
    if figures.reliability is None:
        st.caption("The card has no reliability diagram. Measure the model on a data set to see it.")
        return
    st.plotly_chart(
        reliability_chart(figures.reliability, 340), width="stretch", key=f"{key}_reliability", config=_NO_BAR
    )
    st.caption("On the dashed line, confidence is the share read right; below it, the model is too sure of itself.")


def percent(value: float | None) -> str:
    """A share as text, a dash where there is none."""
    return "–" if value is None else f"{value:.1%}"


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _share(value: Any) -> float | None:
    return float(value) if _number(value) and 0 <= value <= 1 else None


def _per_class(value: Any) -> dict[str, dict[str, float]] | None:
    names = [emotion.value for emotion in EMOTIONS]
    if not isinstance(value, dict) or not all(isinstance(value.get(name), dict) for name in names):
        return None
    keys = (*_MEASURES, "support")
    if not all(_number(value[name].get(key)) for name in names for key in keys):
        return None
    return {name: {key: value[name][key] for key in keys} for name in names}


def _confusion(value: Any) -> np.ndarray | None:
    size = len(EMOTIONS)
    rows = value if isinstance(value, list) else []
    if len(rows) != size or not all(isinstance(row, list) and len(row) == size for row in rows):
        return None
    if not all(isinstance(count, int) and count >= 0 for row in rows for count in row):
        return None
    return np.array(rows, np.int64)


def _reliability(value: Any) -> list[dict[str, Any]] | None:
    rows = value if isinstance(value, list) else []
    return rows if rows and all(_is_bin(row) for row in rows) else None


def _is_bin(row: Any) -> bool:
    if not isinstance(row, dict) or not isinstance(row.get("count"), int):
        return False
    return row["count"] == 0 or all(_share(row.get(key)) is not None for key in ("confidence", "accuracy"))

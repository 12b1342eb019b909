"""One model's card on a page."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from emotion_core.classify.deepface import WEIGHTS_FILE, weights_present
from emotion_core.registry import ModelEntry


def show_card(entry: ModelEntry) -> None:
    """Title, figures and origin; a broken model shows its fault."""
    with st.container(border=True):
        st.subheader(entry.title)
        if entry.error:
            st.error(entry.error, icon=":material/error:")
        elif entry.card is None:
            _show_deepface()
        else:
            _show_figures(entry, entry.card.metrics.get("PublicTest") or {})
            _show_origin(entry)


def _show_deepface() -> None:
    st.markdown(
        "The expression network of the DeepFace library, called through `DeepFace.analyze`. Its author states 57.4 % "
        "on FER-2013."
    )
    if weights_present():
        st.caption("Its weights are on this machine.")
    else:
        st.caption(f"Its weights ({WEIGHTS_FILE}) are fetched when you first choose it on the page Live or Images.")


def _show_figures(entry: ModelEntry, figures: dict[str, Any]) -> None:
    accuracy, macro_f1, ece, size = st.columns(4)
    accuracy.metric("Accuracy", _percent(figures.get("accuracy")), help="Share of PublicTest's faces read right.")
    macro_f1.metric("Macro-F1", _percent(figures.get("macro_f1")), help="Each expression counts the same.")
    ece.metric(
        "Calibration error", _percent(figures.get("ece")), help="How far confidence is from the share read right."
    )
    size.metric("Size", f"{(entry.size_bytes or 0) / 1e6:.1f} MB")
    if "per_class" in figures:
        with st.expander(f"Each expression, on {figures['images']:,} faces of PublicTest, single view"):
            table = pd.DataFrame(figures["per_class"]).T
            shares = {
                column: st.column_config.NumberColumn(format="percent") for column in table if column != "support"
            }
            st.dataframe(table, width="stretch", column_config=shares)
    elif not figures:
        st.caption("Its accuracy has not been measured here.")


def _show_origin(entry: ModelEntry) -> None:
    card = entry.card
    if card is None:
        return
    rows = {
        "Architecture": card.architecture,
        "Data": card.training.get("data", "not known"),
        "Protocol": card.training.get("protocol", "not known"),
        "Source": card.source or "not known",
        "Licence": card.license or "not known",
        "Input": f"{card.input.size_wh[0]} × {card.input.size_wh[1]}, {card.input.color}",
    }
    st.markdown("\n".join(f"- **{name}:** {text}" for name, text in rows.items()))


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"

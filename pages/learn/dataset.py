"""Dataset: choose labelled faces, look at them, and find what should not be learned from."""

from __future__ import annotations

import streamlit as st

st.title("Dataset")
st.caption("The labelled faces that a model learns from and is measured on.")

from pages.dataset.audit import audit_section, current_report  # noqa: E402
from pages.shared.dataset_choice import choice_panel  # noqa: E402
from pages.shared.dataset_source import current_source  # noqa: E402
from pages.shared.dataset_view import browse, read_or_stop, show_counts  # noqa: E402

choice_panel()
source = current_source()
if source is None:
    st.stop()

dataset = read_or_stop(source)

show_counts(dataset)
audit_section(dataset)
browse(dataset, current_report(dataset))

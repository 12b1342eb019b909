"""Dataset: choose labelled faces, look at them, and find what should not be learned from."""

from __future__ import annotations

import streamlit as st

st.title("Dataset")
st.caption("The labelled faces that a model learns from and is measured on.")

from emotion_core.errors import DataError  # noqa: E402
from pages.parts.dataset_audit import audit_section, current_report  # noqa: E402
from pages.parts.dataset_choice import choice_panel  # noqa: E402
from pages.parts.dataset_source import current_source, dataset_cache  # noqa: E402
from pages.parts.dataset_view import browse, show_counts  # noqa: E402

choice_panel()
source = current_source()
if source is None:
    st.stop()

bar = st.progress(0.0, text="Reading the images")
try:
    dataset = dataset_cache().get(source, lambda share: bar.progress(share, text="Reading the images"))
except DataError as error:
    bar.empty()
    st.error(str(error), icon=":material/error:")
    st.stop()
bar.empty()

show_counts(dataset)
audit_section(dataset)
browse(dataset, current_report(dataset))

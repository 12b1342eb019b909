"""Dataset: choose labeled faces, look at them, and find those that a model should not learn from."""

from __future__ import annotations

import streamlit as st

from emotion_core.language import gettext as _

st.title(_("Dataset"))
st.caption(_("The labeled faces that a model learns from and is measured on."))

from pages.dataset.audit import audit_section, current_report  # noqa: E402
from pages.dataset.contents import browse, show_counts  # noqa: E402
from pages.dataset.people import people_section  # noqa: E402
from pages.shared.current_dataset import current_source, read_or_stop  # noqa: E402
from pages.shared.dataset_picker import dataset_picker  # noqa: E402

dataset_picker()
source = current_source()
if source is None:
    st.stop()

dataset = read_or_stop(source)

show_counts(dataset)
audit_section(dataset)
people_section(dataset)
browse(dataset, current_report(dataset))

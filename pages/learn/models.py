"""Models: compare the installed models, look into one, and add, rename or delete one."""

from __future__ import annotations

import streamlit as st

st.title("Models")
st.caption("The networks that read expressions: how they were made, and how often they are right.")

from pages.model.actions import choose_model, show_actions  # noqa: E402
from pages.model.card import show_model  # noqa: E402
from pages.model.compare import compare  # noqa: E402
from pages.model.install import install_form  # noqa: E402
from pages.model.table import measure, show_leaderboard  # noqa: E402
from pages.shared.resources import registry, settings  # noqa: E402

models = [measure(entry) for entry in registry().entries()]
usable = [model.entry for model in models if not model.fault]

if not any(model.entry.card for model in models):
    other = ", or use DeepFace" if usable else ""
    st.info(f"No model of your own is installed yet. Add one below{other}.", icon=":material/info:")
entry = choose_model([model.entry for model in models], registry().default_name(settings().default_model))
show_actions(entry, usable=entry in usable)
if entry in usable:
    show_model(next(model for model in models if model.entry == entry))
else:
    what_then = " It can be deleted." if entry.folder else ""
    st.info(f"This model cannot be used, for the reason below.{what_then}", icon=":material/info:")

st.header("Leaderboard")
show_leaderboard(models)

st.header("Two models side by side")
compare(usable)

st.header("Add your own")
install_form()

"""Models: compare the installed models, look into one, and add, rename or delete one."""

from __future__ import annotations

import streamlit as st

from emotion_core.language import gettext as _

st.title(_("Models"))
st.caption(_("The networks that read expressions: how they were made, and how often they are right."))

from pages.model.actions import choose_model, show_actions  # noqa: E402
from pages.model.card import show_model  # noqa: E402
from pages.model.compare import compare  # noqa: E402
from pages.model.install import install_form  # noqa: E402
from pages.model.table import measure, show_leaderboard  # noqa: E402
from pages.shared.resources import registry, settings  # noqa: E402

models = [measure(entry) for entry in registry().entries()]
usable = [model.entry for model in models if not model.fault]

if not any(model.entry.card for model in models):
    none_yet = (
        _("No model of your own is installed yet. Add one below, or use DeepFace.")
        if usable
        else _("No model of your own is installed yet. Add one below.")
    )
    st.info(none_yet, icon=":material/info:")
entry = choose_model([model.entry for model in models], registry().default_name(settings().default_model))
show_actions(entry, usable=entry in usable)
if entry in usable:
    show_model(next(model for model in models if model.entry == entry))
else:
    unusable = (
        _("This model cannot be used, for the reason below. It can be deleted.")
        if entry.folder
        else _("This model cannot be used, for the reason below.")
    )
    st.info(unusable, icon=":material/info:")

st.header(_("Leaderboard"))
show_leaderboard(models)

st.header(_("Two models side by side"))
compare(usable)

st.header(_("Add your own"))
install_form()

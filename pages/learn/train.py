"""Train: from labeled faces to a model, in a process that outlives this page."""

from __future__ import annotations

import streamlit as st

from emotion_core.language import gettext as _

st.title(_("Train"))
st.caption(_("Train a network on a data set. A run continues when you leave this page; come back to check on it."))

from emotion_core.errors import MissingPackageError, RunError  # noqa: E402
from emotion_core.optional import export_warning, training_fault  # noqa: E402
from emotion_core.train.jobs import start_run  # noqa: E402
from emotion_core.train.runs import list_runs  # noqa: E402
from pages.shared.current_dataset import current_source, read_or_stop  # noqa: E402
from pages.shared.dataset_picker import dataset_picker  # noqa: E402
from pages.shared.resources import settings  # noqa: E402
from pages.train.bar import show_started, start_bar  # noqa: E402
from pages.train.form import fit_settings, run_settings  # noqa: E402
from pages.train.preview import augmented_samples, network  # noqa: E402
from pages.train.runs import active, show_runs  # noqa: E402

if started := st.session_state.pop("train_started", None):
    show_started(started)
    st.session_state.pop("train_name", None)  # the next run needs another
st.header(_("Training runs"))
runs = list_runs(settings().runs_dir)
st.fragment(show_runs, run_every=1.0 if active(runs) else None)()

st.header(_("New training run"))
fault = training_fault()
if fault:
    st.warning(fault, title=_("Runs cannot be started here"), icon=":material/block:")
elif warning := export_warning():
    st.warning(warning, icon=":material/warning:")
dataset_picker()
source = current_source()
if source is None:
    st.stop()
dataset = read_or_stop(source)
if "train" not in dataset.splits:
    st.error(_("This data set has no split train. Expected train/<emotion>/*.jpg."), icon=":material/error:")
    st.stop()

counts = ", ".join(f"{len(faces):,} in {split}" for split, faces in dataset.splits.items())
if dataset.problems:
    left_out = _("{count:,} excluded (see the Dataset page)", count=len(dataset.problems))
    counts = f"{counts}; {left_out}"
st.caption(f"{dataset.name}: {counts}")
fit = fit_settings(dataset.has_votes)
if fit is None:
    st.stop()
network_tab, preview_tab = st.tabs([_(":material/lan: The network"), _(":material/image: What it sees")])
with network_tab:
    network(fit.arch)
with preview_tab:
    augmented_samples(dataset, fit)
config = run_settings(source, fit, dataset.splits)
if start_bar(config, fit, len(dataset.splits["train"]), fault) and config:
    try:
        start_run(settings().runs_dir, config, settings().models_dir)
    except (RunError, MissingPackageError) as error:
        st.error(str(error), icon=":material/error:")
    else:
        st.session_state["train_started"] = config.name
        st.rerun()

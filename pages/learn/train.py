"""Train: from labeled faces to a model, in a process that outlives this page."""

from __future__ import annotations

import streamlit as st

st.title("Train")
st.caption("Fit a network to a data set. A run goes on when you leave this page; come back to see how it is doing.")

from emotion_core.errors import MissingPackageError, RunError  # noqa: E402
from emotion_core.optional import export_warning, training_fault  # noqa: E402
from emotion_core.train.jobs import start_run  # noqa: E402
from emotion_core.train.runs import list_runs  # noqa: E402
from pages.shared.current_dataset import current_source, read_or_stop  # noqa: E402
from pages.shared.dataset_picker import dataset_picker  # noqa: E402
from pages.shared.resources import settings  # noqa: E402
from pages.train.form import fit_settings, run_settings  # noqa: E402
from pages.train.preview import augmented_samples, estimate, network  # noqa: E402
from pages.train.runs import active, show_runs  # noqa: E402

if started := st.session_state.pop("train_started", None):
    st.toast(f"**{started}** has started. Its curves are at the top of this page.", icon=":material/play_circle:")
    st.session_state.pop("train_name", None)  # the next run needs another
st.header("Runs")
runs = list_runs(settings().runs_dir)
st.fragment(show_runs, run_every=1.0 if active(runs) else None)()

st.header("A new run")
fault = training_fault()
if fault:
    st.warning(fault, title="No run can be started here", icon=":material/block:")
elif warning := export_warning():
    st.warning(warning, icon=":material/warning:")
dataset_picker()
source = current_source()
if source is None:
    st.stop()
dataset = read_or_stop(source)
if "train" not in dataset.splits:
    st.error("This data set has no split train. Expected train/<emotion>/*.jpg.", icon=":material/error:")
    st.stop()

counts = ", ".join(f"{len(faces):,} in {split}" for split, faces in dataset.splits.items())
left_out = f"; {len(dataset.problems):,} left out (see the page Dataset)" if dataset.problems else ""
st.caption(f"{dataset.name}: {counts}{left_out}")
fit = fit_settings(dataset.has_votes)
if fit is None:
    st.stop()
network_tab, preview_tab, time_tab = st.tabs(
    [":material/lan: The network", ":material/image: What it sees", ":material/timer: How long it takes"]
)
with network_tab:
    network(fit.arch)
with preview_tab:
    augmented_samples(dataset, fit)
with time_tab:
    estimate(fit, len(dataset.splits["train"]))
config = run_settings(source, fit, dataset.splits)
if fault:
    st.caption(fault)  # once more, because the warning above is out of sight here
if config and st.button("Start", type="primary", icon=":material/play_arrow:", disabled=bool(fault)):
    try:
        start_run(settings().runs_dir, config, settings().models_dir)
    except (RunError, MissingPackageError) as error:
        st.error(str(error), icon=":material/error:")
    else:
        st.session_state["train_started"] = config.name
        st.rerun()

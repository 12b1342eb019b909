"""The runs: the state of each, its curves, and what can be done with it."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import streamlit as st

from emotion_core.charts.training import training_curves
from emotion_core.errors import MissingPackageError, RunError
from emotion_core.optional import training_fault
from emotion_core.train.jobs import can_resume, resume_fault, resume_run, stop_run
from emotion_core.train.runs import FAILED, FINISHED, INTERRUPTED, QUEUED, RUNNING, STOPPED, Progress, Run, list_runs
from pages.entry import navigation
from pages.shared.resources import registry, settings
from pages.train.preview import duration

ICONS = {
    QUEUED: (":material/hourglass_top:", "gray"),
    RUNNING: (":material/play_circle:", "blue"),
    FINISHED: (":material/check_circle:", "green"),
    STOPPED: (":material/stop_circle:", "orange"),
    FAILED: (":material/error:", "red"),
    INTERRUPTED: (":material/power_off:", "orange"),
}


def active(runs: list[Run]) -> bool:
    """Whether any run is training or waiting for its turn."""
    return any(run.progress().state in (QUEUED, RUNNING) for run in runs)


def show_runs() -> None:
    """Show the chosen runs and their curves. The page runs it as a fragment, which reads the folders again."""
    runs = list_runs(settings().runs_dir)
    if not runs:
        how = "" if training_fault() else " Choose data and settings below, and press Start."
        st.info(f"No run yet.{how}", icon=":material/school:")
        return
    was_active, is_active = st.session_state.get("train_was_active"), active(runs)
    st.session_state["train_was_active"] = is_active
    if was_active and not is_active:
        st.rerun()  # the whole page, which then no longer reruns this fragment every second
    names = [run.name for run in runs]
    chosen = st.multiselect(
        "Runs to compare", names, default=names[:1], key=f"train_compare_{names[0]}", placeholder="Choose runs"
    )
    shown = [run for run in runs if run.name in chosen]
    histories = {run.name: run.history() for run in shown}
    steps = {run.name: run.steps() for run in shown}
    if any(histories.values()) or any(steps.values()):
        chart = training_curves(histories, steps)
        st.plotly_chart(
            chart,
            width="stretch",
            key="train_curves",
            config={"displayModeBar": False},
            alt=f"Lines, accuracy and loss of {', '.join(run.name for run in shown)} for each epoch",
        )
    models = {entry.name for entry in registry().entries() if not entry.error}
    for run in shown:
        _show_run(run, has_model=run.name in models)


def _show_run(run: Run, *, has_model: bool) -> None:
    progress = run.progress()
    icon, color = ICONS[progress.state]
    with st.container(border=True):
        st.markdown(f"**{run.name}** :{color}-badge[{icon} {progress.state}]")
        st.caption(_facts(run, progress))
        if progress.state in (RUNNING, QUEUED):
            st.progress(_share(run, progress), text=_left(progress))
        if progress.error:
            st.error(progress.error)
        with st.container(horizontal=True):
            _actions(run, progress, has_model)
        with st.expander("Log", icon=":material/terminal:"):
            st.code(run.log_tail(25) or "Nothing yet.", language=None, height=240)


def _facts(run: Run, progress: Progress) -> str:
    fit, best = run.config.fit, run.best()
    facts = [f"{fit.arch}, {len(run.history())} of {fit.epochs} epochs, batch {fit.batch_size}, {fit.optimizer}"]
    if best:
        part = "" if run.history() else ", in which it was stopped"
        facts.append(f"best validation accuracy {best['val_accuracy']:.1%} in epoch {best['epoch']}{part}")
    elif progress.state == STOPPED:
        facts.append("stopped before the end of its first epoch, and nothing was kept")
    if progress.images_per_s and progress.state == RUNNING:
        facts.append(f"{progress.images_per_s:.0f} images per second")
    return " · ".join(facts)


def _share(run: Run, progress: Progress) -> float:
    part = progress.step / progress.steps if progress.steps else 0.0
    return min(1.0, (progress.epoch + part) / run.config.fit.epochs)


def _left(progress: Progress) -> str:
    if progress.state == QUEUED:
        return "Waiting for its turn"
    if not progress.steps:
        return "Reading the data and building the network"
    left = f", about {duration(progress.seconds_left)} left" if progress.seconds_left else ""
    return f"Epoch {progress.epoch + 1}, step {progress.step} of {progress.steps}{left}"


def _actions(run: Run, progress: Progress, has_model: bool) -> None:
    if progress.state in (QUEUED, RUNNING):
        _stop_buttons(run, progress)
        return
    if can_resume(run):
        fault = resume_fault(run)
        icon, key = ":material/play_arrow:", f"resume-{run.name}"
        if st.button("Resume", key=key, icon=icon, type="primary", disabled=bool(fault), help=fault):
            _rerun_after(lambda: resume_run(run, settings().models_dir))
    if has_model:
        if st.button("Use on the live page", key=f"live-{run.name}", icon=":material/videocam:", type="primary"):
            st.session_state["live_model"] = run.name
            st.switch_page(navigation.LIVE)
        if st.button("See its evaluation", key=f"model-{run.name}", icon=":material/analytics:"):
            st.session_state["models_selected"] = run.name
            st.switch_page(navigation.MODELS)
    if st.button("Delete the run", key=f"delete-{run.name}", icon=":material/delete:"):
        _confirm_delete(run)


def _stop_buttons(run: Run, progress: Progress) -> None:
    asked, begun = run.stop_asked(), progress.state == RUNNING and bool(progress.steps)
    if asked:
        st.button("Stopping…", key=f"stop-{run.name}", icon=":material/stop:", disabled=True)
        return
    if begun or run.history():
        label = "Stop and keep the best so far" if run.history() else "Stop and keep what there is"
        if st.button(label, key=f"stop-{run.name}", icon=":material/stop:"):
            _rerun_after(lambda: stop_run(run))
    if not run.history():
        label = "Stop and discard" if begun else "Cancel"
        if st.button(label, key=f"discard-{run.name}", icon=":material/cancel:"):
            _rerun_after(lambda: stop_run(run, discard=True))


@st.dialog("Delete this run?")
def _confirm_delete(run: Run) -> None:
    st.markdown(f"The history, log and checkpoints of **{run.name}** are deleted. Its model stays installed.")
    if st.button("Delete", type="primary", icon=":material/delete:"):
        shutil.rmtree(run.folder, ignore_errors=True)
        st.rerun()


def _rerun_after(action: Callable[[], None]) -> None:
    """Rerun the page after the action; if it fails, show why instead."""
    try:
        action()
    except (RunError, MissingPackageError) as error:
        st.error(str(error))
    else:
        st.rerun()

"""The runs: the state of each, its curves, and what can be done with it."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import streamlit as st

from emotion_core.charts.training import training_curves
from emotion_core.errors import MissingPackageError, RunError
from emotion_core.language import gettext as _
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
        none_yet = _("No runs yet.")
        if not training_fault():
            none_yet += " " + _("Choose data and settings below, and press Start.")
        st.info(none_yet, icon=":material/school:")
        return
    was_active, is_active = st.session_state.get("train_was_active"), active(runs)
    st.session_state["train_was_active"] = is_active
    if was_active and not is_active:
        st.rerun()  # the whole page, which then no longer reruns this fragment every second
    names = [run.name for run in runs]
    chosen = st.multiselect(
        _("Runs to compare"), names, default=names[:1], key=f"train_compare_{names[0]}", placeholder=_("Choose runs")
    )
    shown = [run for run in runs if run.name in chosen]
    histories = {run.name: run.history() for run in shown}
    steps = {run.name: run.steps() for run in shown}
    if any(histories.values()) or any(steps.values()):
        chart = training_curves(histories, steps)
        alt = _("Lines, accuracy and loss of {runs} over the epochs", runs=", ".join(histories))
        st.plotly_chart(chart, width="stretch", key="train_curves", config={"displayModeBar": False}, alt=alt)
    models = {entry.name for entry in registry().entries() if not entry.error}
    for run in shown:
        _show_run(run, has_model=run.name in models)


def _show_run(run: Run, *, has_model: bool) -> None:
    progress = run.progress()
    icon, color = ICONS[progress.state]
    with st.container(border=True):
        st.markdown(f"**{run.name}** :{color}-badge[{icon} {_(progress.state)}]")
        st.caption(_facts(run, progress))
        if progress.state in (RUNNING, QUEUED):
            st.progress(_share(run, progress), text=_left(progress))
        if progress.error:
            st.error(str(progress.error))
        with st.container(horizontal=True):
            _actions(run, progress, has_model)
        with st.expander(_("Log"), icon=":material/terminal:"):
            st.code(run.log_tail(25) or _("Nothing yet."), language=None, height=240)


def _facts(run: Run, progress: Progress) -> str:
    fit, best = run.config.fit, run.best()
    facts = [
        _(
            "{arch}, {done} of {epochs} epochs, batch {batch}, {optimizer}",
            arch=fit.arch,
            done=len(run.history()),
            epochs=fit.epochs,
            batch=fit.batch_size,
            optimizer=fit.optimizer,
        )
    ]
    if best:
        reached = {"accuracy": best["val_accuracy"], "epoch": best["epoch"]}
        facts.append(
            _("best validation accuracy {accuracy:.1%} in epoch {epoch}", **reached)
            if run.history()
            else _("best validation accuracy {accuracy:.1%} in epoch {epoch}, in which it was stopped", **reached)
        )
    elif progress.state == STOPPED:
        facts.append(_("stopped before the end of its first epoch, and nothing was kept"))
    if progress.images_per_s and progress.state == RUNNING:
        facts.append(_("{rate:.0f} images per second", rate=progress.images_per_s))
    return " · ".join(facts)


def _share(run: Run, progress: Progress) -> float:
    part = progress.step / progress.steps if progress.steps else 0.0
    return min(1.0, (progress.epoch + part) / run.config.fit.epochs)


def _left(progress: Progress) -> str:
    if progress.state == QUEUED:
        return _("Waiting for its turn")
    if not progress.steps:
        return _("Reading the data and building the network")
    where = {"epoch": progress.epoch + 1, "step": progress.step, "steps": progress.steps}
    if not progress.seconds_left:
        return _("Epoch {epoch}, step {step} of {steps}", **where)
    left = duration(progress.seconds_left)
    return _("Epoch {epoch}, step {step} of {steps}, about {left} left", **where, left=left)


def _actions(run: Run, progress: Progress, has_model: bool) -> None:
    if progress.state in (QUEUED, RUNNING):
        _stop_buttons(run, progress)
        return
    if can_resume(run):
        fault = resume_fault(run)
        icon, key = ":material/play_arrow:", f"resume-{run.name}"
        if st.button(_("Resume"), key=key, icon=icon, type="primary", disabled=bool(fault), help=str(fault or "")):
            _rerun_after(lambda: resume_run(run, settings().models_dir))
    if has_model:
        if st.button(_("Use on the live page"), key=f"live-{run.name}", icon=":material/videocam:", type="primary"):
            st.session_state["live_model"] = run.name
            st.switch_page(navigation.LIVE)
        if st.button(_("See its evaluation"), key=f"model-{run.name}", icon=":material/analytics:"):
            st.session_state["models_selected"] = run.name
            st.switch_page(navigation.MODELS)
    if st.button(_("Delete the run"), key=f"delete-{run.name}", icon=":material/delete:"):
        st.dialog(_("Delete this run?"))(_confirm_delete)(run)


def _stop_buttons(run: Run, progress: Progress) -> None:
    asked, begun = run.stop_asked(), progress.state == RUNNING and bool(progress.steps)
    if asked:
        st.button(_("Stopping…"), key=f"stop-{run.name}", icon=":material/stop:", disabled=True)
        return
    if begun or run.history():
        label = _("Stop and keep the best so far") if run.history() else _("Stop and keep what there is")
        if st.button(label, key=f"stop-{run.name}", icon=":material/stop:"):
            _rerun_after(lambda: stop_run(run))
    if not run.history():
        label = _("Stop and discard") if begun else _("Cancel")
        if st.button(label, key=f"discard-{run.name}", icon=":material/cancel:"):
            _rerun_after(lambda: stop_run(run, discard=True))


def _confirm_delete(run: Run) -> None:
    st.markdown(
        _("The history, log and checkpoints of **{name}** are deleted. Its model stays installed.", name=run.name)
    )
    if st.button(_("Delete"), type="primary", icon=":material/delete:"):
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

"""The audit of a data set: run it, read its report, download it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from emotion_core.data.audit import AuditReport, audit
from emotion_core.data.dataset import Dataset
from emotion_core.language import gettext as _
from pages.shared.downloads import download, what_they_hold
from pages.shared.tables import in_words

PAIRS = 16  # look-alikes that are shown as images; the table lists all
PAIR_WIDTH = 160  # pixels
_WORDS = ("emotion", "emotion_a", "emotion_b", "largest", "smallest", "reason")  # columns


def current_report(dataset: Dataset) -> AuditReport | None:
    """Return the audit of this very data set, if the visitor has run it, with its votes if it has some."""
    report: AuditReport | None = st.session_state.get("dataset_audit")
    if report is None or report.fingerprint != dataset.fingerprint:
        return None
    return report if report.has_votes == dataset.has_votes else None


def audit_section(dataset: Dataset) -> None:
    """Show a button before the audit, and the report after it."""
    st.subheader(_("Audit"))
    report = current_report(dataset)
    if report is None:
        st.markdown(
            _(
                "Looks for unreadable, blank and oddly sized images, exact copies, look-alikes, images found in "
                "two splits, and copies with different labels. Where people have voted on the images, it also "
                "looks for labels that most of them contradict. Nothing in the folder is changed."
            )
        )
        if st.button(_("Audit this data set"), type="primary", icon=":material/fact_check:"):
            bar = st.progress(0.0, text=_("Checking the images"))
            st.session_state["dataset_audit"] = audit(dataset, lambda share: bar.progress(share, text=_("Checking")))
            st.rerun()
        return
    _show_figures(report)
    _show_tables(dataset, report)
    _downloads(report)


def _show_figures(report: AuditReport) -> None:
    figures = report.figures()
    with st.container(horizontal=True):
        st.metric(_("Unreadable"), f"{figures['unreadable']:,}")
        st.metric(
            _("Extra copies"),
            f"{figures['extra_copies']:,}",
            help=_("In {copy_groups:,} groups of images with equal pixels.", copy_groups=figures["copy_groups"]),
        )
        st.metric(_("Found in two splits"), f"{figures['groups_across_splits']:,}")
        st.metric(_("Conflicting labels"), f"{figures['conflicting_groups']:,}", help=_("Groups of equal images."))
        st.metric(_("Look-alike pairs"), f"{figures['near_pairs']:,}")
        if report.has_votes:
            _vote_figures(figures)
    st.dataframe(
        in_words(report.findings(), "flag", "meaning"),
        hide_index=True,
        width="stretch",
        height="content",
        alt=_("Images with each flag"),
    )
    st.caption(
        _(
            "*Exclude flagged images* on the Train page leaves out: {left_out}.",
            left_out=", ".join(map(_, report.left_out)),
        )
    )


def _vote_figures(figures: dict[str, int]) -> None:
    agreed, same = figures["majority_images"], figures["majority_is_label"]
    st.metric(
        _("Disputed labels"),
        f"{agreed - same:,}",
        help=_(
            "Of {agreed:,} images on which more than half of the votes are for the same one of the seven "
            "expressions, this many have another label.",
            agreed=agreed,
        ),
    )
    st.metric(
        _("No face"),
        f"{figures['mostly_no_face']:,}",
        help=_(
            "Of {images_with_votes:,} images with votes: more than half say that there is no face.",
            images_with_votes=figures["images_with_votes"],
        ),
    )


def _show_tables(dataset: Dataset, report: AuditReport) -> None:
    tables: dict[str, tuple[pd.DataFrame, bool]] = {
        _("Balance"): (report.imbalance(), False),
        _("Exact copies"): (report.copies.drop(columns="hash"), True),
        _("Look-alikes"): (report.near, True),
        _("Unreadable"): (report.problems, True),
    }
    for tab, (name, (table, hide)) in zip(st.tabs(list(tables)), tables.items(), strict=True):
        with tab:
            if table.empty:
                st.success(_("None."), icon=":material/check:")
            else:
                if table is report.near:
                    _show_pairs(dataset, table.head(PAIRS))
                st.dataframe(in_words(table, *_WORDS), hide_index=hide, width="stretch", alt=name)


def _show_pairs(dataset: Dataset, pairs: pd.DataFrame) -> None:
    """Show pairs that look alike, side by side."""
    rows = {split: {name: i for i, name in enumerate(faces.names)} for split, faces in dataset.splits.items()}

    def image(split: str, name: str) -> np.ndarray:
        found: np.ndarray = dataset.splits[split].images[rows[split][name]]
        return found

    shown = pairs.to_dict(orient="records")
    st.image(
        [np.hstack([image(p["split_a"], p["name_a"]), image(p["split_b"], p["name_b"])]) for p in shown],
        caption=[f"{p['split_a']} {_(p['emotion_a'])} · {p['split_b']} {_(p['emotion_b'])}" for p in shown],
        width=PAIR_WIDTH,
        output_format="PNG",
        alt=[_("{first} beside {second}", first=p["name_a"], second=p["name_b"]) for p in shown],
    )


def _downloads(report: AuditReport) -> None:
    with st.container(horizontal=True):
        download(
            _("Manifest (JSON)"),
            report.manifest,
            f"{report.name}-manifest.json",
            "application/json",
            icon=":material/fact_check:",
            help=_("The fingerprint of the data, and the hash, label and flags of every image."),
        )
        download(
            _("Report (JSON)"),
            report.to_json,
            f"{report.name}-audit.json",
            "application/json",
            icon=":material/summarize:",
        )
        download(
            _("Flags (CSV)"),
            lambda: report.findings().to_csv(index=False),
            f"{report.name}-flags.csv",
            "text/csv",
            icon=":material/table:",
        )
        what_they_hold("dataset_files")
    st.caption(_("Fingerprint {fingerprint}", fingerprint=report.fingerprint))

"""The audit of a data set: run it, read its report, download it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from emotion_core.data.audit import AuditReport, audit
from emotion_core.data.dataset import Dataset
from pages.shared.downloads import download

PAIRS = 16  # look-alikes that are shown as images; the table lists all
PAIR_WIDTH = 160  # pixels


def current_report(dataset: Dataset) -> AuditReport | None:
    """Return the audit of this very data set, if the visitor has run it, with its votes if it has some."""
    report: AuditReport | None = st.session_state.get("dataset_audit")
    if report is None or report.fingerprint != dataset.fingerprint:
        return None
    return report if report.has_votes == dataset.has_votes else None


def audit_section(dataset: Dataset) -> None:
    """Show a button before the audit, and the report after it."""
    st.subheader("Audit")
    report = current_report(dataset)
    if report is None:
        st.markdown(
            "Looks for unreadable, blank and oddly sized images, exact copies, look-alikes, images found in two "
            "splits, and copies with different labels. Where people have voted on the images, it also looks for labels "
            "that most of them contradict. Nothing in the folder is changed."
        )
        if st.button("Audit this data set", type="primary", icon=":material/fact_check:"):
            bar = st.progress(0.0, text="Checking the images")
            st.session_state["dataset_audit"] = audit(dataset, lambda share: bar.progress(share, text="Checking"))
            st.rerun()
        return
    _show_figures(report)
    _show_tables(dataset, report)
    _downloads(report)


def _show_figures(report: AuditReport) -> None:
    figures = report.figures()
    with st.container(horizontal=True):
        st.metric("Unreadable", f"{figures['unreadable']:,}")
        st.metric(
            "Extra copies",
            f"{figures['extra_copies']:,}",
            help=f"In {figures['copy_groups']:,} groups of images with equal pixels.",
        )
        st.metric("Found in two splits", f"{figures['groups_across_splits']:,}")
        st.metric("Conflicting labels", f"{figures['conflicting_groups']:,}", help="Groups of equal images.")
        st.metric("Look-alike pairs", f"{figures['near_pairs']:,}")
        if report.has_votes:
            _vote_figures(figures)
    st.dataframe(report.findings(), hide_index=True, width="stretch", height="content", alt="Images with each flag")
    st.caption(f"*Exclude flagged images*, on the page Train, excludes: {', '.join(report.left_out)}.")


def _vote_figures(figures: dict[str, int]) -> None:
    agreed, same = figures["majority_images"], figures["majority_is_label"]
    st.metric(
        "Disputed labels",
        f"{agreed - same:,}",
        help=f"Of {agreed:,} images on which more than half of the votes are for the same one of the seven "
        "expressions, so many have another label.",
    )
    st.metric(
        "No face",
        f"{figures['mostly_no_face']:,}",
        help=f"Of {figures['images_with_votes']:,} images with votes: more than half say that there is no face.",
    )


def _show_tables(dataset: Dataset, report: AuditReport) -> None:
    tables: dict[str, tuple[pd.DataFrame, bool]] = {
        "Balance": (report.imbalance(), False),
        "Exact copies": (report.copies.drop(columns="hash"), True),
        "Look-alikes": (report.near, True),
        "Unreadable": (report.problems, True),
    }
    for tab, (name, (table, hide)) in zip(st.tabs(list(tables)), tables.items(), strict=True):
        with tab:
            if table.empty:
                st.success("None.", icon=":material/check:")
            else:
                if name == "Look-alikes":
                    _show_pairs(dataset, table.head(PAIRS))
                st.dataframe(table, hide_index=hide, width="stretch", alt=name)


def _show_pairs(dataset: Dataset, pairs: pd.DataFrame) -> None:
    """Show pairs that look alike, side by side."""
    rows = {split: {name: i for i, name in enumerate(faces.names)} for split, faces in dataset.splits.items()}

    def image(split: str, name: str) -> np.ndarray:
        found: np.ndarray = dataset.splits[split].images[rows[split][name]]
        return found

    shown = pairs.to_dict(orient="records")
    st.image(
        [np.hstack([image(p["split_a"], p["name_a"]), image(p["split_b"], p["name_b"])]) for p in shown],
        caption=[f"{p['split_a']} {p['emotion_a']} · {p['split_b']} {p['emotion_b']}" for p in shown],
        width=PAIR_WIDTH,
        output_format="PNG",
        alt=[f"{p['name_a']} beside {p['name_b']}" for p in shown],
    )


def _downloads(report: AuditReport) -> None:
    with st.container(horizontal=True):
        download(
            "Manifest (JSON)",
            report.manifest,
            f"{report.name}-manifest.json",
            "application/json",
            icon=":material/fact_check:",
            help="The fingerprint of the data, and the hash, label and flags of every image.",
        )
        download(
            "Report (JSON)",
            report.to_json,
            f"{report.name}-audit.json",
            "application/json",
            icon=":material/summarize:",
        )
        download(
            "Flags (CSV)",
            lambda: report.findings().to_csv(index=False),
            f"{report.name}-flags.csv",
            "text/csv",
            icon=":material/table:",
        )
    st.caption(f"Fingerprint {report.fingerprint}")

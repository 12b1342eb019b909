"""The widgets that choose a data set, and instructions for visitors who have none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from emotion_core.data.kaggle import HANDLE
from emotion_core.errors import DataError
from emotion_core.language import gettext as _
from emotion_core.language import mark
from pages.shared.current_dataset import Progress, choose, current_source, dataset_cache
from pages.shared.dataset_import import MAX_UPLOAD_MB, demo_set, from_kaggle, from_path, from_upload

PLACES = {
    "demo": mark(":material/auto_awesome: Demo data"),
    "upload": mark(":material/upload: Upload"),
    "path": mark(":material/folder_open: Path on the server"),
    "kaggle": mark(":material/cloud_download: Kaggle"),
}

_VOTES_HELP = mark(
    "What ten people said of each image: fer2013new.csv for fer2013.csv, or ferplus_votes.csv, whose column path names "
    "the files of a folder. Models can learn from the votes and be measured against them; the labels stay as they are."
)

HOW_TO_GET = mark("""
**FER-2013** has 35,887 gray faces of 48×48 pixels with seven expressions. There are two ways to get it:

1. From Kaggle, with a free account: [msambare/fer2013](https://www.kaggle.com/datasets/msambare/fer2013) has the
   folders `train/` and `test/`; the contest's page has `icml_face_data.csv` with the third split, PrivateTest. Download
   the zip and upload it above, or enter the path of the unpacked folder.
2. If this server has a Kaggle token, choose *Kaggle* above.

Any other set of faces works as well if it has a folder for each expression: `train/happy/…jpg`, `train/sad/…jpg`,
and so on. Names may be upper or lower case, and *anger* or *happiness* are understood. A class may be missing.

No data at hand? The **demo data** is generated here: 525 simple drawn faces, good for trying everything in two minutes,
and for nothing else.
""")


def dataset_picker() -> None:
    """Show the widgets that choose a data set; collapsed once one is chosen."""
    chosen = current_source()
    title = _("Data set: **{name}**", name=chosen.path.name) if chosen else _("Choose a data set")
    with st.expander(title, expanded=chosen is None or not chosen.path.exists(), icon=":material/database:"):
        place = st.segmented_control(
            _("Where it is"),
            list(PLACES),
            format_func=lambda name: _(PLACES[name]),
            default="demo",
            required=True,
            key="dataset_place",
            label_visibility="collapsed",
        )
        {"demo": _demo, "upload": _upload, "path": _path, "kaggle": _kaggle}[place or "demo"]()
        if chosen and st.button(
            _("Read the files again"), icon=":material/refresh:", help=_("After you have changed them.")
        ):
            dataset_cache().forget()
            st.rerun()
    if chosen is None:
        st.info(_(HOW_TO_GET), icon=":material/school:")


def _demo() -> None:
    st.markdown(
        _("Simple drawn faces with seven expressions, stored on this server. Drawing them takes a few seconds.")
    )
    if st.button(_("Create demo data"), type="primary", icon=":material/auto_awesome:"):
        _use(demo_set, _("Drawing faces"))


def _upload() -> None:
    upload = st.file_uploader(
        _("A zip of the folders, or fer2013.csv"),
        type=["zip", "csv"],
        key="dataset_upload",
        max_upload_size=MAX_UPLOAD_MB,
    )
    votes = _votes_upload() if upload is not None else None
    if st.button(_("Use this file"), type="primary", disabled=upload is None) and upload is not None:
        votes_path = (lambda progress: from_upload(votes, progress)) if votes is not None else None
        _use(lambda progress: from_upload(upload, progress), _("Storing the file"), votes_path)


def _votes_upload() -> UploadedFile | None:
    return st.file_uploader(
        _("FER+ votes (optional)"),
        type=["csv"],
        key="dataset_votes_upload",
        max_upload_size=20,
        help=_(_VOTES_HELP),
    )


def _path() -> None:
    with st.form("dataset_path_form", border=False):
        text = st.text_input(_("Folder, fer2013.csv or zip"), placeholder="/home/me/fer2013", key="dataset_path_text")
        votes = st.text_input(
            _("FER+ votes (optional)"),
            key="dataset_votes_text",
            help=_("{votes_help} A table beside the data is found without being named.", votes_help=_(_VOTES_HELP)),
        )
        submitted = st.form_submit_button(_("Use this path"), type="primary")
    if submitted:
        _use(lambda _: from_path(text), _("Looking"), (lambda _: from_path(votes)) if votes.strip() else None)


def _kaggle() -> None:
    handle = st.text_input(
        _("Data set"), HANDLE, key="dataset_kaggle", help=_("OWNER/NAME, as in its address on kaggle.com")
    )
    st.caption(_("This needs a token of your Kaggle account on this server: ~/.kaggle/kaggle.json."))
    if st.button(_("Download"), type="primary", icon=":material/cloud_download:"):
        note = st.empty()
        _use(
            lambda _progress: from_kaggle(
                handle, lambda size: note.caption(_("{size:,.0f} MB so far", size=size / 1e6))
            ),
            _("Downloading from Kaggle"),
        )


def _use(find: Callable[[Progress], Path], label: str, find_votes: Callable[[Progress], Path] | None = None) -> None:
    """Make what ``find`` returns the visitor's data set and rerun the page; if it fails, show why."""
    bar = st.progress(0.0, text=label)
    try:
        path = find(lambda share: bar.progress(share, text=label))
        votes = find_votes(lambda _: None) if find_votes else None
    except DataError as error:
        bar.empty()
        st.error(str(error), icon=":material/error:")
        return
    choose(path, votes)
    st.rerun()

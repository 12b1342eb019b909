"""Which data set a visitor works on: a path on the server, an upload, Kaggle, or the demo set."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from emotion_core.data.dataset import Dataset
from emotion_core.data.demo import make_demo_set
from emotion_core.data.kaggle import download
from emotion_core.data.load import load_dataset
from emotion_core.errors import DataError
from emotion_core.files.archive import unpack
from emotion_core.files.atomic import new_folder
from pages.shared.resources import settings

MAX_UPLOAD_MB = 400  # fer2013.csv has 301 MB
KEPT = 2  # data sets in memory, for all visitors together

Progress = Callable[[float], object]


@dataclass(frozen=True)
class Source:
    """What was chosen. ``fer_plus``: votes that replace the labels of a table."""

    path: Path
    fer_plus: Path | None = None


def current_source() -> Source | None:
    """The visitor's data set, or None before one was chosen."""
    path, votes = st.session_state.get("dataset_path"), st.session_state.get("dataset_fer_plus")
    return Source(Path(path), Path(votes) if votes else None) if path else None


def choose(path: Path, fer_plus: Path | None = None) -> None:
    """Make this the visitor's data set, on every page."""
    st.session_state["dataset_path"] = str(path.resolve())
    st.session_state["dataset_fer_plus"] = str(fer_plus.resolve()) if fer_plus else None
    st.session_state.pop("dataset_audit", None)


@dataclass
class DatasetCache:
    """The newest data sets that were read, shared by all visitors."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    found: dict[tuple[Source, int], Dataset] = field(default_factory=dict)

    def get(self, source: Source, progress: Progress) -> Dataset:
        """The data set of ``source``, read anew if its folder or file has changed since.

        Raises:
            DataError: it cannot be read.
        """
        key = (source, _changed_ns(source.path))
        with self.lock:
            known = self.found.get(key)
        if known is None:
            known = load_dataset(source.path, fer_plus=source.fer_plus, progress=progress)
            with self.lock:
                self.found[key] = known
                while len(self.found) > KEPT:
                    del self.found[next(iter(self.found))]
        return known

    def forget(self) -> None:
        """Read everything anew."""
        with self.lock:
            self.found.clear()


@st.cache_resource(show_spinner=False)
def dataset_cache() -> DatasetCache:
    """The data sets in memory."""
    return DatasetCache()


def _changed_ns(path: Path) -> int:
    """When the file, or the folder and the folders in it, were changed last, nanoseconds.

    Raises:
        DataError: it is gone.
    """
    try:
        folders = [path, *path.glob("*/"), *path.glob("*/*/")] if path.is_dir() else [path]
        return max(folder.stat().st_mtime_ns for folder in folders)
    except OSError as error:
        raise DataError("The data set is no longer there. Choose another one.") from error


def from_path(text: str) -> Path:
    """The path that a visitor typed.

    Raises:
        DataError: nothing is there.
    """
    if not text.strip():
        raise DataError("Enter the path of a folder or file on this server.")
    path = Path(text.strip()).expanduser()
    try:
        if path.exists():
            return path
    except (OSError, ValueError) as error:
        raise DataError("This is not the name of a file or folder. Check it.") from error
    raise DataError("There is no such file or folder on this server. Check the name.")


def from_upload(upload: UploadedFile, progress: Progress) -> Path:
    """Keep an uploaded table, or unpack an uploaded archive; the same upload is kept once.

    Raises:
        DataError: it cannot be kept or unpacked.
    """
    digest = hashlib.sha256(upload.getbuffer()).hexdigest()[:12]
    stem = "".join(letter for letter in Path(upload.name).stem if letter.isalnum() or letter in "-_")[:40]
    folder = settings().data_dir / "uploads" / f"{stem or 'upload'}-{digest}"
    suffix = Path(upload.name).suffix.lower()
    target = folder / "fer2013.csv" if suffix == ".csv" else folder
    if target.exists():
        return target
    try:
        with new_folder(folder) as draft:
            _fill(draft, upload, suffix, progress)
    except OSError as error:
        if not target.exists():  # another visitor may have uploaded the same a moment earlier
            raise DataError(f"The upload cannot be kept: {error.strerror}.") from error
    return target


def _fill(draft: Path, upload: UploadedFile, suffix: str, progress: Progress) -> None:
    if suffix == ".csv":
        (draft / "fer2013.csv").write_bytes(upload.getbuffer())
        return
    archive = draft.with_suffix(".zip")
    try:
        archive.write_bytes(upload.getbuffer())
        unpack(archive, draft, progress=progress)
    finally:
        archive.unlink(missing_ok=True)


def from_kaggle(handle: str, arrived: Callable[[int], object]) -> Path:
    """Fetch a data set from Kaggle; ``arrived`` is told how many bytes are there.

    Raises:
        DataError: see `emotion_core.data.kaggle.download`.
    """
    return download(handle.strip(), arrived=arrived)


def demo_set(progress: Progress) -> Path:
    """The demo set, drawn if it is not there yet.

    Raises:
        DataError: it cannot be written.
    """
    folder = settings().data_dir / "demo"
    if not (folder / "test").is_dir():
        make_demo_set(folder, progress=progress)
    return folder

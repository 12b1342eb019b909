"""The data set that a visitor works on, on the pages Dataset, Train and Models alike, and the cache it is read into."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from emotion_core.data.dataset import Dataset
from emotion_core.data.fer_plus import find_votes
from emotion_core.data.load import load_dataset
from emotion_core.errors import DataError
from emotion_core.language import gettext as _

KEPT = 2  # data sets in memory, for all visitors together: FER-2013 takes 83 MB

Progress = Callable[[float], object]


@dataclass(frozen=True)
class Source:
    """Where a data set is stored.

    path: a folder, a table or an archive on this server.
    fer_plus: a table of FER+ votes; if None, one that lies beside the data is used.
    """

    path: Path
    fer_plus: Path | None = None


def current_source() -> Source | None:
    """The visitor's data set, or None before one was chosen."""
    path, votes = st.session_state.get("dataset_path"), st.session_state.get("dataset_fer_plus")
    return Source(Path(path), Path(votes) if votes else None) if path else None


def choose(path: Path, fer_plus: Path | None = None) -> None:
    """Make this the visitor's data set on every page; the audit of the former one is forgotten."""
    st.session_state["dataset_path"] = str(path.resolve())
    st.session_state["dataset_fer_plus"] = str(fer_plus.resolve()) if fer_plus else None
    st.session_state.pop("dataset_audit", None)


@dataclass
class DatasetCache:
    """The data sets that were read last, shared by all visitors. Thread-safe."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    found: dict[tuple[Source, int], Dataset] = field(default_factory=dict)

    def get(self, source: Source, progress: Progress) -> Dataset:
        """Return the data set of ``source``, read again if its folder or file has changed since.

        Raises:
            DataError: it cannot be read.
        """
        votes = source.fer_plus or find_votes(source.path)
        key = (source, max(_changed_ns(path) for path in (source.path, votes) if path))
        with self.lock:
            known = self.found.get(key)
        if known is None:
            # Without the lock: reading takes seconds. Two visitors may read the same data set at once; both get it.
            known = load_dataset(source.path, fer_plus=source.fer_plus, progress=progress)
            with self.lock:
                self.found[key] = known
                while len(self.found) > KEPT:
                    del self.found[next(iter(self.found))]
        return known

    def forget(self) -> None:
        """Empty the cache, so that every data set is read again."""
        with self.lock:
            self.found.clear()


@st.cache_resource(show_spinner=False)
def dataset_cache() -> DatasetCache:
    """The cache of this server."""
    return DatasetCache()


def read_or_stop(source: Source) -> Dataset:
    """Read the data set with a progress bar; if it cannot be read, show why and end the page there."""
    bar = st.progress(0.0, text=_("Reading the images"))
    try:
        return dataset_cache().get(source, lambda share: bar.progress(share, text=_("Reading the images")))
    except DataError as error:
        st.error(str(error), icon=":material/error:")
        st.stop()
    finally:
        bar.empty()


def _changed_ns(path: Path) -> int:
    """When the file, or the folder and the two levels of folders below it, last changed, in nanoseconds.

    The page asks on every rerun, so the times of single images (35,887 in FER-2013) are not read. A folder's time
    changes when a file in it is added, renamed or removed.

    Raises:
        DataError: it is gone.
    """
    try:
        folders = [path, *path.glob("*/"), *path.glob("*/*/")] if path.is_dir() else [path]
        return max(folder.stat().st_mtime_ns for folder in folders)
    except OSError as error:
        raise DataError("The data set is no longer there. Choose another one.") from error

"""Bringing a data set within reach: a path on the server, an upload, a download from Kaggle, or the demo set."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from streamlit.runtime.uploaded_file_manager import UploadedFile

from emotion_core.data.demo import make_demo_set
from emotion_core.data.kaggle import download
from emotion_core.errors import DataError
from emotion_core.files.archive import unpack
from emotion_core.files.atomic import new_folder
from pages.shared.current_dataset import Progress
from pages.shared.resources import settings

MAX_UPLOAD_MB = 400  # fer2013.csv has 301 MB


def from_path(text: str) -> Path:
    """Return the path that a visitor typed.

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
    """Store an uploaded table, or unpack an uploaded archive; equal files are stored once.

    Raises:
        DataError: it cannot be stored or unpacked.
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
            raise DataError("The upload cannot be stored: {reason}.", reason=error.strerror) from error
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
    """Download a data set from Kaggle; ``arrived`` is called with the number of bytes received so far.

    Raises:
        DataError: see `emotion_core.data.kaggle.download`.
    """
    return download(handle.strip(), arrived=arrived)


def demo_set(progress: Progress) -> Path:
    """Return the folder of the demo set, which is drawn first if it is missing.

    Raises:
        DataError: it cannot be written.
    """
    folder = settings().data_dir / "demo"
    if not (folder / "test").is_dir():
        make_demo_set(folder, progress=progress)
    return folder

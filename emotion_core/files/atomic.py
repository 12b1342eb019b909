"""Files and folders that appear whole or not at all, whenever the process is killed.

A file is written beside its target and renamed over it: the system does that in one step. No portable call exchanges
two folders in one step, so replacing a folder takes two renames, and what a killed process left between them is put
right by `recover_folders`, which whoever lists the parent folder calls first.

While a folder is being written, its parent holds two entries more::

    .staged-X.lock     locked by the writing process for as long as it lives
    .staged-X/
        new/NAME       being filled
        old/NAME       the folder that NAME replaces, for the moment between the two renames
        removed/NAME   a folder that is being deleted

Source: the write-rename pattern of T. Pillai et al., "All File Systems Are Not Created Equal", 2014.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

_PARTIAL = ".partial-"
_STAGED = ".staged-"
_LOCK = ".lock"
# A temporary file that nobody wrote to for an hour belongs to a process that was killed: the slowest writer, a video's,
# writes several times a second.
_ABANDONED_S = 3600
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)  # what rename says where something is in the way


@contextmanager
def replaced_file(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """A temporary file beside ``path`` that takes its place when the block ends, and is gone after an error.

    It has the same suffixes as ``path``, and a name of its own, so that two threads may replace one file: the last
    one wins.

    Args:
        durable: wait until the data are on the disk, so that a power cut leaves one of both files as well. Leave it
            out for what is rewritten several times a second and worthless after a restart.

    Raises:
        OSError: the file cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "numbers.txt"
    ...     with replaced_file(path) as draft:
    ...         _ = draft.write_text("1 2 3")
    ...         print(path.exists())
    ...     print(path.read_text())
    False
    1 2 3
    """
    path = Path(path)
    _remove_abandoned(path)
    draft = path.with_name(f"{_PARTIAL}{secrets.token_hex(4)}-{path.name}")
    try:
        yield draft
        if durable:
            _sync(draft)
        draft.replace(path)
        if durable:
            _sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """A folder to fill, of the same name as ``path``, that becomes ``path`` when the block ends without an error.

    Args:
        replace: let it take the place of a folder that is there already. Killed at any moment, the process leaves the
            old one or the new one, whole, once `recover_folders` has run.

    Raises:
        FileExistsError: ``path`` exists and is not to be replaced; also when another process made it meanwhile.
        OSError: the folder cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     for text in ("old", "new"):
    ...         with new_folder(Path(parent) / "model", replace=True) as staged:
    ...             _ = (staged / "card.txt").write_text(text)
    ...     print([path.name for path in Path(parent).iterdir()], (Path(parent) / "model" / "card.txt").read_text())
    ['model'] new
    """
    path = Path(path)
    if not replace:
        _refuse_existing(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _staging(path.parent) as staging:
        staged = staging / "new" / path.name
        staged.mkdir(parents=True)
        yield staged
        if replace:
            # The old folder is deleted for the new one, so the new one must be on the disk first.
            for file in staged.rglob("*"):
                if file.is_file():
                    _sync(file)
            _replace_folder(path, staged, staging)
        else:
            _refuse_existing(path)
            _move_into_place(staged, path)
        _sync_folder(path.parent)


def remove_folder(path: Path) -> None:
    """Delete a folder, or a link to one: its name is gone at once, whatever happens while its files are deleted.

    Raises:
        OSError: it is not there, or cannot be moved.
    """
    path = Path(path)
    with _staging(path.parent) as staging:
        (staging / "removed").mkdir()
        path.rename(staging / "removed" / path.name)


def recover_folders(parent: Path) -> None:
    """Finish in ``parent`` what killed processes left: interrupted replacements, folders half written or half deleted.

    What a living process is writing is left alone. Where nothing is left over, it only lists the folder. Where
    ``parent`` cannot be written, it stays as it is.
    """
    parent = Path(parent)
    with suppress(OSError):
        for lock_path in parent.glob(f"{_STAGED}*{_LOCK}"):
            _recover(lock_path.with_name(lock_path.name.removesuffix(_LOCK)), lock_path)


def _recover(staging: Path, lock_path: Path) -> None:
    # Between making its lock file and locking it, a process holds nothing yet: such a file is left alone while young.
    if not staging.exists() and time.time() - lock_path.stat().st_mtime < _ABANDONED_S:
        return
    try:
        with FileLock(lock_path, timeout=0):
            for old in (staging / "old").glob("*"):
                target = staging.parent / old.name
                if not os.path.lexists(target):
                    new = staging / "new" / old.name
                    (new if new.exists() else old).rename(target)
            shutil.rmtree(staging, ignore_errors=True)
        if not staging.exists():
            lock_path.unlink(missing_ok=True)
    except Timeout:
        return


@contextmanager
def _staging(parent: Path) -> Iterator[Path]:
    """A locked hidden folder in ``parent``, on the same file system, deleted with all that is in it."""
    recover_folders(parent)
    staging = parent / f"{_STAGED}{secrets.token_hex(4)}"
    lock_path = staging.with_name(staging.name + _LOCK)
    # The lock comes before the folder and goes after it: `recover_folders` never sees the folder unlocked.
    lock = FileLock(lock_path, timeout=0)
    with lock:
        try:
            staging.mkdir()
            yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)
            # Windows deletes no open file. There the lock is released first; the folder is gone already.
            with suppress(OSError):
                lock_path.unlink(missing_ok=True)
    with suppress(OSError):
        if not staging.exists():
            lock_path.unlink(missing_ok=True)


def _replace_folder(path: Path, staged: Path, staging: Path) -> None:
    kept = staging / "old" / path.name
    kept.parent.mkdir()
    for _ in range(10):  # another process may replace the same folder: of both, the last one wins
        had_old = os.path.lexists(path)
        if had_old:
            path.rename(kept)
        try:
            staged.rename(path)
            return
        except OSError as error:
            if error.errno not in _TAKEN:
                if had_old:
                    kept.rename(path)
                raise
            if had_old:
                shutil.rmtree(kept, ignore_errors=True)
    raise FileExistsError(errno.EEXIST, "other processes keep replacing the folder", str(path))


def _move_into_place(staged: Path, path: Path) -> None:
    try:
        staged.rename(path)
    except OSError as error:
        if error.errno in _TAKEN:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from error
        raise


def _refuse_existing(path: Path) -> None:
    if os.path.lexists(path):  # a link that leads nowhere is in the way too
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))


def _remove_abandoned(path: Path) -> None:
    """Delete what a killed process left of earlier attempts to write ``path``."""
    with suppress(OSError):
        for entry in os.scandir(path.parent):
            leftover = entry.name.startswith(_PARTIAL) and entry.name[len(_PARTIAL) + 8 :] == f"-{path.name}"
            if leftover and time.time() - entry.stat().st_mtime > _ABANDONED_S:
                Path(entry).unlink(missing_ok=True)


def _sync(file: Path) -> None:
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())


def _sync_folder(folder: Path) -> None:
    """Put a rename on the disk. Windows has no such call, and some network file systems refuse it."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

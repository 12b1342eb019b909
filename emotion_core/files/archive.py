"""Unpack zip archives that nobody vouches for: they are checked before anything is written, and measured meanwhile."""

from __future__ import annotations

import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from emotion_core.errors import DataError

_BLOCK = 1 << 20
# What the zip module raises for damaged archives, and for kinds of compression that it does not know.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError)


@dataclass(frozen=True)
class ArchiveLimits:
    """The largest archive that is unpacked.

    Raises:
        ValueError: a limit is less than 1.

    >>> ArchiveLimits(max_files=50).max_bytes
    2000000000
    """

    max_bytes: int = 2_000_000_000  # of all files together, unpacked
    max_files: int = 200_000

    def __post_init__(self) -> None:
        if min(self.max_bytes, self.max_files) < 1:
            raise ValueError(f"Expected limits of at least 1. Received: {self}")


@contextmanager
def unpacked(
    path: Path, limits: ArchiveLimits = ArchiveLimits(), progress: Callable[[float], object] | None = None
) -> Iterator[Path]:
    """Unpack an archive into a temporary folder, which is removed when the block ends.

    Raises:
        DataError: see `unpack`.
    """
    with tempfile.TemporaryDirectory(prefix="emotion-") as folder:
        unpack(path, Path(folder), limits, progress)
        yield Path(folder)


def unpack(
    path: Path,
    folder: Path,
    limits: ArchiveLimits = ArchiveLimits(),
    progress: Callable[[float], object] | None = None,
) -> None:
    """Write the files of the zip archive ``path`` below ``folder``.

    Args:
        progress: called with the fraction that is done, 0–1.

    Raises:
        DataError: the archive is damaged or locked with a password, exceeds ``limits`` (whatever sizes it declares),
            does not fit on the disk, or holds a link or a path that leads out of ``folder``.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
            _check(files, limits, folder)
            bytes_left = limits.max_bytes
            for number, info in enumerate(files):
                bytes_left -= _write(archive, info, folder, bytes_left)
                if progress and number % 100 == 0:
                    progress(number / len(files))
    except _DAMAGE as error:
        raise DataError("This zip archive is incomplete or damaged. Make or download it again.") from error
    except OSError as error:
        raise DataError("The archive cannot be unpacked: {reason}.", reason=error.strerror or error) from error


def _check(files: list[zipfile.ZipInfo], limits: ArchiveLimits, folder: Path) -> None:
    if len(files) > limits.max_files:
        raise DataError(
            "The archive has {count} files, more than the {max_files} allowed. Split it.",
            count=len(files),
            max_files=limits.max_files,
        )
    total = sum(info.file_size for info in files)
    if total > limits.max_bytes:
        raise _too_large(limits.max_bytes)
    if total > shutil.disk_usage(folder).free:
        raise DataError("The disk does not have enough free space to unpack the archive. Make room and try again.")
    for info in files:
        _check_entry(info)


def _check_entry(info: zipfile.ZipInfo) -> None:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise DataError("The archive holds a path that leads out of its folder. Make it again from the data set alone.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise DataError("The archive holds a symbolic link. Make it again with the files themselves.")
    if info.flag_bits & 0x1:
        raise DataError("The archive is locked with a password. Make it again without one.")


def _write(archive: zipfile.ZipFile, info: zipfile.ZipInfo, folder: Path, allowed: int) -> int:
    """Write one file of at most ``allowed`` bytes and return its size, whatever size the archive declares."""
    target = folder.joinpath(*PurePosixPath(info.filename.replace("\\", "/")).parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(info) as source, target.open("wb") as sink:
        while block := source.read(_BLOCK):
            written += len(block)
            if written > allowed:
                raise _too_large(allowed)
            sink.write(block)
    return written


def _too_large(allowed: int) -> DataError:
    return DataError(
        "The archive is larger than the {allowed:.0f} MB allowed when unpacked. Use a smaller one.",
        allowed=allowed / 1e6,
    )

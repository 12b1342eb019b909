"""Archives that are unpacked, and archives that would do harm if they were."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_core.errors import DataError
from emotion_core.files.archive import ArchiveLimits, unpack, unpacked

SMALL = ArchiveLimits(max_bytes=100_000, max_files=20)


def archive_of(*names: str, data: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, data)
    return buffer.getvalue()


def link() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("train/happy/a.png")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return buffer.getvalue()


def lying() -> bytes:
    """Ten megabytes that both headers declare as ten bytes."""
    return archive_of("bomb", data=bytes(10_000_000)).replace(struct.pack("<I", 10_000_000), struct.pack("<I", 10))


def locked() -> bytes:
    data = bytearray(archive_of("a.png"))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    return bytes(data)


def damaged() -> bytes:
    data = bytearray(archive_of("a.png", data=bytes(range(256)) * 9))
    data[60] ^= 0xFF
    return bytes(data)


BAD: dict[str, Callable[[], bytes]] = {
    "path upwards": lambda: archive_of("../outside.txt"),
    "path upwards inside": lambda: archive_of("train/../../outside.txt"),
    "absolute path": lambda: archive_of("/tmp/outside.txt"),
    "backslashes": lambda: archive_of("..\\outside.txt"),
    "drive letter": lambda: archive_of("C:\\outside.txt"),
    "symbolic link": link,
    "declared bomb": lambda: archive_of("bomb", data=bytes(10_000_000)),
    "lying bomb": lying,
    "many small ones": lambda: archive_of(*(f"{i}.png" for i in range(15)), data=bytes(10_000)),
    "too many files": lambda: archive_of(*(f"{i}.png" for i in range(21))),
    "password": locked,
    "cut off": lambda: archive_of("a.png")[:-30],
    "damaged": damaged,
    "empty file": lambda: b"",
    "text": lambda: b"no archive at all",
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
def test_a_bad_archive_is_refused_and_nothing_gets_out(make: Callable[[], bytes], tmp_path: Path) -> None:
    path = tmp_path / "faces.zip"
    path.write_bytes(make())
    target = tmp_path / "inner" / "target"
    target.mkdir(parents=True)
    with pytest.raises(DataError) as error:
        unpack(path, target, SMALL)
    assert "\n" not in str(error.value)
    assert {entry.name for entry in tmp_path.iterdir()} == {"faces.zip", "inner"}
    assert [entry.name for entry in (tmp_path / "inner").iterdir()] == ["target"]
    assert sum(entry.stat().st_size for entry in target.rglob("*") if entry.is_file()) <= SMALL.max_bytes


def test_a_good_archive_is_there_for_as_long_as_it_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "faces.zip"
    path.write_bytes(archive_of("train/happy/a.png", "train/sad/b.png"))
    with unpacked(path) as folder:
        assert (folder / "train" / "sad" / "b.png").read_bytes() == b"x"
    assert not folder.exists()


def test_a_full_disk_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "faces.zip"
    path.write_bytes(archive_of("a.png", data=bytes(1000)))
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10}))
    with pytest.raises(DataError, match="free space"), unpacked(path):
        pass


def test_limits_are_positive() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        ArchiveLimits(max_files=0)

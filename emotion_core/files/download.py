"""Download a file, and recognize it the next time.

Built on Python's own HTTP client and not on pooch (1.9.0 was tried). Pooch sets no limit on the size of a file, accepts
an empty one where no checksum is known, reports progress in chunks of a fixed size and not in bytes that arrived, and
resumes no more than this does; it would replace the thirty lines of `download`.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO

from emotion_core.errors import EmotionError
from emotion_core.files.atomic import replaced_file

CHUNK_BYTES = 1 << 16
TIMEOUT_S = 20.0  # without a byte from the server

Progress = Callable[[int, int | None], None]


class DownloadError(urllib.error.URLError):
    """A file cannot be downloaded. ``reason`` says why, in a phrase without a full stop."""


class ChecksumError(EmotionError):
    """A file is not the one that was downloaded before."""


def download(
    url: str,
    sink: IO[bytes],
    *,
    progress: Progress | None = None,
    max_bytes: int | None = None,
    timeout_s: float = TIMEOUT_S,
) -> str:
    """Write what ``url`` gives into ``sink`` and return its SHA-256 as hexadecimal digits.

    Args:
        progress: called after each part with the bytes so far and the bytes in all (None where the server does not
            say).
        max_bytes: of a larger file, no more than this is read.

    Raises:
        DownloadError: the server cannot be reached or refuses, the connection breaks off, or the file is empty or
            larger than ``max_bytes``.
        OSError: ``sink`` cannot be written.
    """
    digest, done = hashlib.sha256(), 0
    try:
        answer = urllib.request.urlopen(url, timeout=timeout_s)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DownloadError(getattr(error, "reason", None) or str(error) or type(error).__name__) from error
    with answer:
        length = answer.headers["Content-Length"] or ""
        total = int(length) if length.isdigit() else None
        while True:
            try:
                chunk = answer.read(CHUNK_BYTES)
            except (OSError, http.client.HTTPException) as error:
                raise DownloadError(f"the connection broke off after {done} bytes") from error
            if not chunk:
                break
            done += len(chunk)
            if max_bytes is not None and done > max_bytes:
                raise DownloadError(f"the file is larger than the {max_bytes} bytes expected at most")
            digest.update(chunk)
            sink.write(chunk)
            if progress:
                progress(done, total)
    if done == 0:
        raise DownloadError("the server sent an empty file")
    if total is not None and done != total:
        raise DownloadError(f"the connection broke off after {done} of {total} bytes")
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, as hexadecimal digits.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class KnownChecksums:
    """The checksums of files whose publishers state none, recorded at their first download.

    Args:
        path: a JSON file, made when it is needed: names of files and their SHA-256.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     known = KnownChecksums(Path(folder) / "checksums.json")
    ...     known.record("weights.onnx", "aa11")
    ...     known.check("weights.onnx", "bb22")
    Traceback (most recent call last):
    ...
    emotion_core.files.download.ChecksumError: Expected SHA-256 aa11…. Received: bb22…
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def check(self, name: str, sha256: str) -> None:
        """Compare a checksum with the recorded one. A file that was never recorded passes.

        Raises:
            ChecksumError: they differ.
        """
        known = self._read().get(name, sha256)
        if known != sha256:
            raise ChecksumError(
                "Expected SHA-256 {known}…. Received: {received}…", known=known[:12], received=sha256[:12]
            )

    def record(self, name: str, sha256: str) -> None:
        """Keep the checksum of a file.

        Raises:
            OSError: it cannot be written.
        """
        with replaced_file(self.path) as draft:
            draft.write_text(json.dumps(self._read() | {name: sha256}, indent=2) + "\n", encoding="utf-8")

    def _read(self) -> dict[str, str]:
        try:
            known = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(name): str(sha256) for name, sha256 in known.items()} if isinstance(known, dict) else {}

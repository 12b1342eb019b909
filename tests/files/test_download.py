"""Downloads from a server on this machine, whole and otherwise."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from emotion_core.files.download import ChecksumError, DownloadError, KnownChecksums, download, file_sha256

BODY = bytes(range(256)) * 1000


class _Server(BaseHTTPRequestHandler):
    """What each path gives."""

    def do_GET(self) -> None:
        status = 404 if self.path == "/missing" else 200
        body = b"" if self.path == "/empty" else BODY
        promised = {"/short": len(body) + 1, "/chatty": None}.get(self.path, len(body))
        self.send_response(status, "Not here" if status == 404 else None)
        if promised is not None:
            self.send_header("Content-Length", str(promised))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server on this machine."""
    with HTTPServer(("127.0.0.1", 0), _Server) as http:
        Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


def test_a_file_arrives_whole_with_its_checksum(server: str) -> None:
    sink, seen = io.BytesIO(), []
    digest = download(f"{server}/file", sink, progress=lambda done, total: seen.append((done, total)))
    assert sink.getvalue() == BODY
    assert digest == hashlib.sha256(BODY).hexdigest()
    assert seen[-1] == (len(BODY), len(BODY)) and len(seen) > 1


def test_a_server_that_does_not_say_how_long_its_file_is(server: str) -> None:
    sink, seen = io.BytesIO(), []
    download(f"{server}/chatty", sink, progress=lambda done, total: seen.append((done, total)))
    assert sink.getvalue() == BODY
    assert seen[-1] == (len(BODY), None)


@pytest.mark.parametrize(
    ("address", "limit", "reason"),
    [
        pytest.param("/missing", None, "Not here", id="404"),
        pytest.param("/short", None, "broke off after 256000", id="cut off"),
        pytest.param("/empty", None, "empty file", id="empty"),
        pytest.param("/file", 255_999, "larger than the 255999 bytes", id="too large"),
        pytest.param("http://127.0.0.1:9/", None, "refused", id="nobody there"),
        pytest.param("no address", None, "unknown url type", id="no address"),
    ],
)
def test_what_does_not_arrive_says_why(server: str, address: str, limit: int | None, reason: str) -> None:
    with pytest.raises(DownloadError, match=reason):
        download(f"{server}{address}" if address.startswith("/") else address, io.BytesIO(), max_bytes=limit)


def test_a_file_of_the_largest_size_is_taken(server: str) -> None:
    assert download(f"{server}/file", io.BytesIO(), max_bytes=len(BODY))


def test_a_sink_that_cannot_be_written_is_no_fault_of_the_download(server: str) -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left") as raised:
        download(f"{server}/file", Full())
    assert not isinstance(raised.value, DownloadError)


def test_a_checksum_is_known_once_it_was_recorded(tmp_path: Path) -> None:
    known = KnownChecksums(tmp_path / "checksums.json")
    (tmp_path / "weights").write_bytes(b"1")
    digest = file_sha256(tmp_path / "weights")
    known.check("weights", digest)  # never seen: passes
    known.record("weights", digest)
    known.record("others", "ff")
    KnownChecksums(known.path).check("weights", digest)
    (tmp_path / "weights").write_bytes(b"2")
    with pytest.raises(ChecksumError, match=rf"Expected SHA-256 {digest[:12]}…. Received: "):
        known.check("weights", file_sha256(tmp_path / "weights"))


@pytest.mark.parametrize("text", ["", "{", "[]", "3"])
def test_a_damaged_record_knows_nothing(tmp_path: Path, text: str) -> None:
    known = KnownChecksums(tmp_path / "checksums.json")
    known.path.write_text(text)
    known.check("weights", "aa")
    known.record("weights", "aa")
    with pytest.raises(ChecksumError):
        known.check("weights", "bb")

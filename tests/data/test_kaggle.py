"""Downloading from Kaggle, and everything that can go wrong. The network is never used."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import kagglehub
import pytest
import requests
from kagglehub import exceptions

from emotion_core.data.kaggle import download, has_credentials
from emotion_core.errors import DataError


@pytest.fixture(autouse=True)
def no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path / "kaggle"))


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAGGLE_USERNAME", "ada")
    monkeypatch.setenv("KAGGLE_KEY", "0123456789abcdef")


def response(status: int) -> requests.Response:
    answer = requests.Response()
    answer.status_code = status
    return answer


def test_without_credentials_it_says_how_to_get_them() -> None:
    assert not has_credentials()
    with pytest.raises(DataError, match=r"kaggle\.json"):
        download()


def test_a_broken_credentials_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "kaggle").mkdir()
    (tmp_path / "kaggle" / "kaggle.json").write_text("{")
    with pytest.raises(DataError, match="new token"):
        download()


def test_the_folder_is_returned(credentials: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(kagglehub, "dataset_download", lambda handle: asked.append(handle) or str(tmp_path))
    steps: list[str] = []
    assert has_credentials()
    assert download("ada/faces", say=steps.append) == tmp_path
    assert asked == ["ada/faces"]
    assert len(steps) == 1


def test_it_reports_how_much_has_arrived(credentials: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))
    monkeypatch.setattr("emotion_core.data.kaggle.POLL_S", 0.01)
    seen = Event()

    def slowly(handle: str) -> str:
        folder = tmp_path / "datasets" / handle
        folder.mkdir(parents=True)
        (folder / "1.archive").write_bytes(bytes(1234))
        assert seen.wait(20)
        return str(folder)

    monkeypatch.setattr(kagglehub, "dataset_download", slowly)
    sizes: list[int] = []
    found = download("ada/faces", arrived=lambda size: sizes.append(size) or (seen.set() if size else None))
    assert found == tmp_path / "datasets" / "ada" / "faces"
    assert sizes[-1] == 1234


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (requests.ConnectionError("no route"), "cannot be reached"),
        (requests.Timeout("slow"), "cannot be reached"),
        (exceptions.KaggleApiHTTPError("gone", response=response(404)), "no data set"),
        (exceptions.KaggleApiHTTPError("no", response=response(403)), "accept the data set's terms"),
        (exceptions.KaggleApiHTTPError("oops", response=response(500)), "status 500"),
        (exceptions.UnauthenticatedError(), "token"),
        (exceptions.DataCorruptionError("checksum"), "Try again"),
        (ValueError("Invalid dataset handle"), "OWNER/NAME"),
        (OSError(28, "No space left on device"), "No space left"),
    ],
    ids=["network", "timeout", "404", "403", "500", "token", "checksum", "handle", "disk full"],
)
def test_every_failure_says_what_to_do(
    error: Exception, advice: str, credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(handle: str) -> str:
        raise error

    monkeypatch.setattr(kagglehub, "dataset_download", fail)
    with pytest.raises(DataError, match=advice) as raised:
        download()
    assert "\n" not in str(raised.value)

"""Download FER-2013 from Kaggle, with kagglehub and the user's own account."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

from emotion_core.errors import DataError
from emotion_core.language import Message

HANDLE = "msambare/fer2013"  # the folder edition: train/ and test/
POLL_S = 0.5  # between two reports of how much has arrived

_NO_CREDENTIALS = Message(
    "No Kaggle credentials were found. Make an API token on kaggle.com (Settings, API), "
    "then save it as ~/.kaggle/kaggle.json or set KAGGLE_USERNAME and KAGGLE_KEY."
)


def download(
    handle: str = HANDLE,
    say: Callable[[str], None] | None = None,
    arrived: Callable[[int], object] | None = None,
) -> Path:
    """Download a data set from Kaggle into kagglehub's cache, or find it there.

    Args:
        handle: ``owner/name`` of the data set.
        say: called with a line for every step; kagglehub draws a progress bar of its own on stderr.
        arrived: called in the caller's thread with the bytes that are on disk so far, unpacked ones included.

    Returns:
        The folder, for `load_dataset`.

    Raises:
        DataError: kagglehub or the credentials are missing, Kaggle cannot be reached, or it refuses.
    """
    _check_credentials()
    import kagglehub
    import requests
    from kagglehub import exceptions

    if say:
        say(f"Downloading {handle} from Kaggle")
    try:
        if arrived is None:
            return Path(kagglehub.dataset_download(handle))
        return _watched(handle, arrived)
    except (exceptions.UnauthenticatedError, exceptions.CredentialError) as error:
        raise DataError(_NO_CREDENTIALS) from error
    except requests.HTTPError as error:
        raise DataError(_refusal(handle, error.response)) from error
    except (exceptions.DataCorruptionError, exceptions.BackendError, exceptions.NotFoundError) as error:
        raise DataError("Kaggle did not send the whole data set. Try again, or download it in the browser.") from error
    except requests.RequestException as error:
        raise DataError(
            "Kaggle cannot be reached. Check the network, or download the data set in the browser and upload it here."
        ) from error
    except ValueError as error:
        raise DataError("Expected OWNER/NAME of a Kaggle data set. Received: {handle!r}", handle=handle) from error
    except OSError as error:
        raise DataError("The download cannot be stored: {reason}.", reason=error.strerror or error) from error


def _watched(handle: str, arrived: Callable[[int], object]) -> Path:
    """Download in another thread and watch the folder grow, because kagglehub reports only to its own progress bar."""
    import kagglehub
    from kagglehub.config import get_cache_folder

    folder = Path(get_cache_folder(), "datasets", *handle.split("/")[:2])
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(kagglehub.dataset_download, handle)
        while not wait([job], POLL_S).done:
            arrived(_size(folder))
        return Path(job.result())


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # the file may disappear meanwhile
            total += path.stat().st_size if path.is_file() else 0
    return total


def has_credentials() -> bool:
    """Whether kagglehub is installed and finds Kaggle credentials."""
    try:
        _check_credentials()
    except DataError:
        return False
    return True


def _check_credentials() -> None:
    try:
        from kagglehub.config import get_kaggle_credentials
    except ImportError as error:
        raise DataError("kagglehub is not installed. Run: pip install kagglehub") from error
    try:
        credentials = get_kaggle_credentials()
    except (ValueError, OSError) as error:
        raise DataError("The Kaggle credentials cannot be read. Make a new token on kaggle.com.") from error
    if credentials is None:
        raise DataError(_NO_CREDENTIALS)


def _refusal(handle: str, response: object) -> Message:
    status = getattr(response, "status_code", None)
    if status == 404:
        return Message("Kaggle has no data set {handle}. Check the name.", handle=handle)
    if status in (401, 403):
        return Message(
            "Kaggle does not let you download {handle}. Check the token, and accept the data set's terms there.",
            handle=handle,
        )
    if status:
        return Message("Kaggle refused the download with status {status}. Try again later.", status=status)
    return Message("Kaggle refused the download. Try again later.")

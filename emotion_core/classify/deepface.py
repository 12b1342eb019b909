"""DeepFace's expression network, called through `DeepFace.analyze`.

DeepFace's own detector is skipped: run on a crop that holds a face already, it takes more than ten times as long as the
network and found a face in only 26 of 40 crops. The network runs on DeepFace's ONNX engine, so TensorFlow stays out of
this process.

Source: S. I. Serengil and A. Ozpinar, "HyperExtended LightFace: A Facial Attribute Analysis Framework", 2021.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from emotion_core.emotions import DEEPFACE_ORDER, EMOTIONS, canonical_order
from emotion_core.errors import ModelError, WeightsMissingError
from emotion_core.files.atomic import replaced_file
from emotion_core.files.download import ChecksumError, DownloadError, KnownChecksums, Progress, download, file_sha256
from emotion_core.language import Message
from emotion_core.optional import INSTALL, deepface_fault, require
from emotion_core.processes.switches import deepface_on_onnx

WEIGHTS_FILE = "facial_expression_model_weights.onnx"
WEIGHTS_URL = f"https://github.com/serengil/deepface_models/releases/download/v1.0/{WEIGHTS_FILE}"


def weights_path() -> Path:
    """Where DeepFace looks for its weights: ``$DEEPFACE_HOME/.deepface/weights/``, or below the home folder."""
    home = Path(os.environ.get("DEEPFACE_HOME") or Path.home())
    return home / ".deepface" / "weights" / WEIGHTS_FILE


def weights_present() -> bool:
    """Whether the weights are on this machine."""
    return weights_path().is_file()


def known_checksums() -> KnownChecksums:
    """The record of the weights' checksum, which DeepFace's author does not publish; in the folder ``.deepface``."""
    return KnownChecksums(weights_path().parent.with_name("checksums.json"))


def download_weights(progress: Progress | None = None, *, url: str = WEIGHTS_URL) -> Path:
    """Download the weights to where DeepFace looks for them. An interrupted download leaves nothing behind.

    The first download records their checksum. Later ones, and every use, must match it.

    Args:
        progress: called with the bytes so far and the bytes in all (None where the server does not say).

    Raises:
        WeightsMissingError: they could not be downloaded; the text says which file to put where.
    """
    target, known = weights_path(), known_checksums()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Under a name of its own until it is whole: two visitors may download at the same time.
        with replaced_file(target) as part:
            with part.open("wb") as file:
                sha256 = download(url, file, progress=progress)
            known.check(WEIGHTS_FILE, sha256)
            # Before the file has its name: no process may be killed between and leave weights that are never checked.
            known.record(WEIGHTS_FILE, sha256)
    except DownloadError as error:
        raise WeightsMissingError(
            _how_to_get(Message("They could not be downloaded from here ({reason}).", reason=error.reason), url)
        ) from error
    except ChecksumError as error:
        raise WeightsMissingError(
            "The weights that were downloaded are not those of the first download. {error} Try again; if the "
            "file was published anew, delete {path} first.",
            error=error,
            path=known.path,
        ) from error
    except OSError as error:
        raise WeightsMissingError(
            _how_to_get(Message("Their folder cannot be written: {reason}.", reason=error.strerror), url)
        ) from error
    return target


class DeepFaceClassifier:
    """``DeepFace.analyze`` as a `Classifier`.

    All calls run on one thread, which the classifier owns: DeepFace keeps its models in a global cache without a lock.

    Raises:
        MissingPackageError: the library is not installed.
        WeightsMissingError: the weights are not on this machine; `download_weights` downloads them.
        ModelError: the library cannot be imported, or the weights are not those that were downloaded.
    """

    name = "deepface"
    crop_margin = 0.0
    uncertain_below = 0.4
    learned_from = "labels"

    def __init__(self) -> None:
        require(deepface_fault())
        if not weights_present():
            raise WeightsMissingError(_how_to_get(Message("They are not on this machine yet."), WEIGHTS_URL))
        _check_weights()
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="deepface")
        self._order = canonical_order(DEEPFACE_ORDER)
        self._deepface = self._executor.submit(_import_deepface).result()

    def predict(self, crops_bgr: Sequence[np.ndarray]) -> np.ndarray:
        """See `Classifier.predict`.

        Raises:
            ModelError: DeepFace cannot read its weights file.
        """
        if not len(crops_bgr):
            return np.empty((0, len(EMOTIONS)), np.float32)
        return self._executor.submit(self._analyze, list(crops_bgr)).result()

    def _analyze(self, crops_bgr: list[np.ndarray]) -> np.ndarray:
        rows = [self._scores(crop) for crop in crops_bgr]
        scores = np.array(rows, np.float32)[:, self._order]
        return np.asarray(scores / np.maximum(scores.sum(axis=1, keepdims=True), 1e-12))

    def _scores(self, crop_bgr: np.ndarray) -> list[float]:
        try:
            answer: list[dict[str, Any]] = self._deepface.analyze(
                crop_bgr, actions=["emotion"], detector_backend="skip", enforce_detection=False, silent=True
            )
        except ValueError as error:
            raise ModelError(
                "DeepFace cannot use its weights file {weights_file}. Delete it and fetch it again.",
                weights_file=WEIGHTS_FILE,
            ) from error
        return [float(answer[0]["emotion"][label.value]) for label in DEEPFACE_ORDER]


def _import_deepface() -> ModuleType:
    """Import ``deepface.DeepFace`` on its ONNX engine."""
    try:
        with deepface_on_onnx():
            from deepface import DeepFace
    except ImportError as error:  # of something that it needs, such as werkzeug
        raise ModelError(
            "DeepFace's library cannot be imported: {error}. Choose another model, or install it with {install}.",
            error=error,
            install=INSTALL,
        ) from error
    library: ModuleType = DeepFace
    return library


def _check_weights() -> None:
    known = known_checksums()
    try:
        known.check(WEIGHTS_FILE, file_sha256(weights_path()))
    except ChecksumError as error:
        raise ModelError(
            "DeepFace's weights file {weights_file} has changed since it was downloaded. {error} Delete it and "
            "fetch it again. If you replaced it on purpose, delete {path} instead.",
            weights_file=WEIGHTS_FILE,
            error=error,
            path=known.path,
        ) from error


def _how_to_get(reason: Message, url: str) -> Message:
    return Message(
        "DeepFace's weights are missing. {reason} Download {url} and put the file into {folder}, or choose another "
        "model.",
        reason=reason,
        url=url,
        folder=weights_path().parent,
    )

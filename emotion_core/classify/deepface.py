"""DeepFace's expression network, through DeepFace's own public call.

DeepFace detects again inside a crop unless told not to, which costs far more than the network, so its detector is
skipped; and it runs on its ONNX engine, so that TensorFlow stays out of this process.
Source: S. I. Serengil and A. Ozpinar, "HyperExtended LightFace: A Facial Attribute Analysis Framework", 2021.
"""

from __future__ import annotations

import http.client
import os
import tempfile
import urllib.request
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

import numpy as np

from emotion_core.emotions import DEEPFACE_ORDER, EMOTIONS, canonical_order
from emotion_core.errors import ModelError, WeightsMissingError
from emotion_core.optional import INSTALL, deepface_fault, require

WEIGHTS_FILE = "facial_expression_model_weights.onnx"
WEIGHTS_URL = f"https://github.com/serengil/deepface_models/releases/download/v1.0/{WEIGHTS_FILE}"
CHUNK_BYTES = 1 << 16
TIMEOUT_S = 20

Progress = Callable[[int, int | None], None]


def weights_path() -> Path:
    """Where DeepFace looks for its weights: ``$DEEPFACE_HOME/.deepface/weights/``, or below the home folder."""
    home = Path(os.environ.get("DEEPFACE_HOME") or Path.home())
    return home / ".deepface" / "weights" / WEIGHTS_FILE


def weights_present() -> bool:
    """Whether the weights are on this machine."""
    return weights_path().is_file()


def download_weights(progress: Progress | None = None, *, url: str = WEIGHTS_URL) -> Path:
    """Fetch the weights to where DeepFace looks for them; an interrupted download leaves nothing behind.

    Args:
        progress: called with the bytes so far and the bytes in all (None where the server does not say).

    Raises:
        WeightsMissingError: they could not be fetched; the text says which file to put where.
    """
    target = weights_path()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own: two visitors may fetch at the same time.
        handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
    except OSError as error:
        raise WeightsMissingError(_how_to_get(f"Their folder cannot be written: {error.strerror}.", url)) from error
    part = Path(name)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 a file that is open already
            _fetch(url, file, progress)
        part.replace(target)
    except (OSError, http.client.HTTPException) as error:  # an URLError is an OSError
        raise WeightsMissingError(_how_to_get("They could not be downloaded from here.", url)) from error
    finally:
        part.unlink(missing_ok=True)
    return target


def _fetch(url: str, file: BinaryIO, progress: Progress | None) -> None:
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
        length = answer.headers["Content-Length"] or ""
        total = int(length) if length.isdigit() else None
        done = 0
        while chunk := answer.read(CHUNK_BYTES):
            file.write(chunk)
            done += len(chunk)
            if progress:
                progress(done, total)
    if done == 0 or (total is not None and done != total):
        raise WeightsMissingError(_how_to_get("The download broke off.", url))


class DeepFaceClassifier:
    """``DeepFace.analyze`` as a `Classifier`.

    All calls run on one thread of its own: DeepFace keeps its models in a global cache without a lock.

    Raises:
        MissingPackageError: the library is not installed.
        WeightsMissingError: the weights are not on this machine; `download_weights` fetches them.
        ModelError: the library cannot be imported.
    """

    name = "deepface"
    crop_margin = 0.0
    uncertain_below = 0.4

    def __init__(self) -> None:
        require(deepface_fault())
        if not weights_present():
            raise WeightsMissingError(_how_to_get("They are not on this machine yet.", WEIGHTS_URL))
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
        return scores / np.maximum(scores.sum(axis=1, keepdims=True), 1e-12)

    def _scores(self, crop_bgr: np.ndarray) -> list[float]:
        try:
            answer: list[dict[str, Any]] = self._deepface.analyze(
                crop_bgr, actions=["emotion"], detector_backend="skip", enforce_detection=False, silent=True
            )
        except ValueError as error:
            raise ModelError(
                f"DeepFace cannot use its weights file {WEIGHTS_FILE}. Delete it and fetch it again."
            ) from error
        return [float(answer[0]["emotion"][label.value]) for label in DEEPFACE_ORDER]


def _import_deepface() -> ModuleType:
    """``deepface.DeepFace`` on its ONNX engine, without what its import changes process-wide."""
    os.environ["DEEPFACE_BACKEND_ENGINE"] = "onnx"
    legacy = os.environ.get("TF_USE_LEGACY_KERAS")
    try:
        with warnings.catch_warnings():
            from deepface import DeepFace
    except ImportError as error:  # of something that it needs, such as werkzeug
        raise ModelError(
            f"DeepFace's library cannot be imported: {error}. Choose another model, or install it with {INSTALL}."
        ) from error
    finally:
        if legacy is None:
            os.environ.pop("TF_USE_LEGACY_KERAS", None)
    return DeepFace


def _how_to_get(reason: str, url: str) -> str:
    return (
        f"DeepFace's weights are missing. {reason} "
        f"Download {url} and put the file into {weights_path().parent}, or choose another model."
    )

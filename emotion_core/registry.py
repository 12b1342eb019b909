"""The ``models/`` folder: which models there are, and loading each of them once for all sessions."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from emotion_core.card import ModelCard, ModelInput
from emotion_core.classify.base import Classifier
from emotion_core.errors import ModelError, ModelNotFoundError
from emotion_core.optional import deepface_fault

__all__ = ["DEEPFACE", "ModelCard", "ModelEntry", "ModelInput", "ModelRegistry"]

DEEPFACE = "deepface"
DETECTORS_FOLDER = "detectors"


@dataclass(frozen=True)
class ModelEntry:
    """One line of the list of models.

    kind: ``onnx`` or ``deepface``.
    size_bytes: of the network's file; None where it is not there.
    error: why it cannot be used, as a sentence; None if it can.
    """

    name: str
    title: str
    kind: str
    card: ModelCard | None = None
    folder: Path | None = None
    size_bytes: int | None = None
    error: str | None = None


class ModelRegistry:
    """Lists and loads models; one for a server, shared by its threads.

    Args:
        models_dir: holds a folder with ``model.onnx`` and ``card.json`` for each model.
        threads: of one prediction.
    """

    def __init__(self, models_dir: Path, threads: int = 1) -> None:
        self.models_dir = Path(models_dir)
        self._threads = threads
        self._lock = threading.Lock()
        self._loaded: dict[str, tuple[float, Classifier]] = {}

    def entries(self) -> list[ModelEntry]:
        """Every model folder in alphabetical order, broken ones with their error, and DeepFace last."""
        folders = sorted(self.models_dir.glob("*/card.json")) if self.models_dir.is_dir() else []
        found = [_read_entry(card.parent) for card in folders if card.parent.name != DETECTORS_FOLDER]
        return [entry for entry in found if entry.name != DEEPFACE] + [_deepface_entry()]

    def entry(self, name: str) -> ModelEntry:
        """The entry of one model.

        Raises:
            ModelNotFoundError: there is none of this name.
        """
        entries = {entry.name: entry for entry in self.entries()}
        if name not in entries:
            raise ModelNotFoundError(f"There is no model {name!r}. Installed: {', '.join(entries)}.")
        return entries[name]

    def default_name(self, preferred: str) -> str:
        """``preferred`` if it can be used, else the first model that can; DeepFace where none can."""
        usable = [entry.name for entry in self.entries() if not entry.error]
        return preferred if preferred in usable else [*usable, DEEPFACE][0]

    def load(self, name: str) -> Classifier:
        """The classifier of this name, read from disk at its first use and again when its files have changed.

        Raises:
            ModelNotFoundError: there is no such model.
            ModelError: it is broken.
            WeightsMissingError: DeepFace's weights have not been fetched yet.
        """
        entry = self.entry(name)
        if entry.error:
            raise ModelError(entry.error)
        changed = _changed(entry)
        with self._lock:
            known = self._loaded.get(name)
            if known is None or known[0] != changed:
                self._loaded[name] = (changed, _load(entry, self._threads))
            return self._loaded[name][1]


def _read_entry(folder: Path) -> ModelEntry:
    network = folder / "model.onnx"
    size = network.stat().st_size if network.is_file() else None
    try:
        card = ModelCard.from_json((folder / "card.json").read_text(encoding="utf-8"))
        if card.name != folder.name:
            raise ModelError(f"card.json names the model {card.name!r}, its folder is {folder.name!r}.")
        if size is None:
            raise ModelError("The folder has no model.onnx. Install the model again.")
    except UnicodeDecodeError:
        return _broken(folder, size, "card.json is not text in UTF-8.")
    except OSError as error:
        return _broken(folder, size, f"card.json cannot be read: {error.strerror}.")
    except ModelError as error:
        return _broken(folder, size, str(error))
    return ModelEntry(folder.name, card.title, "onnx", card, folder, size)


def _broken(folder: Path, size: int | None, reason: str) -> ModelEntry:
    message = f"The model {folder.name} cannot be used. {reason}"
    return ModelEntry(folder.name, folder.name, "onnx", None, folder, size, message)


def _deepface_entry() -> ModelEntry:
    from emotion_core.classify.deepface import weights_path

    weights = weights_path()
    size = weights.stat().st_size if weights.is_file() else None
    return ModelEntry(DEEPFACE, "DeepFace", "deepface", size_bytes=size, error=deepface_fault())


def _changed(entry: ModelEntry) -> float:
    if entry.folder is None:
        return 0.0
    return max((entry.folder / name).stat().st_mtime for name in ("card.json", "model.onnx"))


def _load(entry: ModelEntry, threads: int) -> Classifier:
    if entry.kind == DEEPFACE:
        from emotion_core.classify.deepface import DeepFaceClassifier

        return DeepFaceClassifier()
    from emotion_core.classify.onnx import OnnxClassifier

    if entry.folder is None or entry.card is None:
        raise ModelError(f"The model {entry.name} has no card.")
    return OnnxClassifier(entry.folder / "model.onnx", entry.card, threads)

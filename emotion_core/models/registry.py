"""The ``models/`` folder: which models there are, and loading each of them once for all sessions."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from emotion_core.classify.base import Classifier
from emotion_core.classify.card import ModelCard, ModelInput
from emotion_core.errors import ModelError, ModelNotFoundError
from emotion_core.language import Message
from emotion_core.models.folder import ModelFolder, model_folders
from emotion_core.optional import deepface_fault

__all__ = ["DEEPFACE", "ModelCard", "ModelEntry", "ModelInput", "ModelRegistry"]

DEEPFACE = "deepface"
DETECTORS_FOLDER = "detectors"
RESERVED_NAMES = (DEEPFACE, DETECTORS_FOLDER)


@dataclass(frozen=True)
class ModelEntry:
    """One line of the list of models.

    kind: ``onnx`` or ``deepface``.
    card: None for DeepFace, and for a model whose card cannot be used.
    folder: None for DeepFace, whose weights its library keeps elsewhere.
    size_bytes: the size of the network's file; None where there is none.
    error: says why the model cannot be used; None if it can.
    """

    name: str
    title: str
    kind: str
    card: ModelCard | None = None
    folder: Path | None = None
    size_bytes: int | None = None
    error: Message | None = None


class ModelRegistry:
    """List and load models. A server has one registry, which its threads share.

    Args:
        models_dir: holds one `ModelFolder` for each model.
        threads: how many threads one prediction uses.

    >>> registry = ModelRegistry(Path("models"))
    >>> "flagship" in [entry.name for entry in registry.entries()]
    True
    >>> registry.load("flagship").predict([]).shape
    (0, 7)
    """

    def __init__(self, models_dir: Path, threads: int = 1) -> None:
        self.models_dir = Path(models_dir)
        self._threads = threads
        self._lock = threading.Lock()
        self._loaded: dict[str, tuple[float, Classifier]] = {}

    def entries(self) -> list[ModelEntry]:
        """Every model folder in alphabetical order, broken ones with their error, and DeepFace last."""
        folders = [folder for folder in model_folders(self.models_dir) if folder.name not in RESERVED_NAMES]
        return [*map(_read_entry, folders), _deepface_entry()]

    def entry(self, name: str) -> ModelEntry:
        """The entry of one model.

        Raises:
            ModelNotFoundError: no model has this name.
        """
        entries = {entry.name: entry for entry in self.entries()}
        if name not in entries:
            raise ModelNotFoundError(
                "There is no model {name!r}. Installed: {entries}.", name=name, entries=", ".join(entries)
            )
        return entries[name]

    def default_name(self, preferred: str) -> str:
        """``preferred`` if it can be used, else the first model that can; DeepFace where none can."""
        usable = [entry.name for entry in self.entries() if not entry.error]
        return preferred if preferred in usable else [*usable, DEEPFACE][0]

    def load(self, name: str) -> Classifier:
        """The classifier of this name, read from disk at its first use and again when its files have changed.

        Raises:
            ModelNotFoundError: no model has this name.
            ModelError: the model is broken.
            WeightsMissingError: DeepFace's weights have not been downloaded yet.
        """
        entry = self.entry(name)
        if entry.error:
            raise ModelError(entry.error)
        # DeepFace's library reads its weights itself, once.
        changed = ModelFolder(entry.folder).changed_s() if entry.folder else 0.0
        with self._lock:
            known = self._loaded.get(name)
            if known is None or known[0] != changed:
                self._loaded[name] = (changed, _load(entry, self._threads))
            return self._loaded[name][1]


def _read_entry(folder: ModelFolder) -> ModelEntry:
    size = folder.size_bytes()
    try:
        card = folder.checked_card()
    except ModelError as error:
        message = Message("The model {name} cannot be used. {error}", name=folder.name, error=error)
        return ModelEntry(folder.name, folder.name, "onnx", None, folder.path, size, message)
    return ModelEntry(folder.name, card.title, "onnx", card, folder.path, size)


def _deepface_entry() -> ModelEntry:
    from emotion_core.classify.deepface import weights_path

    weights = weights_path()
    size = weights.stat().st_size if weights.is_file() else None
    return ModelEntry(DEEPFACE, "DeepFace", "deepface", size_bytes=size, error=deepface_fault())


def _load(entry: ModelEntry, threads: int) -> Classifier:
    if entry.folder is None:
        from emotion_core.classify.deepface import DeepFaceClassifier

        return DeepFaceClassifier()
    return ModelFolder(entry.folder).load(threads)

"""The folder of one model. Nothing else in this project knows the names of the files in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emotion_core.classify.card import ModelCard
from emotion_core.errors import ModelError
from emotion_core.files.atomic import new_folder, recover_folders, replaced_file

if TYPE_CHECKING:
    from emotion_core.classify.onnx import OnnxClassifier

NETWORK, CARD, KERAS = "model.onnx", "card.json", "model.keras"
MISTAKES = "mistakes.json"
KERAS_NAMES = (KERAS, "model.h5", "model.hdf5")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True)
class ModelFolder:
    """``models/NAME``: an ONNX network, its card and, where it was trained or converted here, its Keras file.

    The folder need not exist yet, nor be complete.

    >>> folder = ModelFolder(Path("models") / "flagship")
    >>> folder.name, folder.network.name, folder.card.name
    ('flagship', 'model.onnx', 'card.json')
    """

    path: Path

    @property
    def name(self) -> str:
        """The model's name, which its card must repeat."""
        return self.path.name

    @property
    def network(self) -> Path:
        """The network in ONNX form."""
        return self.path / NETWORK

    @property
    def card(self) -> Path:
        """The file of the model's card."""
        return self.path / CARD

    @property
    def mistakes(self) -> Path:
        """The file with the model's worst mistakes, which only models that come with the project have."""
        return self.path / MISTAKES

    @property
    def keras(self) -> Path:
        """Where this project writes the model's Keras file. One that a user brought may have an older ending."""
        return self.path / KERAS

    def keras_file(self) -> Path | None:
        """The Keras file that is there, in any of Keras' formats; None where there is none."""
        return next((self.path / name for name in KERAS_NAMES if (self.path / name).is_file()), None)

    def size_bytes(self) -> int | None:
        """The size of the ONNX network; None where there is none."""
        return self.network.stat().st_size if self.network.is_file() else None

    def changed_s(self) -> float:
        """When the network or the card was last written, in seconds since the epoch of the clock."""
        return max(self.card.stat().st_mtime, self.network.stat().st_mtime)

    def read_card(self) -> ModelCard:
        """Read the card.

        Raises:
            ModelError: it is missing, unreadable or not a valid card.
        """
        try:
            return ModelCard.from_json(self.card.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            raise ModelError("{card} is not text in UTF-8. Download or install the model again.", card=CARD) from error
        except OSError as error:
            raise ModelError("{card} cannot be read: {reason}.", card=CARD, reason=error.strerror) from error

    def write_card(self, card: ModelCard) -> None:
        """Write the card, or replace the one that is there.

        Raises:
            OSError: it cannot be written.
        """
        with replaced_file(self.card) as draft:
            draft.write_text(card.to_json(), encoding="utf-8")

    def checked_card(self) -> ModelCard:
        """Read the card, and check that it is this folder's and that there is a network. The network is not loaded.

        Raises:
            ModelError: the card cannot be used, has another name, or the network is missing.
        """
        card = self.read_card()
        if card.name != self.name:
            raise ModelError(
                "{card} names the model {name!r}, its folder is {name_2!r}.",
                card=CARD,
                name=card.name,
                name_2=self.name,
            )
        if not self.network.is_file():
            raise ModelError("The folder has no {network}. Install the model again.", network=NETWORK)
        return card

    def load(self, threads: int = 1) -> OnnxClassifier:
        """Load the network.

        Raises:
            ModelError: see `checked_card`; or the network is damaged or does not fit its card.
        """
        from emotion_core.classify.onnx import OnnxClassifier  # imports OpenCV, which a list of models does not need

        return OnnxClassifier(self.network, self.checked_card(), threads)


def model_folders(models_dir: Path) -> list[ModelFolder]:
    """The folders in ``models_dir`` that hold a card, in alphabetical order; interrupted replacements are finished."""
    recover_folders(models_dir)
    return [ModelFolder(card.parent) for card in sorted(Path(models_dir).glob(f"*/{CARD}"))]


@contextmanager
def new_model(target: Path, *, replace: bool = False) -> Iterator[ModelFolder]:
    """A folder for a model's files that becomes ``target`` when the block ends and the model loads.

    Args:
        replace: let it take the place of a model that is there already, see `new_folder`.

    Raises:
        ModelError: the model does not load, or another process made ``target`` meanwhile. Nothing is left behind then,
            nor after an error in the block.
        OSError: the folder cannot be written.
    """
    try:
        with new_folder(target, replace=replace) as staged:
            folder = ModelFolder(staged)
            yield folder
            folder.load()
    except FileExistsError as error:
        if error.filename != str(target):  # a file stands where the folder of models should be
            raise
        raise ModelError("There is a model {name!r} already. Choose another name.", name=target.name) from error

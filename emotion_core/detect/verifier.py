"""A small network that decides whether a square shows a face, and moves the square onto it.

It was trained by this project on Training's faces against what the cascades wrongly propose; see `scripts/verifier` and
the card beside the network.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from emotion_core.detect.squares import WINDOW, Pyramid, moved
from emotion_core.errors import DetectorError, ModelError
from emotion_core.language import Message
from emotion_core.network import open_network
from emotion_core.settings import Settings

OUTPUTS = 5  # the score and four offsets
# Offsets, see `moved`, to the places from which `Verifier.examine` looks at a face.
_NEAR = np.array(
    [
        (0, 0, 0, 0),
        *((0.06, 0, 0, 0), (-0.06, 0, 0, 0), (0, 0.06, 0, 0), (0, -0.06, 0, 0)),
        *((0, 0, 0.1, 0), (0, 0, -0.1, 0)),
        *((0, 0, 0, 8), (0, 0, 0, -8)),
    ],
    np.float32,
)
_ACROSS = [1, 4]  # the outputs that change their sign in a mirror image: the offset along x, and the tilt
_TINY = 1e-5
_PLACE = Path("detectors") / "verifier" / "model.onnx"
_SHIPPED = Settings.models_dir


def verifier_path(models_dir: Path | None = None) -> Path:
    """Return where the verifier's network is: in ``models_dir``, or else where this project ships it."""
    own = models_dir / _PLACE if models_dir else None
    return own if own is not None and own.is_file() else _SHIPPED / _PLACE


class Verifier:
    """The loaded network. ONNX Runtime's ``run`` needs no lock, so sessions share it; see `load_verifier`.

    Args:
        path: the network, from windows ``(n, 1, 48, 48)`` float32 to rows ``(n, 5)``: the score 0–1, and the offsets
            to the face's square as `emotion_core.detect.squares.moved` takes them.

    Raises:
        DetectorError: the file is missing or damaged, or is another network.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._session = open_network(path)
        except ModelError as error:
            place = _PLACE.as_posix()
            if path.is_file():
                raise DetectorError(
                    "The face verifier cannot be used: models/{place} is damaged. Install this project's own file "
                    "again.",
                    place=place,
                ) from error
            raise DetectorError(
                "The face verifier cannot be used: models/{place} is missing. Install this project's own file again.",
                place=place,
            ) from error
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        shapes = [list(value.shape[1:]) for value in (*inputs, *outputs)]
        if shapes != [[1, WINDOW, WINDOW], [OUTPUTS]]:
            raise DetectorError(
                "The face verifier cannot be used: expected one input of 1×{window}×{window} and one output of "
                "{outputs}. Received: {shapes}. Install this project's own file again.",
                window=WINDOW,
                outputs=OUTPUTS,
                shapes=shapes,
            )
        self._input = inputs[0].name

    def verify(self, pyramid: Pyramid, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Judge squares ``(n, 4)`` of an image, all in one call.

        Returns:
            scores ``(n,)`` float32, 0–1: how likely each square is around a face; and the squares ``(n, 4)`` float32
            moved onto the faces. A square without a face is moved somewhere, too.
        """
        if not len(squares):
            return np.empty(0, np.float32), np.empty((0, 4), np.float32)
        rows = self._run(pyramid.windows(squares))
        scores: np.ndarray = rows[:, 0]
        return scores, moved(squares, rows[:, 1:])

    def examine(self, pyramid: Pyramid, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Judge squares more closely: from nine places near each, and from the mirror image of each of these.

        Returns:
            as `verify`: the mean score, taken over logits, and the mean square.
        """
        if not len(squares):
            return np.empty(0, np.float32), np.empty((0, 4), np.float32)
        near = moved(np.repeat(squares, len(_NEAR), axis=0), np.tile(_NEAR, (len(squares), 1)))
        windows = pyramid.windows(near)
        rows = np.stack([self._run(windows), self._run(windows[:, :, ::-1])])
        rows[1][:, _ACROSS] *= -1
        found = moved(np.concatenate([near, near]), rows[..., 1:].reshape(-1, OUTPUTS - 1))
        logits = np.log(rows[..., 0].clip(_TINY, 1 - _TINY) / (1 - rows[..., 0]).clip(_TINY, 1 - _TINY))
        scores = 1 / (1 + np.exp(-logits.reshape(2, len(squares), -1).mean(axis=(0, 2))))
        return scores.astype(np.float32), found.reshape(2, len(squares), -1, 4).mean(axis=(0, 2))

    def _run(self, windows: np.ndarray) -> np.ndarray:
        return np.asarray(self._session.run(None, {self._input: normalized(windows)[:, None]})[0])


def normalized(windows: np.ndarray) -> np.ndarray:
    """Return windows ``(n, 48, 48)`` uint8 as float32 of mean 0 and deviation 1 each, whatever the light was."""
    values = windows.astype(np.float32)
    values -= values.mean(axis=(1, 2), keepdims=True)
    # 4 gray levels: the noise of an even wall is not to look like contrast.
    values /= values.std(axis=(1, 2), keepdims=True) + 4.0
    return values


def load_verifier(models_dir: Path | None = None) -> Verifier:
    """Return the verifier, loaded once for all sessions until its file changes.

    Raises:
        DetectorError: see `Verifier`.
    """
    path = verifier_path(models_dir)
    return _loaded(path, path.stat().st_mtime_ns if path.is_file() else 0)


@lru_cache(maxsize=2)
def _loaded(path: Path, _changed_ns: int) -> Verifier:
    return Verifier(path)


def verifier_fault(models_dir: Path | None = None) -> Message | None:
    """Return a message that says why the verifier cannot be used; None if it can."""
    try:
        load_verifier(models_dir)
    except DetectorError as error:
        return error.message
    return None

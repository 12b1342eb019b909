"""A model's worst mistakes on a data set, without the pictures: data sets must not be passed on, readings may."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from emotion_core.data.dataset import LabeledFaces
from emotion_core.data.near import BITS, MAX_BITS, perceptual_hashes, unlike
from emotion_core.emotions import EMOTIONS, Emotion
from emotion_core.errors import ModelError
from emotion_core.measure.accuracy import worst_mistakes

_SPARE = 4  # as many are looked at for each that is kept: data sets hold many a face several times


@dataclass(frozen=True)
class Mistake:
    """A face that was read wrong.

    look: the picture's perceptual hash, 16 hexadecimal digits: whoever has the data set finds the picture by it.
    label: the right expression, by the labels or by the majority of people.
    read_as: the expression that was read.
    share: the model's number for it, 0–1.
    """

    look: str
    label: Emotion
    read_as: Emotion
    share: float


def worst(data: LabeledFaces, probabilities: np.ndarray, count: int) -> list[Mistake]:
    """Return the most confident wrong readings, no two of which look alike.

    Args:
        data: n labeled faces.
        probabilities: ``(n, 7)``, 0–1, in `Emotion` order.
        count: how many at most.
    """
    rows = unlike(data.images, worst_mistakes(probabilities, data.labels, _SPARE * count), count)
    return [
        Mistake(
            np.packbits(look).tobytes().hex(),
            EMOTIONS[data.labels[row]],
            EMOTIONS[probabilities[row].argmax()],
            round(float(probabilities[row].max()), 3),
        )
        for row, look in zip(rows, perceptual_hashes(data.images[rows]), strict=True)
    ]


def rows_of(mistakes: Sequence[Mistake], data: LabeledFaces) -> list[int | None]:
    """Return for each mistake the row of its picture in ``data``; None where it is not there.

    A picture may have been compressed meanwhile, so its hash may differ by as much as look-alikes do (`MAX_BITS`).
    """
    looks = np.packbits(perceptual_hashes(data.images), axis=1)
    found: list[int | None] = []
    for mistake in mistakes:
        wanted = np.frombuffer(bytes.fromhex(mistake.look), np.uint8)
        distances = np.unpackbits(looks ^ wanted, axis=1).sum(axis=1)
        row = int(distances.argmin()) if len(distances) else 0
        found.append(row if len(distances) and distances[row] <= MAX_BITS else None)
    return found


def write_mistakes(path: Path, data: str, found: Mapping[str, Sequence[Mistake]]) -> None:
    """Write mistakes as JSON.

    Args:
        data: what the model was measured on.
        found: mistakes against `LABELS` and, where there are votes, against `VOTES`.
    """
    lists = {against: [asdict(one) for one in mistakes] for against, mistakes in found.items()}
    text = json.dumps({"data": data, **lists}, separators=(",", ":"))
    path.write_text(text.replace('{"look"', '\n{"look"') + "\n", encoding="utf-8")


def read_mistakes(path: Path) -> tuple[str, dict[str, list[Mistake]]] | None:
    """Return what `write_mistakes` wrote; None where there is no such file.

    Raises:
        ModelError: it cannot be used.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        data = str(found.pop("data"))
        return data, {against: [_mistake(row) for row in rows] for against, rows in found.items()}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(
            "{name} of the model {model} cannot be read.", name=path.name, model=path.parent.name
        ) from error


def _mistake(row: Mapping[str, object]) -> Mistake:
    share, look = row["share"], str(row["look"])
    if not isinstance(share, float | int) or len(bytes.fromhex(look)) * 8 != BITS:
        raise ValueError("a mistake without its number or its hash")
    return Mistake(look, Emotion(str(row["label"])), Emotion(str(row["read_as"])), float(share))

"""FER+ votes for FER-2013: ``fer2013new.csv`` holds the votes of ten people on each row of ``fer2013.csv``.

The expression with the most votes becomes the label. A row has none of the seven labels if its votes are tied, or if
most of them are for contempt, unknown or no face (NF).
Source: Barsoum et al., "Training deep networks for facial expression recognition with crowd-sourced label
distribution", 2016, https://github.com/microsoft/FERPlus
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emotion_core.data.csv_rows import read_rows
from emotion_core.emotions import Emotion
from emotion_core.errors import DataError

VOTES: dict[str, Emotion | None] = {
    "neutral": Emotion.NEUTRAL,
    "happiness": Emotion.HAPPY,
    "surprise": Emotion.SURPRISE,
    "sadness": Emotion.SAD,
    "anger": Emotion.ANGRY,
    "disgust": Emotion.DISGUST,
    "fear": Emotion.FEAR,
    "contempt": None,
    "unknown": None,
    "nf": None,
}
WORDS = {"nf": "no face"}


@dataclass(frozen=True)
class VoteRow:
    """The outcome of the votes on one image: an expression, or the reason why it has none."""

    usage: str
    emotion: Emotion | None
    reason: str = ""


def read_fer_plus(path: Path) -> list[VoteRow]:
    """Read the votes: one entry for each row of ``fer2013.csv``, in its order.

    Raises:
        DataError: it is not ``fer2013new.csv``, or a row of it cannot be read.
    """
    return [_vote(row.number, row.values) for row in read_rows(path, ("usage", *VOTES))]


def check_same_rows(votes: Sequence[VoteRow], vote_splits: Sequence[str], splits: Sequence[str]) -> None:
    """Check that the votes belong to the table, by comparing the split of each row.

    Raises:
        DataError: they belong to another table.
    """
    if len(votes) != len(splits):
        raise DataError(
            f"The FER+ votes have {len(votes)} rows and the table has {len(splits)}. "
            "They belong to the whole fer2013.csv or icml_face_data.csv."
        )
    for number, (mine, theirs) in enumerate(zip(vote_splits, splits, strict=True), 1):
        if theirs and mine != theirs:
            raise DataError(f"Row {number} has another Usage in the FER+ votes than in the table. Use matching files.")


def _vote(number: int, values: dict[str, str]) -> VoteRow:
    try:
        counts = {name: int(values[name]) for name in VOTES}
    except (KeyError, ValueError):
        raise DataError(f"Row {number} of the FER+ votes cannot be read. Download fer2013new.csv again.") from None
    most = max(counts.values())
    winners = [name for name, count in counts.items() if count == most]
    usage = values["usage"]
    if len(winners) > 1:
        return VoteRow(usage, None, f"The FER+ taggers are split between {' and '.join(map(_word, winners))}.")
    emotion = VOTES[winners[0]]
    reason = "" if emotion else f"Most FER+ taggers call it {_word(winners[0])}."
    return VoteRow(usage, emotion, reason)


def _word(name: str) -> str:
    return WORDS.get(name, name)

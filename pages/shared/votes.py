"""Votes in words."""

from __future__ import annotations

import numpy as np

from emotion_core.data.dataset import VOTE_COLUMNS
from emotion_core.language import gettext as _

ANSWERS = 3  # of people who disagree, that are named


def votes_text(votes: np.ndarray, spread: bool) -> str:
    """Describe the votes on an image, ``(10,)``: the most frequent answer, or with ``spread`` the first `ANSWERS`."""
    answers = [
        (_(VOTE_COLUMNS[column]), votes[column]) for column in np.argsort(-votes, kind="stable") if votes[column]
    ]
    if not spread:
        (name, count), *_rest = answers
        return _("{count} of {all} say {name}", count=count, all=votes.sum(), name=name)
    text = ", ".join(f"{name} {count}" for name, count in answers[:ANSWERS])
    rest = len(answers) - ANSWERS
    return _("{answers}, {count} others", answers=text, count=rest) if rest > 1 else text

"""Votes in words."""

from __future__ import annotations

import numpy as np

from emotion_core.data.dataset import VOTE_COLUMNS

ANSWERS = 3  # of people who disagree, that are named


def votes_text(votes: np.ndarray, spread: bool) -> str:
    """Describe the votes on an image, ``(10,)``: the most frequent answer, or with ``spread`` the first `ANSWERS`."""
    answers = [(VOTE_COLUMNS[column], votes[column]) for column in np.argsort(-votes, kind="stable") if votes[column]]
    if not spread:
        (name, count), *_ = answers
        return f"{count} of {votes.sum()} say {name}"
    text = ", ".join(f"{name} {count}" for name, count in answers[:ANSWERS])
    rest = len(answers) - ANSWERS
    return f"{text}, {rest} others" if rest > 1 else text

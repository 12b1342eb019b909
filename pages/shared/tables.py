"""Tables of the core in the reader's language. Downloads keep the names that docs/files.md explains."""

from __future__ import annotations

import pandas as pd

from emotion_core.language import gettext, mark

# What the columns are called that pages show under their own names.
_COLUMNS = (
    *(mark("flag"), mark("total"), mark("meaning"), mark("split"), mark("name"), mark("reason"), mark("emotion")),
    *(mark("images"), mark("largest"), mark("smallest"), mark("ratio"), mark("missing"), mark("group")),
    *(mark("split_a"), mark("name_a"), mark("emotion_a"), mark("split_b"), mark("name_b"), mark("emotion_b")),
    *(mark("correlation"), mark("file"), mark("face"), mark("label"), mark("confidence"), mark("valence")),
    *(mark("arousal"), mark("votes"), mark("majority")),
)


def in_words(table: pd.DataFrame, *values: str) -> pd.DataFrame:
    """Return the table with its columns' names, and the words in the columns ``values``, in the reader's language."""
    said = {name: table[name].map(lambda word: gettext(str(word))) for name in values if name in table}
    return table.assign(**said).rename(columns=gettext)

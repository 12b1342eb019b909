"""Text that others wrote, such as a file's name, shown as it is wherever Streamlit expects Markdown."""

from __future__ import annotations

import re

# Sentence signs stay as they are, but where they would begin a list.
_MARKS = re.compile(r"[\\`*_\[\]{}()<>$~:#|!]|^[-+.]|(?<=^\d)[.]|(?<=^\d\d)[.]")


def plain(text: str) -> str:
    """``text`` with every sign that Markdown, mathematics or an emoji's name begins with taken literally."""
    return _MARKS.sub(r"\\\g<0>", text)

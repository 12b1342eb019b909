"""Showing text that others wrote, such as a file's name, where Streamlit expects Markdown."""

from __future__ import annotations

import re

# A minus, a plus or a period stays as it is, except where it would begin a list.
_MARKS = re.compile(r"[\\`*_\[\]{}()<>$~:#|!]|^[-+.]|(?<=^\d)[.]|(?<=^\d\d)[.]")


def escape_markdown(text: str) -> str:
    r"""Escape everything in ``text`` that would begin Markdown, a formula or the name of an emoji.

    >>> print(escape_markdown("*a*.jpg"))
    \*a\*.jpg
    """
    return _MARKS.sub(r"\\\g<0>", text)

"""The button that gives a file to the visitor."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypedDict, Unpack

import streamlit as st

from emotion_core.language import ENGLISH, for_this_reader, language
from emotion_core.language import gettext as _

DOCS = Path(__file__).resolve().parents[2] / "docs"

Content = str | bytes


class Options(TypedDict, total=False):
    """Further arguments of `st.download_button`."""

    key: str
    help: str
    icon: str
    type: Literal["primary", "secondary", "tertiary"]


def download(
    label: str, data: Content | Callable[[], Content], file_name: str, mime: str, **options: Unpack[Options]
) -> None:
    """Show an `st.download_button` that does not rerun the page: a press during that rerun would be lost.

    Args:
        label: of the button.
        data: the file's content, or a function that makes it when the button is pressed.
        file_name: under which the browser stores it.
        mime: type of the content.
        options: further arguments of the button.
    """
    if callable(data):  # it is called outside of any run
        data = for_this_reader(data)
    st.download_button(label, data, file_name, mime, on_click="ignore", **options)


def what_they_hold(key: str) -> None:
    """Show a button that opens the page *Files and columns* of the documents.

    Args:
        key: of the button.
    """
    with st.popover(_("What the files hold"), icon=":material/help:", type="tertiary", key=key):
        st.markdown(_files(language()))


@functools.cache
def _files(code: str) -> str:
    text = (DOCS / ("files.md" if code == ENGLISH else f"files.{code}.md")).read_text(encoding="utf-8")
    return re.sub("^#", "###", text, flags=re.MULTILINE)  # headings as small as fits a popover

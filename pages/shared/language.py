"""The visitor's language: the browser's, or the one chosen in Settings, which a cookie remembers."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakValueDictionary

import streamlit as st

from emotion_core.language import ENGLISH, LANGUAGES, ask_for_language, closest
from emotion_core.language import gettext as _
from pages.shared._compat import session_id

COOKIE = "emotion_language"  # written by pages/entry/_compat.js
_SPOKEN, _CHOSEN = "language", "language_chosen"  # keys of st.session_state


@dataclass(eq=False, weakref_slot=True, slots=True)
class _Reader:
    """A visitor, who holds it in the session."""

    language: str


# By the id of the session. Streamlit calls `format_func` while it is busy with the session's state, which must not be
# asked then.
_readers: WeakValueDictionary[str, _Reader] = WeakValueDictionary()


def begin() -> None:
    """Find out the visitor's language on the first run of a visit, and speak it from now on."""
    ask_for_language(_spoken)
    if _SPOKEN not in st.session_state:
        kept = st.context.cookies.get(COOKIE)
        browser = st.context.locale
        found = closest(kept if isinstance(kept, str) else None) or closest(
            browser if isinstance(browser, str) else None
        )
        st.session_state[_SPOKEN] = found or ENGLISH
    reader = st.session_state.setdefault("reader", _Reader(ENGLISH))
    reader.language = st.session_state[_SPOKEN]
    if (session := session_id()) is not None:
        _readers[session] = reader


def language_choice(page: str) -> None:
    """Show a select box of the languages.

    Args:
        page: prefix of its key.
    """
    key = f"{page}_language"
    st.session_state[key] = st.session_state.get(_SPOKEN, ENGLISH)  # it may have been chosen on another page
    st.selectbox(
        _("Language"), list(LANGUAGES), format_func=LANGUAGES.__getitem__, key=key, on_change=_choose, args=(key,)
    )


def chosen() -> str | None:
    """Return the language that the visitor chose; None if none was, and the browser's is spoken."""
    choice: str | None = st.session_state.get(_CHOSEN)
    return choice


def _choose(key: str) -> None:
    st.session_state[_SPOKEN] = st.session_state[_CHOSEN] = st.session_state["reader"].language = st.session_state[key]


def _spoken() -> str | None:
    reader = _readers.get(session_id() or "")
    return reader.language if reader else None

"""Texts in the reader's language.

Every text that a person reads passes through `gettext` or `ngettext`, with its English wording as the key. What that
key becomes in another language stands in one file, a gettext catalog: ``emotion_core/locale/ko.po`` for Korean. A text
without a translation stays English.

The language belongs to the reader and never to the process. Whoever serves several readers either says whose turn it is
(`speaking`) or tells once how to find out (`ask_for_language`). The command line does neither and speaks English.

`Message` is a text that is put into words later: an error travels from a process or a thread that knows no reader to a
page that does.
"""

from __future__ import annotations

import functools
import gettext as catalogs
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "ko": "한국어"}  # what each calls itself
LOCALE = Path(__file__).with_name("locale")

_spoken: ContextVar[str | None] = ContextVar("language", default=None)
_ask: list[Callable[[], str | None]] = []


def language() -> str:
    """Return the language that the reader speaks now, a key of `LANGUAGES`."""
    asked = _spoken.get()
    if asked is None and _ask:
        asked = _ask[-1]()
    return asked if asked in LANGUAGES else ENGLISH


def ask_for_language(reader: Callable[[], str | None]) -> None:
    """Ask ``reader`` for the language wherever no `speaking` says it; it returns None where it knows no reader."""
    _ask[:] = [reader]


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak the language ``code``, a key of `LANGUAGES`, until the block ends, in this thread or task only."""
    token = _spoken.set(code)
    try:
        yield
    finally:
        _spoken.reset(token)


def for_this_reader(function: Callable[[], Any]) -> Callable[[], Any]:
    """Return ``function`` so that it speaks today's reader's language wherever it is called later."""
    code = language()

    @functools.wraps(function)
    def spoken() -> Any:
        with speaking(code):
            return function()

    return spoken


def closest(wanted: str | None) -> str | None:
    """Return the language of `LANGUAGES` that a browser means, None if it is none of them.

    >>> closest("ko-KR"), closest("fr"), closest(None)
    ('ko', None, None)
    """
    code = (wanted or "").replace("_", "-").split("-")[0].lower()
    return code if code in LANGUAGES else None


def mark(message: str) -> str:
    """Return ``message`` as it is: it belongs into the catalogs, and is translated where it is shown.

    >>> mark("happy")
    'happy'
    """
    return message


def gettext(message: str, /, **values: object) -> str:
    """Return ``message`` in the reader's language, with ``values`` in its fields as `str.format` puts them in.

    >>> gettext("{name} cannot be read.", name="a.jpg")
    'a.jpg cannot be read.'
    """
    text = catalog(language()).gettext(message) if message else ""
    return text.format(**values) if values else text


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """Return the wording for ``number``, which stands in the field ``number``, and like `gettext` otherwise.

    >>> ngettext("{number:,} face", "{number:,} faces", 1), ngettext("{number:,} face", "{number:,} faces", 1200)
    ('1 face', '1,200 faces')
    """
    return catalog(language()).ngettext(one, many, number).format(number=number, **values)


class Message:
    """A text and the values in it, put into words by ``str()``, in the language of whoever reads it then.

    text: the English wording, with fields as for `str.format`. It is the code of the message: it tells which one it is,
        whatever the values are.
    values: what stands in the fields. Errors among them become their messages.

    >>> message = Message("Expected {expected}. Received: {received!r}", expected="a name", received="?")
    >>> str(message), message.text, message.values["expected"]
    ("Expected a name. Received: '?'", 'Expected {expected}. Received: {received!r}', 'a name')
    """

    def __init__(self, text: str, /, **values: object) -> None:
        self.text = text
        self.values = {name: _lasting(value) for name, value in values.items()}

    def __str__(self) -> str:
        return gettext(self.text, **self.values)

    def __repr__(self) -> str:
        with speaking(ENGLISH):
            return f"Message({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self.text, self.values) == (other.text, other.values)

    def __hash__(self) -> int:
        return hash(self.text)

    def to_dict(self) -> dict[str, Any]:
        """Return the message as JSON-ready values, from which `from_dict` makes it again."""
        return {"text": self.text, "values": {name: _plain(value) for name, value in self.values.items()}}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any] | str) -> Message:
        """Return the message that `to_dict` wrote; a bare string is a message without values."""
        if isinstance(found, str):
            return cls(found)
        return cls(found["text"], **{name: _again(value) for name, value in found["values"].items()})


def _lasting(value: object) -> object:
    """Return ``value``, of an exception only what it says: it would keep the frames that it was raised in."""
    if isinstance(value, BaseException):
        message = getattr(value, "message", None)
        return message if isinstance(message, Message) else str(value)
    return value


def _plain(value: object) -> object:
    if isinstance(value, Message):
        return value.to_dict()
    return value if isinstance(value, int | float | str | None) else str(value)


def _again(value: object) -> object:
    return Message.from_dict(value) if isinstance(value, Mapping) else value


@functools.cache
def catalog(code: str) -> catalogs.NullTranslations:
    """Return the catalog of a language; English needs none."""
    if code == ENGLISH:
        return catalogs.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with (LOCALE / f"{code}.po").open("rb") as file:
        translations = read_po(file, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, translations)
    compiled.seek(0)
    return catalogs.GNUTranslations(compiled)

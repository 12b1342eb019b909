"""The texts of the interface and their translations.

    python -m scripts.catalogs            bring emotion_core/locale/*.po up to date with the code
    python -m scripts.catalogs new CODE   begin a translation

A text that has gone is gone from the catalogs, too; one that was reworded has to be translated anew.
"""

from __future__ import annotations

import inspect
import string
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from emotion_core import errors
from emotion_core.files.download import ChecksumError
from emotion_core.language import LOCALE
from emotion_core.processes.run import ProcessError
from pages.live.stage import TEXT

ROOT = Path(__file__).resolve().parents[1]
METHODS = [("**/cli/**", "ignore"), ("**.py", "python"), ("**.js", "scripts.catalogs:of_javascript")]
_ERRORS = (*(kind for _, kind in inspect.getmembers(errors, inspect.isclass)), ChecksumError, ProcessError)
# What marks a text: the functions of emotion_core.language, and the errors, whose first argument is one.
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "mark", *(kind.__name__ for kind in _ERRORS), "_RowError"), None),
    "ngettext": (1, 2),
}


def extracted() -> Catalog:
    """Return the texts of the code, without translations."""
    catalog = Catalog(project="Emotion dashboard", fuzzy=False)
    for folder in ("emotion_core", "pages"):
        found = extract_from_dir(ROOT / folder, METHODS, keywords=KEYWORDS)
        for path, line, message, _, context in found:
            if any(message if isinstance(message, tuple) else (message,)):
                catalog.add(message, None, [(f"{folder}/{path}", line)], context=context)
    return catalog


def of_javascript(file: BinaryIO, *_: object, **_options: object) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield line and text of each call of ``_`` in a script, for Babel; its own parser gets lost in templates."""
    for number, line in enumerate(file.read().decode().splitlines(), 1):
        for text in TEXT.findall(line):
            yield number, "_", text, []


def read(path: Path) -> Catalog:
    """Return the catalog in a file."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def faults(path: Path) -> list[str]:
    """Return what is wrong with a translation: texts that are missing or too many, and fields that differ."""
    translated = {message.id: message for message in read(path) if message.id}
    wanted = {message.id for message in extracted() if message.id}
    found = [f"not translated: {text!r}" for text in wanted if text not in translated or not _whole(translated[text])]
    found += [f"not in the code: {text!r}" for text in translated if text not in wanted]
    for text, message in translated.items():
        one = text if isinstance(text, str) else text[-1]
        said = [message.string] if isinstance(message.string, str) else message.string
        found += [
            f"other fields than {one!r}: {string!r}" for string in said if string and fields(string) != fields(one)
        ]
    return found


def fields(text: str) -> set[tuple[str | None, str | None, str | None]]:
    """Return the fields of a text for `str.format`, with their formats."""
    return {(name, spec, kind) for _, name, spec, kind in string.Formatter().parse(text) if name is not None}


def _whole(message: object) -> bool:
    said = message.string  # type: ignore[attr-defined]
    return bool(said) if isinstance(said, str) else bool(said) and all(said)


def update(path: Path) -> None:
    """Bring the catalog in a file up to date."""
    catalog = read(path) if path.is_file() else Catalog(locale=path.stem, project="Emotion dashboard", fuzzy=False)
    catalog.update(extracted(), no_fuzzy_matching=True, keep_user_comments=False)
    catalog.obsolete.clear()
    with path.open("wb") as file:
        # Without line numbers, which change with every edit of the code.
        write_po(file, catalog, width=120, sort_by_file=True, include_lineno=False, omit_header=False)


def main(arguments: list[str]) -> int:
    """Update all catalogs, or begin one; return 1 where something is left to translate."""
    paths = [LOCALE / f"{arguments[1]}.po"] if arguments[:1] == ["new"] else sorted(LOCALE.glob("*.po"))
    left = 0
    for path in paths:
        update(path)
        found = faults(path)
        left += len(found)
        sys.stdout.writelines(f"{path.name}: {fault}\n" for fault in found)
    return 1 if left else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

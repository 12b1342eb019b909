"""Every text of the interface is in the catalogs, and every text of the catalogs is translated."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from emotion_core.language import ENGLISH, LANGUAGES, LOCALE
from scripts.catalogs import ROOT, extracted, faults, fields

PAGES = sorted(path for path in (ROOT / "pages").rglob("*.py"))
# Calls whose texts are in the catalogs, and calls whose texts no visitor reads.
KNOWN = {"_", "gettext", "ngettext", "mark", "Message", "compile", "component", "Literal", "TypeVar", "startswith"}
LOGS = {"_log", "log"}
# Two words, or one that begins with a capital letter.
TEXT = re.compile(r"[A-Za-z]{2,}[,;:.]? [A-Za-z(]+|^[A-Z][a-z]+[.…!?]?$")
# Names, and keys that are shown under another text.
NOT_TEXTS = {"Box and label", "Emotion dashboard", "Flagship", "Kaggle"}


def test_the_catalogs_are_there() -> None:
    assert {path.stem for path in LOCALE.glob("*.po")} == set(LANGUAGES) - {ENGLISH}
    assert len(extracted()) > 800


@pytest.mark.parametrize("code", sorted(set(LANGUAGES) - {ENGLISH}))
def test_a_catalog_has_every_text_and_its_fields(code: str) -> None:
    assert faults(LOCALE / f"{code}.po") == [], "run `python -m scripts.catalogs`, and translate what it names"


def test_a_field_that_a_translation_lacks_is_noticed() -> None:
    assert fields("{a:.1f} of {b!r}") == fields("{b!r}: {a:.1f}") != fields("{a} of {b!r}")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_text_of_a_page_is_outside_the_catalogs(path: Path) -> None:
    found = [f"{line}: {text!r}" for line, text in texts_outside(path.read_text(encoding="utf-8"))]
    assert found == [], "wrap what a visitor reads in _()"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('st.title("Two words")', ["Two words"]),
        ('st.title(f"{name} has two words")', ["{} has two words"]),
        ('label = "Stop" if running else "Start"', ["Stop", "Start"]),
        ('st.title(_("Two words"))', []),
        ('"""A docstring with words."""', []),
        ('_log.warning("Two words")', []),
    ],
)
def test_what_counts_as_a_text(code: str, found: list[str]) -> None:
    assert [text for _, text in texts_outside(code)] == found


def test_no_text_of_the_stage_is_outside_the_catalogs() -> None:
    code = (ROOT / "pages" / "live" / "stage.js").read_text(encoding="utf-8")
    code = re.sub(r"//.*", "", code)
    shown = re.findall(r">\s*([A-Z][a-z]+[^<>${}]*)<", code) + re.findall(r'aria-label="([^"$]+)"', code)
    assert set(shown) <= {"Esc"}, "wrap what a visitor reads in _()"


def texts_outside(code: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of what looks like a text for visitors, in ``code`` of a page."""
    tree = ast.parse(code)
    passed = {id(node) for part in ast.walk(tree) for node in _not_shown(part)}
    for node in ast.walk(tree):
        if id(node) in passed:
            continue
        if isinstance(node, ast.JoinedStr):
            passed.update(map(id, node.values))
            text = "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if TEXT.search(text) and text not in NOT_TEXTS and not text.startswith(("<style>", "a JSON list")):
            yield node.lineno, text


def _not_shown(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the strings of docstrings, annotations and calls whose texts are known or not for visitors."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
        first = node.body[0]
        if isinstance(first, ast.Expr):
            yield first.value
    if isinstance(node, ast.Call):
        name, owner = _name(node.func), _name(getattr(node.func, "value", None))
        if name in KNOWN or name.endswith("Error") or owner in LOGS:
            yield from ast.walk(node)
    if isinstance(node, ast.AnnAssign):
        yield from ast.walk(node.annotation)
    if isinstance(node, ast.arg) and node.annotation:
        yield from ast.walk(node.annotation)


def _name(node: object) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""

"""Each page's script uses the folder of its own page and the shared one, no other page's.

The contract in pyproject.toml keeps the folders apart; a script may import what is below it, so it needs this test.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[2] / "pages"
FOLDER = {
    "analyze/live.py": "live",
    "analyze/image.py": "image",
    "analyze/video.py": "video",
    "learn/dataset.py": "dataset",
    "learn/train.py": "train",
    "learn/models.py": "model",
    "entry/about.py": None,
}


def imported_folders(script: Path) -> set[str]:
    tree = ast.parse(script.read_text(encoding="utf-8"))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    return {name.split(".")[1] for name in names if name.startswith("pages.")}


@pytest.mark.parametrize("script", FOLDER)
def test_a_page_imports_its_own_folder_and_the_shared_one(script: str) -> None:
    own = {FOLDER[script]} - {None}
    assert imported_folders(PAGES / script) <= own | {"shared"}


def test_every_page_is_listed() -> None:
    scripts = [path for section in ("analyze", "learn") for path in (PAGES / section).glob("*.py")]
    scripts.append(PAGES / "entry" / "about.py")
    assert {path.relative_to(PAGES).as_posix() for path in scripts} == set(FOLDER)


def test_no_script_stands_directly_in_pages() -> None:
    """Streamlit 1.67 would run it on a server's first visit without app.py."""
    assert list(PAGES.glob("*.py")) == []

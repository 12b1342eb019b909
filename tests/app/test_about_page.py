"""The page about meaning, privacy and rules."""

from __future__ import annotations

from tests.app.conftest import Open


def test_rules_and_their_dates_are_stated(open_page: Open) -> None:
    page = open_page("entry/about.py")
    text = "\n".join(element.value for element in page.markdown)
    for fact in ("Art. 5(1)(f)", "2 February 2025", "Art. 50(3)", "2 August 2026", "Annex III, 1(c)", "Barrett"):
        assert fact in text

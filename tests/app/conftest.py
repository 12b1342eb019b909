"""Fixtures for testing every page from app.py, in Streamlit's own test runner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
import streamlit_webrtc.component
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 120

Open = Callable[[str], AppTest]


@pytest.fixture
def open_page(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """A function that opens the app and goes to a page, ``analyze/image.py`` for example."""
    # The test runner has no session that WebRTC could find, so the player never plays.
    monkeypatch.setattr(streamlit_webrtc.component, "get_this_session_info", lambda: None)
    st.cache_resource.clear()

    def go(page: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_S).run()
        app.switch_page(f"pages/{page}").run()
        assert not app.exception
        return app

    yield go
    st.cache_resource.clear()

"""Every page in Korean: no text is left in English, and a visitor's language is nobody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.data.demo import make_demo_set
from emotion_core.language import LOCALE, catalog, speaking
from scripts.catalogs import read
from tests.app.conftest import TIMEOUT_S, Open

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("analyze/live.py", "analyze/image.py", "analyze/video.py", "learn/dataset.py", "learn/train.py",
         "learn/models.py", "entry/about.py")  # fmt: skip
# Of two words and more, without fields: what can be looked for on a page.
SENTENCES = sorted(
    text
    for message in read(LOCALE / "ko.po")
    for text in ([message.id] if isinstance(message.id, str) else message.id)
    if text.count(" ") > 1 and "{" not in text and message.string != text
)


def open_in(code: str, page: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_S)
    app.session_state["language"] = code
    app.run()
    app.switch_page(f"pages/{page}").run()
    assert not app.exception
    return app


def texts(app: AppTest) -> Iterator[str]:
    """Yield all that a page shows or says on request."""
    for element in (*app.main, *app.sidebar):
        for name in ("value", "label", "help", "body", "placeholder", "options"):
            if name == "value" and hasattr(element, "options"):
                continue  # a key, which is shown as one of the options
            said: Any = getattr(element, name, None)
            yield from (str(one) for one in (said if isinstance(said, list | tuple) else [said]) if one is not None)


def english(said: str) -> list[str]:
    return [sentence for sentence in SENTENCES if sentence.strip() in said]


@pytest.mark.usefixtures("open_page")
@pytest.mark.parametrize("page", PAGES)
def test_no_page_speaks_english_to_a_korean(page: str) -> None:
    title = open_in("en", page).title[0].value
    # The test runner formats the options of a select box itself, outside of the page.
    with speaking("ko"):
        app = open_in("ko", page)
        said = list(texts(app))
    assert any(re.search("[가-힣]", text) for text in said)
    assert [text for text in said if english(text)] == []
    assert app.title[0].value == catalog("ko").gettext(title) != title


@pytest.mark.usefixtures("open_page")
def test_the_pages_with_content_speak_korean(tmp_path: Path) -> None:
    make_demo_set(tmp_path / "faces", per_class=4)
    with speaking("ko"):
        app = open_in("ko", "learn/dataset.py")
        app.session_state["dataset_path"] = str(tmp_path / "faces")
        app.run()
        next(button for button in app.button if button.label == "이 데이터 세트 점검하기").click().run()
        assert [text for text in texts(app) if english(text)] == []
        app.switch_page("pages/learn/train.py").run()
        assert not app.exception
        assert [text for text in texts(app) if english(text)] == []


def test_another_visitor_keeps_his_language(open_page: Open) -> None:
    with speaking("ko"):
        open_in("ko", "learn/train.py")
    assert open_page("learn/train.py").title[0].value == "Train"


@pytest.mark.usefixtures("open_page")
def test_an_error_is_said_in_the_language_of_whoever_reads_it() -> None:
    with speaking("ko"):
        app = open_in("ko", "analyze/video.py")
        app.file_uploader(key="video_upload").set_value(("diary.mp4", b"no video", "video/mp4")).run()
    assert "읽을 수 있는 동영상이 아닙니다" in app.error[0].value
    app.session_state["language"] = "en"
    with speaking("ko"):
        app.run()
    assert "not a video that can be read" in app.error[0].value, "it is kept as a message and not as words"

"""The pages in their order, the mark above them, and what all of them have in common.

Each page imports heavy libraries itself, after its heading is on the screen. No script stands directly in `pages/`, and
no `__init__.py` either: Streamlit 1.67 would run such a script on a server's first visit without app.py.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
import streamlit.components.v2

from emotion_core.language import gettext as _
from emotion_core.language import language as spoken
from emotion_core.language import mark
from emotion_core.processes.switches import one_core_for_opencv
from pages.shared import language

HERE = Path(__file__).resolve().parent
PAGES = HERE.parent
ASSETS = PAGES.parent / "assets"
LIVE = PAGES / "analyze" / "live.py"
MODELS = PAGES / "learn" / "models.py"
NAME = mark("Emotion dashboard")
ORDER = (
    (LIVE, mark("Live"), ":material/videocam:"),
    (PAGES / "analyze" / "image.py", mark("Images"), ":material/image:"),
    (PAGES / "analyze" / "video.py", mark("Video"), ":material/movie:"),
    (PAGES / "learn" / "dataset.py", mark("Dataset"), ":material/dataset:"),
    (PAGES / "learn" / "train.py", mark("Train"), ":material/model_training:"),
    (MODELS, mark("Models"), ":material/neurology:"),
    (PAGES / "entry" / "about.py", mark("About"), ":material/info:"),
)
_WITH_SETTINGS = ("image", "video")  # beside the page; on Live they open with a button, as the stage needs the width


_close_drawer = streamlit.components.v2.component("close_drawer", js=(HERE / "_compat.js").read_text(encoding="utf-8"))


def show() -> None:
    """Show the navigation and the page that the visitor asked for."""
    language.begin()
    pages = [st.Page(path, title=_(title), icon=icon, default=path == LIVE) for path, title, icon in ORDER]
    page = st.navigation(pages, position="top")
    st.set_page_config(
        page_title=_(NAME),
        page_icon=str(ASSETS / "mark.svg"),
        layout="wide",
        initial_sidebar_state="auto" if page.url_path in _WITH_SETTINGS else "collapsed",
    )
    theme = "dark" if st.context.theme.type == "dark" else "light"
    st.logo(str(ASSETS / f"logo-{theme}.svg"), size="large")
    st.html(HERE / "style.css")
    if st.session_state.get("shown_page") != page.url_path:
        st.session_state["shown_page"] = page.url_path
        st.session_state["visit"] = st.session_state.get("visit", 0) + 1  # a number for each stay on a page
    said = {"language": spoken(), "chosen": language.chosen()}
    _close_drawer(key="drawer", data={"visit": st.session_state["visit"], **said})
    try:
        page.run()
    finally:
        # Afterwards, because it imports OpenCV, which the first page must not wait for; a first visit analyzes nothing.
        one_core_for_opencv()


if __name__ == "__main__":
    show()

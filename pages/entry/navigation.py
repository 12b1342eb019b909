"""The pages, their sections, and what they have in common.

Each page imports heavy libraries itself, after its heading is on the screen. No script stands directly in `pages/`, and
no `__init__.py` either: Streamlit 1.67 would run such a script on a server's first visit without app.py.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from emotion_core.processes.switches import one_core_for_opencv

PAGES = Path(__file__).resolve().parents[1]
LIVE = PAGES / "analyze" / "live.py"
MODELS = PAGES / "learn" / "models.py"
SECTIONS = {
    "Analyze": [
        (LIVE, "Live", ":material/videocam:"),
        (PAGES / "analyze" / "image.py", "Images", ":material/image:"),
        (PAGES / "analyze" / "video.py", "Video", ":material/movie:"),
    ],
    "Learn": [
        (PAGES / "learn" / "dataset.py", "Dataset", ":material/dataset:"),
        (PAGES / "learn" / "train.py", "Train", ":material/model_training:"),
        (MODELS, "Models", ":material/neurology:"),
    ],
    "Review": [(PAGES / "review" / "about.py", "About", ":material/info:")],
}


def show() -> None:
    """Show the navigation and the page that the visitor asked for."""
    sections = {
        section: [st.Page(path, title=title, icon=icon, default=path == LIVE) for path, title, icon in pages]
        for section, pages in SECTIONS.items()
    }
    page = st.navigation(sections, position="top")
    st.set_page_config(
        page_title="Emotion dashboard",
        page_icon=":material/sentiment_satisfied:",
        layout="wide",
        initial_sidebar_state="collapsed" if page.title == "Live" else "auto",  # there, the stage needs the width
    )
    if st.session_state.get("shown_page") != page.url_path:
        st.session_state["shown_page"] = page.url_path
        st.session_state["visit"] = st.session_state.get("visit", 0) + 1  # a number for each stay on a page
    try:
        page.run()
    finally:
        # Afterwards, because it imports OpenCV, which the first page must not wait for; a first visit analyzes nothing.
        one_core_for_opencv()


if __name__ == "__main__":
    show()

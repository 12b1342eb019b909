"""The dashboard's entry: page set-up and navigation, nothing else.

Heavy libraries are imported by the page that needs them, after its heading is on the screen.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

PAGES = {
    "Analyze": [
        ("pages/analyze/live.py", "Live", ":material/videocam:"),
        ("pages/analyze/image.py", "Images", ":material/image:"),
        ("pages/analyze/video.py", "Video", ":material/movie:"),
    ],
    "Learn": [
        ("pages/learn/dataset.py", "Dataset", ":material/dataset:"),
        ("pages/learn/train.py", "Train", ":material/model_training:"),
        ("pages/learn/models.py", "Models", ":material/neurology:"),
    ],
    "Review": [("pages/review/about.py", "About", ":material/info:")],
}
ROOT = Path(__file__).resolve().parent

st.set_page_config(page_title="Emotion dashboard", page_icon=":material/sentiment_satisfied:", layout="wide")
sections = {
    section: [
        st.Page(path, title=title, icon=icon, default=title == "Live")
        for path, title, icon in entries
        if (ROOT / path).is_file()
    ]
    for section, entries in PAGES.items()
}
st.navigation({section: pages for section, pages in sections.items() if pages}, position="top").run()

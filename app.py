"""The dashboard's entry, for `streamlit run app.py`.

The script of its pages is not this file but pages/entry/navigation.py: next to a folder `pages/`, Streamlit would look
for the pages of its older multipage mode on a server's first visit, and say "Page not found" over every page but the
first.
"""

from __future__ import annotations

import streamlit as st

from pages.entry import navigation

app = st.App(navigation.__file__)

if __name__ == "__main__":  # run as a page's script, as Streamlit's test runner does
    navigation.show()

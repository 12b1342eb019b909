"""The dashboard's entry point, for `streamlit run app.py`.

The script that shows the pages is pages/entry/navigation.py and not this file. Beside this file stands the folder
`pages/`, in which Streamlit would look for the pages of its older multipage mode on a server's first visit, and would
show "Page not found" over every page except the first.
"""

from __future__ import annotations

import streamlit as st

from pages.entry import navigation
from pages.live.routes import routes

app = st.App(navigation.__file__, routes=routes())

if __name__ == "__main__":  # Streamlit's test runner runs this file as a page's script
    navigation.show()

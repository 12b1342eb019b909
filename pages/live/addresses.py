"""The addresses that the stage asks for, below the server's base path."""

from __future__ import annotations

import streamlit as st

READINGS = "readings"
SAMPLE_VIDEO = "sample/expressions.mp4"
SAMPLE_READINGS = "sample/expressions.json"


def base_path() -> str:
    """Return the path below which this server answers, such as ``/`` or ``/faces/``."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}/" if base else "/"

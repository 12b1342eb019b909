"""The widgets that choose the model and the face detector, for every page that reads faces."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from emotion_core.detect import HaarOptions
from emotion_core.detect.haar import STILL_WIDTH
from pages.shared.resources import model_title, registry, settings


@dataclass(frozen=True)
class Search:
    """How finely a page searches for faces.

    width: pixels to which a picture is shrunk before the search.
    least: the smallest face that can be chosen, % of the picture's shorter side.
    """

    width: int
    least: int


VIDEO = Search(width=320, least=5)
STILL = Search(width=STILL_WIDTH, least=2)
_CASCADE_SIDE = 24  # pixels of the smallest face that the Haar cascade can find


def model_choice(label: str = "Model", key: str = "model") -> str:
    """Show a select box of the installed models, and a warning if the chosen one is broken.

    Returns:
        The model's name, for `ModelRegistry.load`.
    """
    models = registry()
    entries = {entry.name: entry for entry in models.entries()}
    start = models.default_name(settings().default_model)
    # The default comes first: a browser that missed the server's first answer, because a click came in between, shows
    # the first option of the list and ignores the value that the server had set.
    names = sorted(entries, key=lambda name: name != start)
    if key in st.session_state and st.session_state[key] not in names:  # the chosen model was deleted
        st.session_state[key] = start
    name = st.selectbox(
        label,
        names,
        format_func=lambda name: model_title(entries[name]),
        key=key,
        help="Reads the expression of each face that was found. Each model's card is on the page Models.",
    )
    if entries[name].error:
        st.warning(entries[name].error, title="This model cannot be used", icon=":material/error:")
    return name


def detector_choice(page: str, search: Search = VIDEO) -> tuple[str, HaarOptions]:
    """Show the widgets of the face detector and its parameters.

    Args:
        page: prefix of the widgets' keys, so that each page keeps its own choice.
        search: how finely the page searches.

    Returns:
        The detector's name, for `make_detector`, and the parameters of the Haar cascade.
    """
    names = {"haar": "Haar cascade", "yunet": "YuNet"}
    with st.expander("Face detector", icon=":material/face:"):
        detector = st.selectbox("Detector", list(names), format_func=names.__getitem__, key=f"{page}_detector")
        off = detector != "haar"
        scale = st.slider(
            "Scale factor", 1.05, 1.5, 1.2, 0.05, key=f"{page}_scale", disabled=off, help="Smaller finds more, slower."
        )
        neighbors = st.slider(
            "Neighbors", 1, 12, 4, key=f"{page}_neighbors", disabled=off, help="More gives fewer false positives."
        )
        smallest = st.slider(
            "Smallest face, % of the picture",
            search.least,
            50,
            10,
            key=f"{page}_smallest",
            disabled=off,
            help="Of the shorter side. Smaller takes longer and gives more false positives.",
        )
    width = max(search.width, _width_for(smallest / 100))
    return detector, HaarOptions(scale, neighbors, smallest_face=smallest / 100, detect_width=width)


def _width_for(smallest: float) -> int:
    """The width at which a face of this share of the shorter side is large enough for the cascade, in a 4:3 picture."""
    return round(_CASCADE_SIDE / smallest * 4 / 3)

"""The widgets that choose the model and the face detector, for every page that reads faces."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from emotion_core.detect import DETECTORS, HaarOptions, default_detector, install_yunet, verifier_fault
from emotion_core.detect.haar import STILL_SMALLEST, STILL_WIDTH
from emotion_core.detect.yunet import YUNET_BYTES, YUNET_SHA256, yunet_path
from emotion_core.errors import DetectorError
from emotion_core.language import gettext as _
from emotion_core.language import mark
from emotion_core.models.registry import DEEPFACE, ModelEntry
from pages.shared.resources import registry, settings
from pages.shared.weights import offer_weights, weights_ready


@dataclass(frozen=True)
class Search:
    """How finely a page searches for faces.

    width: pixels to which a picture is shrunk before the Haar cascade alone searches it.
    least, usual: the smallest face that can be chosen, and that is chosen at first, % of the picture's shorter side.
    """

    width: int
    least: int
    usual: int


VIDEO = Search(width=320, least=5, usual=10)
STILL = Search(width=STILL_WIDTH, least=2, usual=round(100 * STILL_SMALLEST))
_CASCADE_SIDE = 24  # pixels of the smallest face that the Haar cascade can find
_TITLES = {"haar": mark("Haar cascades + verifier"), "haar_alone": mark("Haar cascade alone"), "yunet": "YuNet"}


def model_choice(key: str = "model") -> str:
    """Show a select box of the installed models.

    One that cannot be used (yet) is marked. If it is chosen, the model in use stays, and the page says what to do.

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
    marks = {name: fault for name, entry in entries.items() if (fault := _mark(entry))}
    wanted = _taken_back(key, start, marks)
    name = st.selectbox(
        _("Model"),
        names,
        format_func=lambda name: f"{entries[name].title} ({marks[name]})" if name in marks else entries[name].title,
        key=key,
        help=_("Reads the expression of each face that was found. Each model's card is on the Models page."),
    )
    if wanted and entries[wanted].error:
        st.warning(
            _("{error} Until then, {title} goes on.", error=entries[wanted].error, title=entries[name].title),
            title=_("{title} cannot be used", title=entries[wanted].title),
            icon=":material/error:",
        )
    elif wanted:
        offer_weights(key)
    return name


def _mark(entry: ModelEntry) -> str:
    """Say in a few words why a model cannot be used now; empty if it can."""
    if entry.error:
        return _("cannot be used")
    return _("not downloaded") if entry.name == DEEPFACE and not weights_ready() else ""


def _taken_back(key: str, start: str, unusable: Container[str]) -> str | None:
    """Take a choice back that cannot be used: the box shows again what is in use.

    Args:
        key: of the select box, which comes after this.
        start: its first choice.
        unusable: the choices that cannot be used.

    Returns:
        What the visitor wanted instead, for as long as it cannot be used and nothing else was chosen.
    """
    state, used, wanted = st.session_state, f"{key}_used", f"{key}_wanted"
    chosen = state.get(key, start)
    if wanted in state and state[wanted] not in unusable:
        state[key] = chosen = state.pop(wanted)
    if chosen in unusable:
        state[wanted] = chosen
        state[key] = chosen = state.get(used, start)
    elif chosen != state.get(used, chosen):
        state.pop(wanted, None)
    state[used] = chosen
    asked: str | None = state.get(wanted)
    return asked


def detector_choice(page: str, search: Search = VIDEO) -> tuple[str, HaarOptions]:
    """Show the widgets of the face detector and its parameters, and offer to install YuNet.

    Args:
        page: prefix of the widgets' keys, so that each page keeps its own choice.
        search: how finely the page searches.

    Returns:
        The detector's name, for `make_detector`, and the parameters of the Haar cascades.
    """
    models_dir = registry().models_dir
    # The default comes first, for the reason given in `model_choice`.
    usual = default_detector(models_dir)
    names = sorted(DETECTORS, key=lambda name: name != usual)
    absent = () if yunet_path(models_dir).is_file() else ("yunet",)
    wanted = _taken_back(f"{page}_detector", usual, absent)
    with st.expander(_("Face detector"), icon=":material/face:", expanded=wanted is not None):
        detector = st.selectbox(
            _("Detector"),
            names,
            format_func=lambda name: (
                f"{_(_TITLES[name])} ({_('not downloaded')})" if name in absent else _(_TITLES[name])
            ),
            key=f"{page}_detector",
        )
        if wanted:
            _offer_yunet(page, models_dir)
        fault = verifier_fault(models_dir) if detector == "haar" else None
        if fault:
            st.warning(
                _("{fault} Until then, faces are searched for with the Haar cascade alone.", fault=fault),
                title=_("The verifier cannot be used"),
                icon=":material/error:",
            )
        haar = _haar_options(page, search, "haar_alone" if fault else detector)
    return detector, haar


def _haar_options(page: str, search: Search, detector: str) -> HaarOptions:
    off = detector == "yunet"
    scale = st.slider(
        _("Scale factor"),
        1.05,
        1.5,
        1.2,
        0.05,
        key=f"{page}_scale",
        disabled=off,
        help=_("Smaller values find more faces but take longer."),
    )
    neighbors, certainty = HaarOptions.min_neighbors, HaarOptions.min_face_score
    if detector == "haar":
        certainty = st.slider(
            _("Certainty"),
            0.1,
            0.95,
            certainty,
            0.05,
            key=f"{page}_certainty",
            help=_("How sure the verifier must be that something is a face. Higher values give fewer false positives."),
        )
    else:
        neighbors = st.slider(
            _("Neighbors"),
            1,
            12,
            neighbors,
            key=f"{page}_neighbors",
            disabled=off,
            help=_("Higher values give fewer false positives."),
        )
    smallest = st.slider(
        _("Smallest face, % of the picture"),
        search.least,
        50,
        search.usual,
        key=f"{page}_smallest",
        disabled=off,
        help=_("As a share of the shorter side. Smaller takes longer."),
    )
    width = max(search.width, _width_for(smallest / 100))
    return HaarOptions(scale, neighbors, smallest_face=smallest / 100, detect_width=width, min_face_score=certainty)


def _offer_yunet(page: str, models_dir: Path) -> None:
    """Say what YuNet is, and install it after a click."""
    st.info(
        _(
            "YuNet is a small neural face detector from the OpenCV Zoo ({yunet_bytes:.1f} MB, MIT license). "
            "It is not part of this app: it is downloaded from GitHub when you click, and kept if its SHA-256 "
            "is the published one, {yunet_sha256}…. Until then, this page goes on with the Haar cascades.",
            yunet_bytes=YUNET_BYTES / 1e6,
            yunet_sha256=YUNET_SHA256[:12],
        ),
        title=_("YuNet is not downloaded yet"),
        icon=":material/download:",
    )
    if st.button(_("Download YuNet"), icon=":material/download:", key=f"{page}_install_yunet"):
        try:
            with st.spinner(_("Downloading YuNet…")):
                install_yunet(models_dir)
        except DetectorError as error:
            st.error(str(error), title=_("YuNet was not installed"), icon=":material/error:")
        else:
            st.rerun()


def _width_for(smallest: float) -> int:
    """The width at which a face of this share of the shorter side is large enough for the cascade, in a 4:3 picture."""
    return round(_CASCADE_SIDE / smallest * 4 / 3)

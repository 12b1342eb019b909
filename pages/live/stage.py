"""The stage: everything on the Live page that moves, drawn in the browser (stage.js).

What the visitor does there comes back as an action, which changes `st.session_state` before the page's script runs:

- ``live_source``: `SAMPLE`, `CAMERA` or `FILE`.
- ``live_running``: a video is wanted.
- ``live_new``: the results of another person are to begin.
- ``live_full``: the server had no place when a video was wanted.
- ``live_plays``: how often a video was started; for a file, each time is a connection of its own.
- ``live_token``: of the session, see `LiveSession`.
- ``live_former``: the token of the session that this tab had before it was reloaded; None once it was looked for.
"""

from __future__ import annotations

import functools
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import streamlit as st
import streamlit.components.v2

from emotion_core.emotions import COLORS, EMOTIONS, UNCERTAIN, UNCERTAIN_COLOR
from emotion_core.language import ENGLISH, gettext, language, mark
from pages.live.addresses import READINGS, SAMPLE_READINGS, SAMPLE_VIDEO, base_path

Part = Literal["stage", "reading", "curve"]
SAMPLE, CAMERA, FILE = "sample", "camera", "file"
# What is drawn over the video; the words are those of `OverlayStyle`.
OVERLAYS: Mapping[str, Mapping[str, bool]] = {
    mark("Box and label"): {"box": True, "label": True, "bars": False},
    mark("With probabilities"): {"box": True, "label": True, "bars": True},
    mark("Box only"): {"box": True, "label": False, "bars": False},
    mark("None"): {},
}
_HERE = Path(__file__)
# One text, because a component's script cannot import another: Streamlit serves files of installed packages only.
_component = st.components.v2.component(
    "stage",
    js=_HERE.with_name("_compat.js").read_text(encoding="utf-8") + _HERE.with_suffix(".js").read_text(encoding="utf-8"),
    css=_HERE.with_suffix(".css").read_text(encoding="utf-8"),
)
_LOOKS: Mapping[str, Any] = {
    "emotions": [{"name": emotion.value, "color": COLORS[emotion]} for emotion in EMOTIONS],
    "uncertain": UNCERTAIN_COLOR,
    "readings": READINGS,
    "sample": {"video": SAMPLE_VIDEO, "readings": SAMPLE_READINGS},
}
TEXT = re.compile(r'_\("((?:[^"\\]|\\.)*)"')  # of the calls in the script


def begin() -> None:
    """Set what `st.session_state` lacks on the visitor's first run."""
    state = st.session_state
    state.setdefault("live_source", SAMPLE)
    state.setdefault("live_plays", 0)
    state.setdefault("live_former", None)
    state.setdefault("live_token", secrets.token_urlsafe(24))
    for name in ("live_running", "live_new", "live_full"):
        state.setdefault(name, False)


def burned(source: str) -> bool:
    """Whether the server draws into the camera's picture and sends it back."""
    return source == CAMERA and bool(st.session_state.get("live_burn"))


def show(seen: bool) -> None:
    """Show the picture with its buttons, as chosen in the run before: it stands before the widgets that choose.

    Args:
        seen: there are results that a reload should find again.
    """
    state = st.session_state
    source = state.live_source
    mount(
        "stage",
        source=source,
        running=state.live_running,
        token=state.live_token,
        seen=seen,
        played=state.live_plays > 0,
        burn=bool(state.get("live_burn")),
        mirror=bool(state.get(f"live_mirror_{source}", source == CAMERA)),
        overlay=OVERLAYS[state.get("live_overlay", "Box and label")],
    )


def mount(part: Part, **data: Any) -> None:
    """Show one part of the stage.

    Args:
        part: ``stage`` is the picture with its buttons, ``reading`` the word and the bars, ``curve`` the last minute.
        data: for the script, JSON-ready.
    """
    _component(
        key=_key(part),
        data={"part": part, "base": base_path(), **_LOOKS, **_said(language()), **data},
        on_action_change=_act if part == "stage" else lambda: None,
        height="content",
    )


def _key(part: Part) -> str:
    """Return the key of a part; in another language, the browser builds it anew."""
    return f"live_{part}" if language() == ENGLISH else f"live_{part}_{language()}"


@functools.cache
def _said(code: str) -> Mapping[str, Any]:
    """Return the language, and what it calls every text of the script and every label; English needs no words."""
    if code == ENGLISH:
        return {"language": code}
    texts = [*TEXT.findall(_HERE.with_suffix(".js").read_text(encoding="utf-8")), *EMOTIONS, UNCERTAIN]
    return {"language": code, "words": {str(text): gettext(str(text)) for text in texts}}


def _act() -> None:
    state = st.session_state
    action: Mapping[str, Any] = state[_key("stage")].action or {}
    name = action.get("name")
    if name in ("camera", "again"):
        state.live_source = CAMERA if name == "camera" else FILE
        state.live_running = state.live_new = True
        state.live_plays += 1
    elif name in ("open", "sample"):
        state.live_source, state.live_running = FILE if name == "open" else SAMPLE, False
    elif name in ("stop", "ended"):
        state.live_running = False
    elif name == "new":
        state.live_new = True
    elif name == "former":
        state.live_former = str(action.get("token", ""))

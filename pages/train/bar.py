"""The bar that stays in view while a run is described: its name, how long it will take, and Start."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
import streamlit.components.v2

from emotion_core.language import Message
from emotion_core.language import gettext as _
from emotion_core.train.config import FitConfig
from emotion_core.train.runs import RunConfig
from pages.train.preview import estimate

_KEY = "train_bar"
# Streamlit wraps the container once more, and within that it could not move. The page's own background is not known
# here; Canvas is white or near-black, as the theme is.
_STYLE = f"""<style>
div:has(> .st-key-{_KEY}) {{
    position: sticky; bottom: 0; z-index: 10; padding: 0.75rem 1rem; border-radius: 0.75rem 0.75rem 0 0;
    background: color-mix(in srgb, Canvas 88%, transparent); backdrop-filter: blur(10px);
    box-shadow: 0 -4px 16px rgb(0 0 0 / 0.12);
}}
/* What the Tab key reaches is scrolled to where the bar does not cover it. */
[data-testid="stMain"] {{ scroll-padding-bottom: 7rem; }}
@media (max-width: 640px) {{ [data-testid="stMain"] {{ scroll-padding-bottom: 14rem; }} }}
</style>"""

_scroll_to_top = streamlit.components.v2.component(
    "scroll_to_top", js=Path(__file__).with_name("_compat.js").read_text(encoding="utf-8")
)


def show_started(name: str) -> None:
    """Say that a run has started, and bring it into view."""
    st.toast(
        _("**{name}** has started. Its curves are at the top of this page.", name=name), icon=":material/play_circle:"
    )
    _scroll_to_top(key=f"train_top_{name}")


def start_bar(config: RunConfig | None, fit: FitConfig, images: int, fault: Message | None) -> bool:
    """Show the bar.

    Args:
        config: what would be started; None while a value is out of range.
        images: of train.
        fault: why nothing can be started here; None if it can.

    Returns:
        Whether Start was pressed.
    """
    st.html(_STYLE)
    with st.container(key=_KEY):
        if fault:
            st.caption(str(fault))
        name, time, button = st.columns([3, 3, 1], vertical_alignment="bottom")
        name.text_input(_("Name"), key="train_name", help=_("Of the run and of its model: a–z, 0–9, - and _."))
        with time:
            estimate(fit, images)
        return button.button(
            _("Start"),
            type="primary",
            icon=":material/play_arrow:",
            disabled=config is None or bool(fault),
            help=str(fault or ""),
            width="stretch",
        )

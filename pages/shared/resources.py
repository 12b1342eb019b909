"""What all pages and visitors share: the settings, the model registry, and the widget that picks a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from emotion_core.errors import SettingsError
from emotion_core.settings import Settings

if TYPE_CHECKING:
    from emotion_core.models.registry import ModelEntry, ModelRegistry


def settings() -> Settings:
    """The settings of this server. Where the environment holds a wrong one, the page says so and ends."""
    try:
        return _settings()
    except SettingsError as error:
        st.error(str(error), title="This server is not set up right", icon=":material/settings_alert:")
        st.stop()


@st.cache_resource(show_spinner=False)
def _settings() -> Settings:
    return Settings.from_environment()


@st.cache_resource(show_spinner=False)
def registry() -> ModelRegistry:
    """The installed models; a loaded one is shared by every visitor."""
    from emotion_core.models.registry import ModelRegistry

    return ModelRegistry(settings().models_dir, threads=settings().model_threads)


def secrets() -> Mapping[str, Any]:
    """The server's secrets; empty where there is no secrets file."""
    return st.secrets if st.secrets.load_if_toml_exists() else {}


def model_title(entry: ModelEntry) -> str:
    """How a model is called in a list, with its fault if it cannot be used."""
    return f"{entry.title} (cannot be used)" if entry.error else entry.title


def model_choice(label: str = "Model", key: str = "model") -> str:
    """A select box over the installed models; warns when the chosen one is broken.

    Returns:
        The model's name, for `ModelRegistry.load`.
    """
    models = registry()
    entries = {entry.name: entry for entry in models.entries()}
    start = models.default_name(settings().default_model)
    # The default one comes first: a browser that missed the very first answer, because a click came in between,
    # takes the first of the list and not what this server had set.
    names = sorted(entries, key=lambda name: name != start)
    if key in st.session_state and st.session_state[key] not in names:  # the chosen model is gone
        st.session_state[key] = start
    name = st.selectbox(
        label,
        names,
        format_func=lambda name: model_title(entries[name]),
        key=key,
        help="What reads the expression from a face that was found. Each model's card is on the page Models.",
    )
    if entries[name].error:
        st.warning(entries[name].error, title="This model cannot be used", icon=":material/error:")
    return name

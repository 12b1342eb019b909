"""What all pages and visitors share: the settings, the secrets and the model registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from emotion_core.errors import SettingsError
from emotion_core.language import gettext as _
from emotion_core.settings import Settings

if TYPE_CHECKING:
    from emotion_core.models.registry import ModelRegistry


def settings() -> Settings:
    """Return the settings of this server; if one of them is wrong, show an error and end the page."""
    try:
        return _settings()
    except SettingsError as error:
        st.error(str(error), title=_("This server has a wrong setting"), icon=":material/settings_alert:")
        st.stop()


@st.cache_resource(show_spinner=False)
def _settings() -> Settings:
    return Settings.from_environment()


@st.cache_resource(show_spinner=False)
def registry() -> ModelRegistry:
    """The installed models. Each is loaded once, for all visitors."""
    from emotion_core.models.registry import ModelRegistry

    return ModelRegistry(settings().models_dir, threads=settings().model_threads)


def secrets() -> Mapping[str, Any]:
    """Return the server's secrets; empty if it has no secrets file."""
    return st.secrets if st.secrets.load_if_toml_exists() else {}

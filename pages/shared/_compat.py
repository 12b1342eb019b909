"""What this project uses of Streamlit's internals, checked with Streamlit 1.67. No other module imports them."""

from __future__ import annotations

from collections.abc import Mapping

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

__all__ = ["XSRF_COOKIE_NAME", "is_host_allowed", "session_id", "visitor_of"]


def session_id() -> str | None:
    """Return the id of the visitor's session that this thread runs a page, a fragment or a callback for; else None."""
    context = get_script_run_ctx(suppress_warning=True)
    return None if context is None else context.session_id


def visitor_of(cookies: Mapping[str, str]) -> str | None:
    """Return what only this visitor's browser knows: the secret in the cookie that Streamlit gives to each browser.

    Streamlit writes the secret under another mask whenever it sends the cookie, so the cookies themselves differ.

    Returns:
        The secret in hexadecimal digits; None where there is none.
    """
    cookie = cookies.get(XSRF_COOKIE_NAME)
    if not isinstance(cookie, str):  # under Streamlit's test runner it is something else
        return None
    secret, _ = decode_xsrf_token_string(cookie)
    return secret.hex() if secret else None

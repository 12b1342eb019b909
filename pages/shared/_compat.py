"""What this project uses of Streamlit's internals, checked with Streamlit 1.67. No other module imports them."""

from __future__ import annotations

from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME as VISITOR_COOKIE
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

__all__ = ["VISITOR_COOKIE", "is_host_allowed"]

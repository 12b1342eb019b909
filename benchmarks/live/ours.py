"""Streamlit with a timer around what the live page does with each frame: ``python -m benchmarks.live.ours run app.py``.

The dashboard itself knows nothing about it.
"""

from __future__ import annotations

from streamlit.web.cli import main as streamlit

from benchmarks.live.recorder import Recorder
from pages.live.session import LiveSession


def main() -> None:
    """Wrap the callbacks in a timer, then run Streamlit."""
    recorder = Recorder.from_environment()
    LiveSession.on_frame = recorder.timed(LiveSession.on_frame)  # type: ignore[method-assign]
    LiveSession.on_picture = recorder.timed(LiveSession.on_picture)  # type: ignore[method-assign,assignment]
    streamlit()


if __name__ == "__main__":
    main()

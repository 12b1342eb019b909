"""Streamlit with a timer around the live page's video callback: ``python -m benchmarks.live.ours run app.py``.

The dashboard itself knows nothing about it. With EMOTION_BENCH_CHARTS=off the page draws nothing beside its video.
"""

from __future__ import annotations

import os

from streamlit.web.cli import main as streamlit

from benchmarks.live.contenders import CHARTS
from benchmarks.live.recorder import Recorder
from pages.live import session as live_session


def main() -> None:
    """Wrap the callback in a timer, then run Streamlit."""
    timed = Recorder.from_environment().timed(live_session.LiveSession.on_frame)
    live_session.LiveSession.on_frame = timed  # type: ignore[method-assign]
    if os.environ.get(CHARTS) == "off":
        from pages.live import chart_column

        chart_column.beside_video = lambda *_: None
        chart_column.below_video = lambda *_: None
    streamlit()


if __name__ == "__main__":
    main()

"""Facial-expression recognition: detect faces, classify, track, draw, and keep a record. Never imports streamlit.

The names in `__all__` are the public ones. Each is imported from its module when it is first used, so importing the
package itself takes no time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emotion_core.analyze.frame import EmotionAnalyzer
    from emotion_core.analyze.live import LiveAnalyzer
    from emotion_core.classify.card import ModelCard, ModelInput
    from emotion_core.detect import HaarOptions, make_detector
    from emotion_core.draw.annotate import OverlayStyle
    from emotion_core.emotions import EMOTIONS, Emotion
    from emotion_core.errors import EmotionError
    from emotion_core.measure.accuracy import Evaluation
    from emotion_core.media.images import decode_image, read_image
    from emotion_core.media.video import read_video, write_video
    from emotion_core.models.registry import ModelRegistry
    from emotion_core.record.timeline import EmotionTimeline
    from emotion_core.results import Faces, FrameResult
    from emotion_core.settings import Settings
    from emotion_core.track.tracker import Tracker, TrackerOptions

_MODULES = {
    "EMOTIONS": "emotions",
    "Emotion": "emotions",
    "EmotionAnalyzer": "analyze.frame",
    "EmotionError": "errors",
    "EmotionTimeline": "record.timeline",
    "Evaluation": "measure.accuracy",
    "Faces": "results",
    "FrameResult": "results",
    "HaarOptions": "detect",
    "LiveAnalyzer": "analyze.live",
    "ModelCard": "classify.card",
    "ModelInput": "classify.card",
    "ModelRegistry": "models.registry",
    "OverlayStyle": "draw.annotate",
    "Settings": "settings",
    "Tracker": "track.tracker",
    "TrackerOptions": "track.tracker",
    "decode_image": "media.images",
    "make_detector": "detect",
    "read_image": "media.images",
    "read_video": "media.video",
    "write_video": "media.video",
}

__all__ = [
    "EMOTIONS",
    "Emotion",
    "EmotionAnalyzer",
    "EmotionError",
    "EmotionTimeline",
    "Evaluation",
    "Faces",
    "FrameResult",
    "HaarOptions",
    "LiveAnalyzer",
    "ModelCard",
    "ModelInput",
    "ModelRegistry",
    "OverlayStyle",
    "Settings",
    "Tracker",
    "TrackerOptions",
    "decode_image",
    "make_detector",
    "read_image",
    "read_video",
    "write_video",
]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)

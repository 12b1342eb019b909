"""Reading uploaded pictures: decode, analyse, and remember what was read for as long as the choices stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from emotion_core.analyzer import EmotionAnalyzer
from emotion_core.detect import HaarOptions, make_detector, whole_picture
from emotion_core.errors import EmotionError
from emotion_core.media.images import ImageLimits, decode_image
from emotion_core.results import FrameResult
from pages.parts.resources import registry, settings


@dataclass(frozen=True)
class ImageChoices:
    """What decides how a picture is read."""

    model: str
    detector: str = "haar"
    haar: HaarOptions = HaarOptions()  # noqa: RUF009 frozen, so it may be shared
    whole: bool = False  # the whole picture is one face


@dataclass(frozen=True)
class Reading:
    """One picture's result, or why there is none.

    frame_bgr: ``(h, w, 3)`` uint8; None together with an ``error``.
    """

    name: str
    frame_bgr: np.ndarray | None = None
    result: FrameResult | None = None
    error: str | None = None


def read_pictures(
    pictures: list[tuple[str, bytes]], choices: ImageChoices, whole_names: set[str], advance: Callable[[float], None]
) -> list[Reading]:
    """Read every picture; one that cannot be read gets its own error and the others go on.

    Readings stay in the visitor's session, for the current pictures and choices only.

    Args:
        whole_names: pictures to take as one face whatever ``choices`` say.
        advance: called with the share that is done, 0–1.
    """
    known: dict[tuple[str, int, ImageChoices], Reading] = st.session_state.setdefault("image_readings", {})
    kept, readings = {}, []
    analyzer: EmotionAnalyzer | None = None
    for number, (name, data) in enumerate(pictures):
        mine = ImageChoices(choices.model, choices.detector, choices.haar, choices.whole or name in whole_names)
        key = (name, hash(data), mine)
        if key not in known:
            analyzer = analyzer or make_analyzer(choices)
            known[key] = _read(name, data, mine, analyzer)
        kept[key] = known[key]
        readings.append(known[key])
        advance((number + 1) / len(pictures))
    st.session_state.image_readings = kept
    return readings


def make_analyzer(choices: ImageChoices) -> EmotionAnalyzer:
    """A detector without memory, and the shared classifier.

    Raises:
        EmotionError: the model or the detector cannot be used.
    """
    models = registry()
    detector = make_detector(choices.detector, models_dir=models.models_dir, haar=choices.haar)
    return EmotionAnalyzer(detector, models.load(choices.model))


def _read(name: str, data: bytes, choices: ImageChoices, analyzer: EmotionAnalyzer) -> Reading:
    limits = ImageLimits(settings().max_image_bytes, settings().max_image_pixels)
    try:
        frame_bgr = decode_image(data, limits)
        if choices.whole:
            result = analyzer.classify_boxes(frame_bgr, whole_picture(frame_bgr))
        else:
            result = analyzer.analyze(frame_bgr)
    except EmotionError as error:
        return Reading(name, error=str(error))
    return Reading(name, frame_bgr, result)

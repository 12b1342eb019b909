"""Reading uploaded pictures: decode, analyse, and remember what was read for as long as the choices stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from emotion_core.analyze.frame import EmotionAnalyzer
from emotion_core.detect import HaarOptions, make_detector, whole_picture
from emotion_core.draw.annotate import annotate
from emotion_core.errors import EmotionError
from emotion_core.media.images import ImageLimits, decode_image, encode_jpeg, encode_png, shrink_to
from emotion_core.results import FrameResult
from pages.shared.resources import registry, settings

PREVIEW_SIDE = 1280  # pixels; more than the page ever shows


@dataclass(frozen=True)
class ImageChoices:
    """What decides how a picture is read."""

    model: str
    detector: str = "haar"
    haar: HaarOptions = HaarOptions()  # noqa: RUF009 frozen, so it may be shared
    whole: bool = False  # the whole picture is one face


@dataclass(frozen=True)
class Picture:
    """A picture as it was handed in."""

    name: str
    data: bytes

    @property
    def key(self) -> tuple[str, int]:
        """Tells pictures apart, also those of one name."""
        return self.name, hash(self.data)


@dataclass(frozen=True)
class Reading:
    """One picture's result, or why there is none.

    Of the pixels only a small copy is kept: a telephone's picture takes 36 MB once it is decoded.

    preview_jpeg: the annotated picture, at most `PREVIEW_SIDE` pixels; None together with an ``error``.
    """

    picture: Picture
    preview_jpeg: bytes | None = None
    result: FrameResult | None = None
    error: str | None = None

    @property
    def name(self) -> str:
        """The picture's file name."""
        return self.picture.name

    def annotated_png(self) -> bytes:
        """The annotated picture in its own size, decoded once more. There must be a ``result``."""
        if self.result is None:
            raise ValueError(f"Expected a picture that was read. Received: {self.error}")
        return encode_png(annotate(decode_image(self.picture.data, _limits()), self.result))


def read_pictures(
    pictures: list[Picture], choices: ImageChoices, whole: set[tuple[str, int]], advance: Callable[[float], None]
) -> list[Reading]:
    """Read every picture; one that cannot be read gets its own error and the others go on.

    Readings stay in the visitor's session, for the current pictures and choices only.

    Args:
        whole: keys of the pictures to take as one face whatever ``choices`` say.
        advance: called with the share that is done, 0–1.
    """
    known: dict[tuple[tuple[str, int], ImageChoices], Reading] = st.session_state.setdefault("image_readings", {})
    kept, readings = {}, []
    analyzer: EmotionAnalyzer | None = None
    for number, picture in enumerate(pictures):
        mine = replace(choices, whole=choices.whole or picture.key in whole)
        key = (picture.key, mine)
        if key not in known:
            analyzer = analyzer or make_analyzer(choices)
            known[key] = _read(picture, mine, analyzer)
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


def _read(picture: Picture, choices: ImageChoices, analyzer: EmotionAnalyzer) -> Reading:
    try:
        frame_bgr = decode_image(picture.data, _limits())
        if choices.whole:
            result = analyzer.classify_boxes(frame_bgr, whole_picture(frame_bgr))
        else:
            result = analyzer.analyze(frame_bgr)
        preview_jpeg = encode_jpeg(annotate(shrink_to(frame_bgr, PREVIEW_SIDE), result))
    except EmotionError as error:
        return Reading(picture, error=str(error))
    return Reading(picture, preview_jpeg, result)


def _limits() -> ImageLimits:
    return ImageLimits(settings().max_image_bytes, settings().max_image_pixels)

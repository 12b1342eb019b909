"""Reading pictures: decode, analyze, and remember each result for as long as the picture and the choices stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from emotion_core.analyze.frame import EmotionAnalyzer, crop_faces
from emotion_core.detect import HaarOptions, make_detector, whole_picture
from emotion_core.draw.annotate import annotate
from emotion_core.errors import EmotionError
from emotion_core.language import Message
from emotion_core.media.images import ImageLimits, decode_image, encode_jpeg, encode_png, shrink_to
from emotion_core.record.origin import Origin
from emotion_core.results import FrameResult
from pages.shared.resources import registry, settings

_EXPLAINED = 48  # pixels: the side of the faces that models are trained on
PREVIEW_SIDE = 1280  # pixels; wider than the page ever shows a picture


@dataclass(frozen=True)
class ImageChoices:
    """What decides how a picture is read.

    whole: take the whole picture as one face instead of searching it for faces.
    """

    model: str
    detector: str = "haar"
    haar: HaarOptions = HaarOptions()  # noqa: RUF009 frozen, so it may be shared
    whole: bool = False


@dataclass(frozen=True)
class Picture:
    """An encoded picture, as it was uploaded.

    key: distinguishes pictures, also those of the same name. Their bytes are not compared: the page asks on every
        rerun, and hashing megabytes each time is slow.
    """

    name: str
    data: bytes = field(repr=False, compare=False)
    key: str

    @classmethod
    def from_upload(cls, upload: UploadedFile, name: str | None = None) -> Picture:
        """Take over an upload or a snapshot; Streamlit gives each an id of its own."""
        return cls(name or upload.name, upload.getvalue(), upload.file_id)

    def crops(self, result: FrameResult, count: int, margin: float) -> np.ndarray:
        """Return the first ``count`` faces of this picture, ``(count, 48, 48)`` uint8, gray; it is decoded again."""
        frame_bgr = decode_image(self.data, _limits())
        crops = crop_faces(frame_bgr, result.faces.boxes_xyxy[:count], margin)
        side_wh = (_EXPLAINED, _EXPLAINED)
        gray = [
            cv2.cvtColor(cv2.resize(crop, side_wh, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY) for crop in crops
        ]
        return np.stack(gray)


@dataclass(frozen=True)
class Reading:
    """One picture's result, or why there is none.

    Only a small copy of the pixels is kept: a phone's picture takes 36 MB once it is decoded.

    preview_jpeg: the annotated picture, at most `PREVIEW_SIDE` pixels wide and high; None if there is an ``error``.
    """

    picture: Picture
    preview_jpeg: bytes | None = None
    result: FrameResult | None = None
    error: Message | None = None

    @property
    def name(self) -> str:
        """The picture's file name."""
        return self.picture.name

    def annotated_png(self) -> bytes:
        """Return the annotated picture in its full size; for that, it is decoded again.

        Raises:
            ValueError: there is no ``result``.
        """
        if self.result is None:
            raise ValueError(f"Expected a picture that was read. Received: {self.error}")
        annotated = annotate(decode_image(self.picture.data, _limits()), self.result)
        return encode_png(annotated, str(Origin.of([self.result])))


def forget_others(pictures: list[Picture]) -> None:
    """Forget what was read from pictures other than these, and that such a picture was to be taken as one face."""
    keys = {picture.key for picture in pictures}
    known: dict[tuple[str, ImageChoices], Reading] = st.session_state.get("image_readings", {})
    st.session_state.image_readings = {key: reading for key, reading in known.items() if key[0] in keys}
    st.session_state.image_whole_keys = st.session_state.get("image_whole_keys", set()) & keys


def read_pictures(
    pictures: list[Picture], choices: ImageChoices, whole: set[str], progress: Callable[[float], object]
) -> list[Reading]:
    """Read every picture. One that cannot be read gets an error of its own, and the others are read all the same.

    The visitor's session keeps the readings of the current pictures and choices.

    Args:
        pictures: what to read.
        choices: how to read it.
        whole: keys of the pictures to take as one face, whatever ``choices`` say.
        progress: called with the share that is done, 0–1.

    Raises:
        EmotionError: the model or the detector cannot be used.
    """
    known: dict[tuple[str, ImageChoices], Reading] = st.session_state.setdefault("image_readings", {})
    kept, readings = {}, []
    analyzer: EmotionAnalyzer | None = None
    for number, picture in enumerate(pictures):
        own_choices = replace(choices, whole=choices.whole or picture.key in whole)
        key = (picture.key, own_choices)
        if key not in known:
            analyzer = analyzer or _make_analyzer(choices)
            known[key] = _read(picture, own_choices, analyzer)
        kept[key] = known[key]
        readings.append(known[key])
        progress((number + 1) / len(pictures))
    st.session_state.image_readings = kept
    return readings


def _make_analyzer(choices: ImageChoices) -> EmotionAnalyzer:
    models = registry()
    # Without `follow`: a detector that searches around the last frame's faces is for video.
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
        return Reading(picture, error=error.message)
    return Reading(picture, preview_jpeg, result)


def _limits() -> ImageLimits:
    return ImageLimits(settings().max_image_bytes, settings().max_image_pixels)

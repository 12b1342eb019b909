"""Pictures from outside: their bytes and pixels are limited before anything is decoded, and all come out in one form.

Pillow decodes, restricted to the formats in `FORMATS`; pillow-heif adds HEIC, the format of many phones.
"""

from __future__ import annotations

import functools
import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from emotion_core.errors import MediaError, MediaLimitError
from emotion_core.language import Message

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "BMP", "GIF")  # Pillow's names
IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".bmp", ".gif"})

_ADVICE = Message("Use a JPEG, PNG, WebP, HEIC, BMP or GIF file.")
# What Pillow's readers raise on damaged files, depending on which part is damaged.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)
_SIGNATURES = {
    b"%PDF": Message("a PDF document"),
    b"PK\x03\x04": Message("a zip archive or an office document"),
    b"PK\x05\x06": Message("an empty zip archive"),
    b"\x1f\x8b": Message("a gzip archive"),
    b"\x1a\x45\xdf\xa3": Message("a video"),
    b"II*\x00": Message("a TIFF picture"),
    b"MM\x00*": Message("a TIFF picture"),
    b"8BPS": Message("a Photoshop file"),
}


@dataclass(frozen=True)
class ImageLimits:
    """The largest picture to decode.

    Raises:
        ValueError: a limit is less than 1.
    """

    max_bytes: int = 25_000_000
    max_pixels: int = 50_000_000  # width × height

    def __post_init__(self) -> None:
        if min(self.max_bytes, self.max_pixels) < 1:
            raise ValueError(f"Expected limits of at least 1. Received: {self}")


def decode_image(data: bytes, limits: ImageLimits = ImageLimits()) -> np.ndarray:
    """Decode the first frame of a picture, turned upright as EXIF says, transparent parts on white, with 8 bits.

    Returns:
        frame_bgr ``(h, w, 3)`` uint8.

    Raises:
        MediaLimitError: more bytes or pixels than ``limits`` allow; nothing has been decoded then.
        MediaError: empty, damaged, or not a picture of a known format.
    """
    if not data:
        raise MediaError("The file is empty. Choose another file, or save or upload it again.")
    _check_bytes(len(data), limits)
    with _open(data, limits) as image:
        _check_pixels(image.size, limits)
        try:
            image.seek(0)
            image.load()
            return _to_bgr(_upright(image))
        except Image.DecompressionBombError as error:
            raise _too_many_pixels(limits) from error
        except _DAMAGE as error:
            raise MediaError("The picture is damaged or cut off. Save or download it again.") from error


def read_image(path: Path, limits: ImageLimits = ImageLimits()) -> np.ndarray:
    """Decode the picture in a file, see `decode_image`. Its size is checked before it is read.

    Raises:
        MediaLimitError: more bytes or pixels than ``limits`` allow.
        MediaError: it cannot be read, or is not a picture of a known format.
    """
    path = Path(path)
    try:
        if not path.exists():
            raise MediaError("There is no such file. Check the name.")
        if not path.is_file():
            raise MediaError("This is not a file. Choose a picture.")
        _check_bytes(path.stat().st_size, limits)
        data = path.read_bytes()
    except OSError as error:
        raise MediaError("The file cannot be read: {reason}. Check its permissions.", reason=error.strerror) from error
    return decode_image(data, limits)


def shrink_to(frame_bgr: np.ndarray, side: int) -> np.ndarray:
    """Shrink ``frame_bgr``, ``(h, w, 3)`` uint8, to at most ``side`` pixels; return the same array if it fits."""
    height, width = frame_bgr.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return frame_bgr
    size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(frame_bgr, size_wh, interpolation=cv2.INTER_AREA)


def encode_png(frame_bgr: np.ndarray, comment: str = "") -> bytes:
    """Return ``frame_bgr``, ``(h, w, 3)`` uint8, as a PNG file with a comment in it.

    Raises:
        MediaError: it cannot be encoded.
    """
    if not frame_bgr.size:
        raise MediaError("A picture of the shape {shape} cannot be written as png.", shape=frame_bgr.shape)
    texts, buffer = PngInfo(), io.BytesIO()
    if comment:
        texts.add_text("Comment", comment)
    Image.fromarray(frame_bgr[:, :, ::-1]).save(buffer, "PNG", compress_level=2, pnginfo=texts)
    return buffer.getvalue()


def encode_jpeg(frame_bgr: np.ndarray, quality: int = 90) -> bytes:
    """Return ``frame_bgr``, ``(h, w, 3)`` uint8, as a JPEG file of ``quality`` 0–100.

    Raises:
        MediaError: it cannot be encoded.
    """
    fault = Message("A picture of the shape {shape} cannot be written as jpg.", shape=frame_bgr.shape)
    try:
        done, data = cv2.imencode(".jpg", frame_bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    except cv2.error as error:
        raise MediaError(fault) from error
    if not done:
        raise MediaError(fault)
    return data.tobytes()


def _check_bytes(size: int, limits: ImageLimits) -> None:
    if size > limits.max_bytes:
        raise MediaLimitError(
            "The file has {size:.1f} MB, more than the {max_bytes:g} MB allowed. Use a smaller one.",
            size=size / 1e6,
            max_bytes=limits.max_bytes / 1e6,
        )


def _check_pixels(size_wh: tuple[int, int], limits: ImageLimits) -> None:
    width, height = size_wh
    if width * height > limits.max_pixels:
        raise MediaLimitError(
            "The picture has {width}×{height} pixels, more than the {max_pixels:g} million allowed. Make it "
            "smaller first.",
            width=width,
            height=height,
            max_pixels=limits.max_pixels / 1e6,
        )


def _too_many_pixels(limits: ImageLimits) -> MediaLimitError:
    return MediaLimitError(
        "The picture has more pixels than the {max_pixels:g} million allowed. Make it smaller first.",
        max_pixels=limits.max_pixels / 1e6,
    )


@functools.cache
def _register_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()


def _open(data: bytes, limits: ImageLimits) -> Image.Image:
    """Open a picture and read its header; its pixels are not decoded yet."""
    _register_heif()
    try:
        with warnings.catch_warnings():
            # Pillow warns from 89 million pixels on; here `_check_pixels` decides.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(limits) from error
    except UnidentifiedImageError as error:
        raise MediaError(
            "This is not a picture but {format}. {advice}",
            format=_describe_format(data),
            advice=_ADVICE,
        ) from error
    except _DAMAGE as error:
        raise MediaError("The picture is damaged or cut off. Save or download it again.") from error


def _describe_format(data: bytes) -> Message:
    for signature, description in _SIGNATURES.items():
        if data.startswith(signature):
            return description
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"<svg" in head.lower():
        return Message("an SVG drawing")
    if data[4:8] == b"ftyp":
        return Message("a video or an unknown kind of picture")
    readable = bool(head) and all(byte >= 32 or byte in b"\t\r\n" for byte in head)
    return Message("text") if readable else Message("a file of an unknown or damaged format")


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except _DAMAGE:  # the pixels may be fine even if the EXIF data is damaged
        return image


def _to_bgr(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I") or image.mode == "F":  # 16 bits of gray: the upper 8 are kept
        gray = (np.asarray(image).clip(0, 65535).astype(np.uint32) >> 8).astype(np.uint8)
        return cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.new("RGBA", layer.size, "white")
        image.alpha_composite(layer)
    return cv2.cvtColor(np.asarray(image.convert("RGB")), cv2.COLOR_RGB2BGR)

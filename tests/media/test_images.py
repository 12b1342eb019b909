"""Every common kind of picture is decoded to upright 8-bit BGR."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image

from emotion_core.errors import MediaError, MediaLimitError
from emotion_core.media.images import ImageLimits, decode_image, encode_jpeg, encode_png, read_image

# Left half red, right half blue; taller than wide after a quarter turn.
COLORS = np.zeros((40, 60, 3), np.uint8)
COLORS[:, :30, 0] = 220
COLORS[:, 30:, 2] = 220


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def heic() -> bytes:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(COLORS)).save(buffer, quality=95)
    return buffer.getvalue()


RGB = Image.fromarray(COLORS)
PICTURES = {
    "JPEG": encoded(RGB, "JPEG", quality=95, subsampling=0),
    "PNG": encoded(RGB, "PNG"),
    "WebP": encoded(RGB, "WEBP", lossless=True),
    "HEIC": heic(),
    "BMP": encoded(RGB, "BMP"),
    "GIF": encoded(RGB, "GIF"),
    "palette": encoded(RGB.convert("P", palette=Image.Palette.ADAPTIVE), "PNG"),
    "CMYK": encoded(RGB.convert("CMYK"), "JPEG", quality=95, subsampling=0),
    "opaque alpha": encoded(RGB.convert("RGBA"), "PNG"),
}


@pytest.mark.parametrize("data", PICTURES.values(), ids=PICTURES)
def test_colors_arrive_as_bgr(data: bytes) -> None:
    frame_bgr = decode_image(data)
    assert (frame_bgr.shape, frame_bgr.dtype) == ((40, 60, 3), np.uint8)
    blue, green, red = frame_bgr[20, 10].astype(int)
    assert red > 180 and green < 60 and blue < 60
    blue, green, red = frame_bgr[20, 50].astype(int)
    assert blue > 180 and green < 60 and red < 60


@pytest.mark.parametrize(("orientation", "shape", "red_at"), [(3, (40, 60), (20, 50)), (6, (60, 40), (10, 20))])
def test_a_picture_taken_sideways_is_turned_upright(
    orientation: int, shape: tuple[int, int], red_at: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    frame_bgr = decode_image(encoded(RGB, "JPEG", exif=exif))
    assert frame_bgr.shape[:2] == shape
    assert frame_bgr[red_at][2] > 180


def test_sixteen_bit_gray_keeps_its_brightness() -> None:
    data = encoded(Image.fromarray(np.full((8, 8), 40_000, np.uint16)), "PNG")
    assert decode_image(data)[0, 0].tolist() == [156, 156, 156]


def test_transparent_pixels_become_white() -> None:
    data = encoded(Image.new("RGBA", (8, 8), (255, 0, 0, 0)), "PNG")
    assert decode_image(data)[0, 0].tolist() == [255, 255, 255]


def test_an_animation_gives_its_first_frame() -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode_image(data)[0, 0].tolist() == [0, 0, 254] or decode_image(data)[0, 0].tolist() == [0, 0, 255]


def test_limits_are_checked_before_decoding() -> None:
    data = PICTURES["PNG"]
    with pytest.raises(MediaLimitError, match="MB"):
        decode_image(data, ImageLimits(max_bytes=len(data) - 1))
    with pytest.raises(MediaLimitError, match="60×40"):
        decode_image(data, ImageLimits(max_pixels=2399))
    assert decode_image(data, ImageLimits(len(data), 2400)).shape == (40, 60, 3)
    with pytest.raises(ValueError, match="at least 1"):
        ImageLimits(max_pixels=0)


def test_a_file_is_read_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(PICTURES["PNG"])
    assert read_image(path).shape == (40, 60, 3)
    with pytest.raises(MediaError, match="no such file"):
        read_image(tmp_path / "other.png")
    with pytest.raises(MediaError, match="not a file"):
        read_image(tmp_path)


def test_a_png_carries_its_comment() -> None:
    data = encode_png(np.zeros((4, 6, 3), np.uint8), "model mine, 2026-05-04")
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.info["Comment"] == "model mine, 2026-05-04"


def test_an_encoded_picture_can_be_decoded_again() -> None:
    frame_bgr = cv2.cvtColor(COLORS, cv2.COLOR_RGB2BGR)
    assert np.array_equal(decode_image(encode_png(frame_bgr)), frame_bgr)
    assert np.abs(decode_image(encode_jpeg(frame_bgr)).astype(int) - frame_bgr).mean() < 10
    with pytest.raises(MediaError, match="cannot be written"):
        encode_png(np.empty((0, 0, 3), np.uint8))

"""The bar code of a frame's number survives compression and scaling."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from benchmarks.live import barcode


def picture(number: int, size_wh: tuple[int, int] = (640, 480)) -> np.ndarray:
    rng = np.random.default_rng(number)
    coarse = rng.integers(0, 256, (6, 8, 3), np.uint8)
    frame_bgr = cv2.resize(coarse, size_wh, interpolation=cv2.INTER_CUBIC)
    barcode.draw(frame_bgr, number)
    return frame_bgr


def gray(frame_bgr: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(frame_bgr, cv2.COLOR_BGR2GRAY)


@pytest.mark.parametrize("number", [0, 1, 511, 682, 1023])
def test_read_what_was_drawn(number: int) -> None:
    assert barcode.read(gray(picture(number))) == barcode.Code(number, mirrored=False)
    assert barcode.read(gray(picture(number))[:, ::-1]) == barcode.Code(number, mirrored=True)


@pytest.mark.parametrize("size_wh", [(640, 480), (480, 360), (320, 240)])
def test_jpeg_and_a_smaller_picture(size_wh: tuple[int, int]) -> None:
    for number in range(0, 1024, 37):
        smaller = cv2.resize(picture(number), size_wh, interpolation=cv2.INTER_AREA)
        _, data = cv2.imencode(".jpg", smaller, [cv2.IMWRITE_JPEG_QUALITY, 30])
        code = barcode.read(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))
        assert code is not None
        assert code.number == number


@pytest.mark.parametrize("codec", ["libx264", "libvpx"])
def test_video_at_half_a_megabit(codec: str) -> None:
    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = 640, 480, "yuv420p"
    encoder.time_base, encoder.bit_rate = Fraction(1, 30), 500_000
    encoder.options = {"libx264": {"tune": "zerolatency", "preset": "ultrafast"}, "libvpx": {"deadline": "realtime"}}[
        codec
    ]
    packets = []
    for index in range(45):
        frame = av.VideoFrame.from_ndarray(picture(index * 7), format="bgr24")
        frame.pts = index
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    decoder = av.CodecContext.create({"libx264": "h264", "libvpx": "vp8"}[codec], "r")
    frames = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    codes = [barcode.read(frame.to_ndarray(format="gray")) for frame in frames]
    assert [code.number for code in codes if code] == [index * 7 for index in range(45)]


def test_a_wrong_or_missing_code_is_not_read() -> None:
    frame = picture(300)
    frame[-32:, 3 * 40 : 4 * 40] = 255 - frame[-32:, 3 * 40 : 4 * 40]  # one bit
    assert barcode.read(gray(frame)) is None
    assert barcode.read(np.full((480, 640), 90, np.uint8)) is None


def test_a_number_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="Received: 1024"):
        barcode.cells(1024)

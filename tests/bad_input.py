"""Unusable input that people and programs provide: pictures, and model folders.

The core, the command line and the pages are tested with all of it, each in its own test file.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from tests.model_files import CARD, constant_network, network, write_model


def _encoded(kind: str, **options: object) -> bytes:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, kind, **options)
    return buffer.getvalue()


def _png(*chunks: tuple[bytes, bytes]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _header(width: int, height: int) -> tuple[bytes, bytes]:
    return b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)


def _zip_bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(50_000_000))
    return buffer.getvalue()


JPEG, PNG = _encoded("JPEG"), _encoded("PNG")
ZEROS = zlib.compress(bytes(10_000_000))

BAD_IMAGES: dict[str, tuple[str, bytes]] = {
    "empty": ("empty.jpg", b""),
    "truncated JPEG": ("truncated.jpg", JPEG[: len(JPEG) // 2]),
    "JPEG header alone": ("header.jpg", b"\xff\xd8\xff\xe0"),
    "text named .jpg": ("text.jpg", b"Dear diary, this is no picture.\n"),
    "web page named .png": ("page.png", b"<!doctype html><title>404 Not Found</title>"),
    "SVG named .png": ("drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    "PDF named .jpg": ("document.jpg", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
    "TIFF named .jpg": ("scan.jpg", _encoded("TIFF")),
    "video named .jpg": ("film.jpg", b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"),
    "zip bomb named .png": ("bomb.png", _zip_bomb()),
    "gzip bomb named .bmp": ("bomb.bmp", gzip.compress(bytes(10_000_000))),
    "50,000×50,000 PNG": ("huge.png", _png(_header(50_000, 50_000), (b"IDAT", ZEROS), (b"IEND", b""))),
    "9,000×9,000 PNG": ("large.png", _png(_header(9_000, 9_000), (b"IDAT", ZEROS), (b"IEND", b""))),
    "PNG of width 0": ("flat.png", _png(_header(0, 10), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))),
    "truncated PNG": ("truncated.png", PNG[: len(PNG) // 2]),
    "PNG with broken data": ("broken.png", _png(_header(64, 64), (b"IDAT", b"not deflated"), (b"IEND", b""))),
    "PNG with a text bomb": (
        "text-bomb.png",
        _png(_header(8, 8), (b"zTXt", b"note\0\0" + ZEROS), (b"IDAT", zlib.compress(bytes(200))), (b"IEND", b"")),
    ),
    "truncated GIF": ("truncated.gif", _encoded("GIF")[:40]),
    "truncated WebP": ("truncated.webp", _encoded("WEBP")[:60]),
    "broken HEIC": ("phone.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x07" * 200),
    "noise named .webp": ("noise.webp", np.random.default_rng(1).bytes(500)),
    "30 MB JPEG": ("heavy.jpg", JPEG + bytes(30_000_000)),
}

Writer = Callable[[Path], None]


def _written(**options: object) -> Writer:
    return lambda folder: write_model(folder, **options)  # type: ignore[arg-type]


def _folder_as_card(folder: Path) -> None:
    write_model(folder)
    (folder / "card.json").unlink()
    (folder / "card.json").mkdir()


BAD_MODELS: dict[str, Writer] = {
    "NaN in the card": _written(card_text=json.dumps({**CARD, "name": "bad", "temperature": float("nan")})),
    "card that is no JSON": _written(card_text="{name: bad"),
    "card that is a list": _written(card_text="[]"),
    "card without labels": _written(drop="labels"),
    "six labels": _written(labels=CARD["labels"][:6]),
    "one label twice": _written(labels=[*CARD["labels"][:6], "angry"]),
    "an unknown label": _written(labels=[*CARD["labels"][:6], "hungry"]),
    "text as a number": _written(temperature="warm"),
    "temperature 0": _written(temperature=0.0),
    "another model's card": _written(name="other"),
    "no network": _written(onnx_bytes=b""),
    "truncated network": _written(onnx_bytes=network()[:5000]),
    "text as a network": _written(onnx_bytes=b"not a network"),
    "six outputs": _written(onnx_bytes=network(outputs=6)),
    "wrong input size": _written(input={**CARD["input"], "size_wh": [32, 32]}),
    "color for a gray network": _written(input={**CARD["input"], "color": "rgb"}),
    "a number too large for a float": _written(
        card_text=json.dumps({**CARD, "name": "bad"})[:-1] + ', "metrics": {"a": 1e999}}'
    ),
    "a whole number of 5,000 digits": _written(
        card_text=json.dumps({**CARD, "name": "bad"})[:-1] + f', "metrics": {{"a": {"9" * 5000}}}}}'
    ),
    "a card nested without end": _written(card_text="[" * 100_000),
    "a folder as card": _folder_as_card,
    "no inputs": _written(onnx_bytes=constant_network()),
    "outputs below 0": _written(onnx_bytes=network(bias=np.arange(7) - 3.0, softmax=False)),
    "outputs that are not numbers": _written(onnx_bytes=network(bias=np.full(7, np.nan))),
}

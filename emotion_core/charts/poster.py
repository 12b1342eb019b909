"""One picture that sums up a session, drawn without a browser: shares of time, and probabilities over time."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageFont

from emotion_core.emotions import EMOTIONS, UNCERTAIN
from emotion_core.record.timeline import NO_FACE, shares_table

_SIZE_WH = (1200, 760)
_INK, _SOFT, _GRID = "#16242C", "#5B6B75", "#DCE4E9"
_SUPERSAMPLE = 2


def summary_png(
    seconds: Mapping[str, float], probabilities: pd.DataFrame, analyses: int, title: str = "Expressions over time"
) -> bytes:
    """Return a PNG of 1200×760 pixels, on white.

    Args:
        seconds: as `EmotionTimeline.seconds` returns them.
        probabilities: as `EmotionTimeline.probabilities` returns them; a thousand points are as many as can be seen.
        analyses: how many there were.
        title: the heading.
    """
    factor = _SUPERSAMPLE
    image = Image.new("RGB", (_SIZE_WH[0] * factor, _SIZE_WH[1] * factor), "white")
    pen = _Pen(ImageDraw.Draw(image), factor)
    pen.text((40, 30), title, 30, _INK)
    subtitle = (
        f"{analyses} analyses over {sum(seconds.values()):.0f} s · no face for {seconds[NO_FACE]:.0f} s · "
        f"uncertain for {seconds[UNCERTAIN]:.0f} s · how the expression reads, not what a person feels"
    )
    pen.text((40, 74), subtitle, 16, _SOFT)
    _draw_shares(pen, shares_table(seconds), (40, 120, 1160, 390))
    _draw_lines(pen, probabilities, (90, 470, 1160, 700))
    buffer = io.BytesIO()
    image.resize(_SIZE_WH, Image.Resampling.LANCZOS).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


class _Pen:
    """Draws in the final picture's pixels on a canvas that is ``factor`` times as large, for smooth edges."""

    def __init__(self, draw: ImageDraw.ImageDraw, factor: int) -> None:
        self._draw = draw
        self._factor = factor

    def _scaled(self, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(x * self._factor, y * self._factor) for x, y in points]

    def text(self, at: tuple[float, float], text: str, size: int, color: str, anchor: str = "la") -> None:
        font = ImageFont.load_default(size * self._factor)
        self._draw.text(self._scaled([at])[0], text, color, font, anchor=anchor)

    def line(self, points: list[tuple[float, float]], color: str, width: float = 1) -> None:
        self._draw.line(self._scaled(points), color, round(width * self._factor), joint="curve")

    def bar(self, box: tuple[float, float, float, float], color: str) -> None:
        corners = self._scaled([(box[0], box[1]), (box[2], box[3])])
        self._draw.rounded_rectangle(corners, 4 * self._factor, color)


def _draw_shares(pen: _Pen, shares: pd.DataFrame, box: tuple[int, int, int, int]) -> None:
    """Draw seven horizontal bars; the longest ends at 85 % of the width, so that its number fits."""
    x0, y0, x1, y1 = box
    step, start = (y1 - y0) / len(EMOTIONS), x0 + 110
    widest = max(0.1, float(shares["share"].max()))
    for i, emotion in enumerate(EMOTIONS):
        middle = y0 + (i + 0.5) * step
        share = float(shares["share"].iloc[i])
        end = start + max(3.0, share / widest * (x1 - start) * 0.85)
        pen.text((start - 14, middle), emotion, 18, _INK, "rm")
        pen.bar((start, middle - step * 0.33, end, middle + step * 0.33), emotion.color)
        pen.text((end + 12, middle), f"{share:.0%}", 18, _INK, "lm")


def _draw_lines(pen: _Pen, table: pd.DataFrame, box: tuple[int, int, int, int]) -> None:
    x0, y0, x1, y1 = box
    pen.text((40, y0 - 44), "Largest face: probability of each expression, over seconds", 18, _INK)
    for level in (0.0, 0.5, 1.0):
        y = y1 - level * (y1 - y0)
        pen.line([(x0, y), (x1, y)], _GRID)
        pen.text((x0 - 12, y), f"{level:.0%}", 15, _SOFT, "rm")
    if table.empty:
        return
    times = table["time_s"].to_numpy(float)
    span = max(times[-1] - times[0], 1e-6)
    xs = x0 + (times - times[0]) / span * (x1 - x0)
    for emotion in EMOTIONS:
        ys = y1 - table[emotion.value].to_numpy(float) * (y1 - y0)
        for stretch in _finite_stretches(ys):
            pen.line(list(zip(xs[stretch], ys[stretch], strict=True)), emotion.color, 2)
    for part in np.linspace(0, 1, 6):
        pen.text((x0 + part * (x1 - x0), y1 + 12), f"{times[0] + part * span:.0f} s", 15, _SOFT, "ma")


def _finite_stretches(values: np.ndarray) -> list[slice]:
    """Return the stretches of at least two finite values."""
    edges = np.flatnonzero(np.diff(np.r_[False, np.isfinite(values), False].astype(int)))
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [slice(int(start), int(stop)) for start, stop in pairs if stop - start > 1]

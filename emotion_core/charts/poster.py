"""One picture that sums up a session, drawn without a browser: shares of time, and probabilities over time."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from emotion_core.draw.text import font
from emotion_core.emotions import EMOTIONS, UNCERTAIN
from emotion_core.language import gettext as _
from emotion_core.language import ngettext
from emotion_core.record.timeline import NO_FACE, shares_table

_SIZE_WH = (1200, 790)
_INK, _SOFT, _GRID = "#14110D", "#6A6257", "#E2DBD1"
_SUPERSAMPLE = 2


def summary_png(
    seconds: Mapping[str, float],
    probabilities: pd.DataFrame,
    analyses: int,
    title: str | None = None,
    origin: str = "",
) -> bytes:
    """Return a PNG of 1200×790 pixels, on white.

    Args:
        seconds: as `EmotionTimeline.seconds` returns them.
        probabilities: as `EmotionTimeline.probabilities` returns them; a thousand points are as many as can be seen.
        analyses: how many there were.
        title: the heading; "Expressions over time" if left out.
        origin: what it was made with; stands below the charts.
    """
    factor = _SUPERSAMPLE
    image = Image.new("RGB", (_SIZE_WH[0] * factor, _SIZE_WH[1] * factor), "white")
    pen = _Pen(ImageDraw.Draw(image), factor)
    pen.text((40, 30), title or _("Expressions over time"), 30, _INK)
    subtitle = ngettext(
        "{number:,} analysis over {all:.0f} s · no face for {no_face:.0f} s · uncertain for {uncertain:.0f} s · how "
        "the expression reads, not what a person feels",
        "{number:,} analyses over {all:.0f} s · no face for {no_face:.0f} s · uncertain for {uncertain:.0f} s · how "
        "the expression reads, not what a person feels",
        analyses,
        all=sum(seconds.values()),
        no_face=seconds[NO_FACE],
        uncertain=seconds[UNCERTAIN],
    )
    pen.text((40, 74), subtitle, 16, _SOFT)
    _draw_shares(pen, shares_table(seconds), (40, 120, 1160, 390))
    _draw_lines(pen, probabilities, (90, 470, 1160, 700))
    pen.text((40, 752), origin[:1].upper() + origin[1:], 15, _SOFT)
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
        letters = font(text, size * self._factor)
        self._draw.text(self._scaled([at])[0], text, color, letters, anchor=anchor)

    def line(self, points: list[tuple[float, float]], color: str, width: float = 1) -> None:
        self._draw.line(self._scaled(points), color, round(width * self._factor), joint="curve")

    def bar(self, box: tuple[float, float, float, float], color: str) -> None:
        corners = self._scaled([(box[0], box[1]), (box[2], box[3])])
        self._draw.rounded_rectangle(corners, 4 * self._factor, color)


def _draw_shares(pen: _Pen, shares: pd.DataFrame, box: tuple[int, int, int, int]) -> None:
    """Draw seven horizontal bars; the longest ends at 85 % of the width, so that its number fits."""
    x0, y0, x1, y1 = box
    step, start = (y1 - y0) / len(EMOTIONS), x0 + 110
    widest, any_time = max(0.1, float(shares["share"].max())), bool(shares["seconds"].sum())
    if not any_time:
        pen.text((start + 12, (y0 + y1) / 2), _("No face had a label at any time."), 18, _SOFT, "lm")
    for i, emotion in enumerate(EMOTIONS):
        middle = y0 + (i + 0.5) * step
        share = float(shares["share"].iloc[i])
        pen.text((start - 14, middle), emotion.word, 18, _INK, "rm")
        if not any_time:
            continue
        end = float(start)
        if share:
            end += max(3.0, share / widest * (x1 - start) * 0.85)
            pen.bar((start, middle - step * 0.33, end, middle + step * 0.33), emotion.color)
        pen.text((end + 12, middle), f"{share:.0%}", 18, _INK, "lm")


def _draw_lines(pen: _Pen, table: pd.DataFrame, box: tuple[int, int, int, int]) -> None:
    x0, y0, x1, y1 = box
    pen.text((40, y0 - 44), _("Largest face: probability of each expression, over seconds"), 18, _INK)
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
    for tick in round_ticks(times[0], times[-1]):
        pen.text((x0 + (tick - times[0]) / span * (x1 - x0), y1 + 12), f"{tick:g} s", 15, _SOFT, "ma")


def round_ticks(start: float, end: float, most: int = 8) -> list[float]:
    """Return at most ``most`` round numbers from ``start`` to ``end``, evenly spread.

    >>> round_ticks(0, 26), round_ticks(3.2, 4.1)
    ([0.0, 5.0, 10.0, 15.0, 20.0, 25.0], [3.2, 3.4, 3.6, 3.8, 4.0])
    """
    span = max(end - start, 1e-6)
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(step for factor in (1, 2, 5, 10, 20) if span / (step := factor * power) <= most - 1)
    first = math.ceil(round(start / step, 6))
    return [round(number * step, 6) for number in range(first, math.floor(round(end / step, 6)) + 1)]


def _finite_stretches(values: np.ndarray) -> list[slice]:
    """Return the stretches of at least two finite values."""
    edges = np.flatnonzero(np.diff(np.r_[False, np.isfinite(values), False].astype(int)))
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [slice(int(start), int(stop)) for start, stop in pairs if stop - start > 1]

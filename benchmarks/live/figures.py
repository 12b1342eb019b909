"""Figures from what the browser and the server noted: rates, delays, and how far a box lags behind its face."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np

# A frame's number, None where it could not be read, and when it was presented, in milliseconds.
Presented = tuple[int | None, float]


def percentile(values: Iterable[float], share: float) -> float:
    """The percentile ``share`` (0–100); NaN of nothing."""
    found = list(values)
    return float(np.percentile(found, share)) if found else float("nan")


def median(values: Iterable[float]) -> float:
    """The median; NaN of nothing. NaN among the values is left out."""
    return percentile((value for value in values if value == value), 50)


def ratio(part: float, whole: float) -> float:
    """``part`` divided by ``whole``; NaN of nothing."""
    return part / (whole or float("nan"))


def new_frames(presented: Sequence[Presented]) -> list[tuple[int, float]]:
    """Those frames whose number is not the one before: a video that repeats a picture shows nothing new."""
    found: list[tuple[int, float]] = []
    for number, at_ms in presented:
        if number is not None and (not found or found[-1][0] != number):
            found.append((number, at_ms))
    return found


def frames_per_second(presented: Sequence[Presented]) -> float:
    """Distinct frames per second, from the first to the last of them; 0 of fewer than two."""
    found = new_frames(presented)
    return (len(found) - 1) / (found[-1][1] - found[0][1]) * 1000 if len(found) > 1 else 0.0


def delays_ms(camera: Sequence[Presented], returned: Sequence[Presented]) -> list[float]:
    """For each returned frame, how long before the camera's own video showed the same number.

    Numbers come again when the clip does; the newest camera frame that is older counts.
    """
    shown: dict[int, list[float]] = defaultdict(list)
    for number, at_ms in new_frames(camera):
        shown[number].append(at_ms)
    delays = []
    for number, at_ms in new_frames(returned):
        times = shown.get(number, [])
        place = bisect.bisect_right(times, at_ms)
        if place:
            delays.append(at_ms - times[place - 1])
    return delays


def lag_ms(
    drawn: Sequence[tuple[int, float]], truth: Callable[[float], float], rate: float, longest_ms: float = 1000.0
) -> float:
    """By how much the drawn path is late: the shift in time with which the true path fits it best.

    A constant distance between box and face, which is the detector's matter, does not count.

    Args:
        drawn: frame numbers, and where the box was drawn on that frame.
        truth: where the face is at a frame number, which may be between two frames.
        rate: frames per second.

    Returns:
        Milliseconds, within ±``longest_ms``; NaN of fewer than ten boxes.
    """
    if len(drawn) < 10:
        return float("nan")
    numbers, places = (np.array(column, float) for column in zip(*drawn, strict=True))
    shifts_ms = np.arange(-longest_ms, longest_ms + 1, 2.0)
    spreads = [
        float(np.mean(np.abs(rest - np.median(rest))))
        for rest in (places - [truth(n - shift * rate / 1000) for n in numbers] for shift in shifts_ms)
    ]
    return float(shifts_ms[int(np.argmin(spreads))])


def windows(rows: Sequence[tuple[float, int, float]], seconds: float) -> list[list[tuple[int, float]]]:
    """Boxes in pieces of ``seconds`` each, for a median over pieces; a last, shorter piece is left out.

    Args:
        rows: time in seconds, frame number and place of each box, by time.
    """
    if not rows:
        return []
    count = int((rows[-1][0] - rows[0][0] + 1 / 30) / seconds)
    pieces: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    for at, number, place in rows:
        piece = int((at - rows[0][0]) / seconds)
        if piece < count:
            pieces[piece].append((number, place))
    return pieces

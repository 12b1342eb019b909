"""Rates, delays and the lag of a box behind its face, computed from what the browser and the server noted."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np

# A frame's number (None where it could not be read), and when it was presented, in milliseconds.
Presented = tuple[int | None, float]


def percentile(values: Iterable[float], share: float) -> float:
    """Return the percentile ``share`` (0–100); NaN without values."""
    found = list(values)
    return float(np.percentile(found, share)) if found else float("nan")


def median(values: Iterable[float]) -> float:
    """Return the median, leaving out NaN; NaN without values."""
    return percentile((value for value in values if value == value), 50)


def ratio(part: float, whole: float) -> float:
    """Return ``part`` divided by ``whole``; NaN if ``whole`` is 0."""
    return part / (whole or float("nan"))


def new_frames(presented: Sequence[Presented]) -> list[tuple[int, float]]:
    """Return the frames whose number differs from that of the frame before, so a repeated frame counts once."""
    found: list[tuple[int, float]] = []
    for number, at_ms in presented:
        if number is not None and (not found or found[-1][0] != number):
            found.append((number, at_ms))
    return found


def frames_per_second(presented: Sequence[Presented]) -> float:
    """Return distinct frames per second, from the first to the last; 0 with fewer than two."""
    found = new_frames(presented)
    return (len(found) - 1) / (found[-1][1] - found[0][1]) * 1000 if len(found) > 1 else 0.0


def delays_ms(camera: Sequence[Presented], returned: Sequence[Presented]) -> list[float]:
    """Return the delay of each returned frame against the camera's own video, which showed the same number before.

    Numbers repeat when the clip loops, so the newest older camera frame of that number counts.
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
    """Return how late the drawn path is: the shift in time that makes the true path fit it best.

    A constant distance between box and face comes from the detector and does not count.

    Args:
        drawn: frame numbers, and where the box was drawn in each of these frames.
        truth: returns where the face is at a frame number, which may lie between two frames.
        rate: frames per second.

    Returns:
        Milliseconds, within ±``longest_ms``; NaN with fewer than ten boxes.
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
    """Cut a list of boxes into pieces of ``seconds`` each; a shorter last piece is dropped.

    Args:
        rows: time in seconds, frame number and place of each box, in order of time.
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

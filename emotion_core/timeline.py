"""What was seen when: the analyses of one live session, as shares of time and as tables."""

from __future__ import annotations

import threading
from collections import deque
from itertools import pairwise

import numpy as np
import pandas as pd

from emotion_core.emotions import EMOTIONS, Emotion
from emotion_core.results import UNTRACKED, FrameResult

UNCERTAIN = "uncertain"
NO_FACE = "no face"
HOLD_S = 1.0
_NAMES = [emotion.value for emotion in EMOTIONS]
_COLUMNS = [
    "time_s", "frame_width", "frame_height", "model", "detector", "latency_ms", "track_id", "dominant_face",
    "label", "confidence", *_NAMES, "x0", "y0", "x1", "y1",
]  # fmt: skip


class EmotionTimeline:
    """Collects the results of one session; every method may be called from any thread.

    Args:
        max_s: results older than this, counted from the newest one, are forgotten.
        hold_s: an analysis counts until the next one, but never longer than this.
    """

    def __init__(self, max_s: float = 3600.0, hold_s: float = HOLD_S) -> None:
        self._max_s = max_s
        self._hold_s = hold_s
        self._results: deque[FrameResult] = deque()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._results)

    def add(self, result: FrameResult) -> None:
        """Append a result. One that is older than the newest is dropped, so that time only grows."""
        with self._lock:
            if self._results and result.time_s < self._results[-1].time_s:
                return
            self._results.append(result)
            while result.time_s - self._results[0].time_s > self._max_s:
                self._results.popleft()

    @property
    def end_s(self) -> float | None:
        """Time of the newest result; None before the first."""
        with self._lock:
            return self._results[-1].time_s if self._results else None

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._results.clear()

    def _window(self, window_s: float | None) -> list[FrameResult]:
        with self._lock:
            results = list(self._results)
        if window_s is None or not results:
            return results
        return [result for result in results if result.time_s >= results[-1].time_s - window_s]

    def seconds(self, window_s: float | None = None) -> dict[str, float]:
        """Seconds for which each label of the dominant (largest) face held, also `UNCERTAIN` and `NO_FACE`.

        An analysis holds until the next one, at most `hold_s`. The newest counts for nothing until its successor comes.
        """
        seconds = dict.fromkeys([*_NAMES, UNCERTAIN, NO_FACE], 0.0)
        for result, following in pairwise(self._window(window_s)):
            seconds[_dominant_label(result)] += min(following.time_s - result.time_s, self._hold_s)
        return seconds

    def shares(self, window_s: float | None = None) -> pd.DataFrame:
        """Share of time per emotion of the dominant face, among the time in which its expression had a label.

        Returns:
            Seven rows in `Emotion` order: emotion, seconds, share (0–1; all 0 before anything was read).
        """
        seconds = self.seconds(window_s)
        named = np.array([seconds[name] for name in _NAMES])
        share = named / named.sum() if named.sum() else named
        return pd.DataFrame({"emotion": _NAMES, "seconds": named, "share": share})

    def probabilities(self, window_s: float | None = None, max_points: int = 600) -> pd.DataFrame:
        """The dominant face over time, thinned evenly to at most ``max_points`` rows, the newest one included.

        Returns:
            time_s, angry … surprise (0–1, NaN where no face was found), label, track_id.
        """
        results = self._window(window_s)
        if len(results) > max_points:
            results = [results[i] for i in np.linspace(0, len(results) - 1, max_points).round().astype(int)]
        rows = [_dominant_row(result) for result in results]
        return pd.DataFrame(rows, columns=["time_s", *_NAMES, "label", "track_id"])

    def to_frame(self) -> pd.DataFrame:
        """One row per face and analysis; an analysis without a face has one row with the label `NO_FACE`."""
        rows = [row for result in self._window(None) for row in _table_rows(result)]
        return pd.DataFrame(rows, columns=_COLUMNS)

    def to_csv(self) -> str:
        """`to_frame` as CSV, seconds and probabilities with four decimals."""
        return self.to_frame().to_csv(index=False, float_format="%.4f", lineterminator="\n")


def _name(label: Emotion | None) -> str:
    return UNCERTAIN if label is None else label.value


def _dominant_label(result: FrameResult) -> str:
    row = result.faces.largest
    return NO_FACE if row is None else _name((result.faces.labels or ())[row])


def _dominant_row(result: FrameResult) -> list[object]:
    faces, row = result.faces, result.faces.largest
    if row is None:
        return [result.time_s, *[np.nan] * len(_NAMES), NO_FACE, UNTRACKED]
    return [result.time_s, *faces.probabilities[row].tolist(), _dominant_label(result), int(faces.track_ids[row])]


def _table_rows(result: FrameResult) -> list[list[object]]:
    faces = result.faces
    start: list[object] = [result.time_s, *result.size_wh, result.model, result.detector, result.latency_ms]
    if not len(faces):
        return [[*start, None, None, NO_FACE, *[None] * (len(_COLUMNS) - 9)]]
    return [
        [
            *start,
            None if faces.track_ids[i] == UNTRACKED else int(faces.track_ids[i]),
            i == faces.largest,
            _name((faces.labels or ())[i]),
            float(faces.confidences[i]),
            *faces.probabilities[i].tolist(),
            *faces.boxes_xyxy[i].tolist(),
        ]
        for i in range(len(faces))
    ]

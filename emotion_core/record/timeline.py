"""What was seen when: the analyses of one session, as shares of time and as tables."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from emotion_core.circumplex import valence_arousal
from emotion_core.emotions import EMOTIONS, UNCERTAIN
from emotion_core.language import mark
from emotion_core.record.origin import Origin, today
from emotion_core.record.ring import Rows
from emotion_core.results import UNTRACKED, FrameResult

NO_FACE = mark("no face")
HOLD_S = 1.0
_NAMES = [emotion.value for emotion in EMOTIONS]
_LABELS = (*_NAMES, UNCERTAIN, NO_FACE)  # rows hold a label as its number in this list
_LABEL_CODES = {label: code for code, label in enumerate(_LABELS)}
_COLUMNS = [
    "time_s", "frame_width", "frame_height", "model", "detector", "latency_ms", "track_id", "dominant_face",
    "label", "confidence", *_NAMES, "valence", "arousal", "x0", "y0", "x1", "y1", "date",
]  # fmt: skip
# One row for each analysis. Its faces are the next `faces` rows of the other array, and `largest` is the number of the
# dominant one among them.
_ANALYSIS = np.dtype(
    [
        ("time_s", "f8"),
        ("size_wh", "u2", 2),
        ("latency_ms", "f4"),
        ("model", "u2"),
        ("detector", "u2"),
        ("faces", "u2"),
        ("largest", "u2"),
        ("label", "u1"),  # of the largest face
    ]
)
_FACE = np.dtype([("track_id", "i8"), ("label", "u1"), ("probabilities", "f4", 7), ("box", "f4", 4)])


class EmotionTimeline:
    """Collects the results of one session; every method may be called from any thread.

    An hour of one face at 20 analyses a second takes about 10 MB.

    Args:
        max_s: results older than this, counted from the newest one, are forgotten.
        hold_s: an analysis counts until the next one, but never longer than this.

    >>> import numpy as np
    >>> from emotion_core.results import Faces
    >>> happy, sad = np.array([[0, 0, 0, 1.0, 0, 0, 0]]), np.array([[0, 0, 0, 0, 0, 1.0, 0]])
    >>> timeline = EmotionTimeline()
    >>> for time_s, reading in ((0.0, happy), (0.5, happy), (1.0, sad), (2.0, sad)):
    ...     timeline.add(FrameResult(Faces(np.array([[10, 10, 50, 50]]), reading), (640, 480), time_s))
    >>> {name: seconds for name, seconds in timeline.seconds().items() if seconds}
    {'happy': 1.0, 'sad': 1.0}
    >>> timeline.to_frame()["label"].tolist()
    ['happy', 'happy', 'sad', 'sad']
    """

    def __init__(self, max_s: float = 3600.0, hold_s: float = HOLD_S) -> None:
        self._max_s = max_s
        self._hold_s = hold_s
        self._analyses = Rows(_ANALYSIS)
        self._faces = Rows(_FACE)
        self._date: dt.date | None = None  # of the first result
        self._words: list[str] = []  # names of models and detectors; rows hold their numbers in this list
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._analyses)

    def add(self, result: FrameResult) -> None:
        """Append a result. One that is older than the newest is dropped, so that time never goes back."""
        faces, largest = result.faces, result.faces.largest
        codes = [_LABEL_CODES[name] for name in faces.label_names]
        with self._lock:
            self._date = self._date or today()
            times = self._analyses.rows["time_s"]
            if len(times) and result.time_s < times[-1]:
                return
            self._analyses.append(
                result.time_s,
                result.size_wh,
                result.latency_ms,
                self._code(result.model),
                self._code(result.detector),
                len(faces),
                largest or 0,
                _LABEL_CODES[NO_FACE] if largest is None else codes[largest],
            )
            for row in zip(faces.track_ids, codes, faces.probabilities, faces.boxes_xyxy, strict=True):
                self._faces.append(*row)
            self._forget(result.time_s - self._max_s)

    def _code(self, word: str) -> int:
        if word not in self._words:
            self._words.append(word)
        return self._words.index(word)

    def _forget(self, before_s: float) -> None:
        analyses = self._analyses.rows
        if analyses["time_s"][0] < before_s:
            count = int(np.searchsorted(analyses["time_s"], before_s))
            self._faces.forget(int(analyses["faces"][:count].sum()))
            self._analyses.forget(count)

    @property
    def end_s(self) -> float | None:
        """Time of the newest result; None before the first."""
        with self._lock:
            return float(self._analyses.rows["time_s"][-1]) if len(self._analyses) else None

    @property
    def origin(self) -> Origin:
        """The models and detectors of what is kept, and the day of the first result."""
        with self._lock:
            analyses, date = self._analyses.rows, self._date or today()
        return Origin(self._used(analyses["model"]), self._used(analyses["detector"]), date)

    def _used(self, codes: np.ndarray) -> tuple[str, ...]:
        return tuple(word for code in dict.fromkeys(codes.tolist()) if (word := self._words[code]))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._date = None
            self._analyses.clear()
            self._faces.clear()

    def _window(self, window_s: float | None) -> tuple[np.ndarray, np.ndarray]:
        """Return the analyses of the last ``window_s`` seconds and their faces, both read-only.

        Nothing is copied: a row is written once (see `Rows`), so what is in these views stays as it is while other
        threads add results.
        """
        with self._lock:
            analyses, faces = self._analyses.rows, self._faces.rows
        if window_s is not None and len(analyses):
            analyses = analyses[np.searchsorted(analyses["time_s"], analyses["time_s"][-1] - window_s) :]
            faces = faces[len(faces) - int(analyses["faces"].sum()) :]
        return analyses, faces

    def seconds(self, window_s: float | None = None) -> dict[str, float]:
        """Return for how many seconds the dominant (largest) face had each label, including `UNCERTAIN` and `NO_FACE`.

        An analysis holds until the next one, at most `hold_s`. The newest counts for nothing until its successor comes.
        """
        analyses, _ = self._window(window_s)
        held_s = held_times(analyses["time_s"], self._hold_s)
        sums = np.bincount(analyses["label"], weights=held_s, minlength=len(_LABELS))
        return dict(zip(_LABELS, sums.tolist(), strict=True))

    def shares(self, window_s: float | None = None) -> pd.DataFrame:
        """Return `shares_table` of `seconds`; who needs both calls `seconds` once and passes it on."""
        return shares_table(self.seconds(window_s))

    def probabilities(self, window_s: float | None = None, max_points: int = 600) -> pd.DataFrame:
        """Return the dominant face over time, thinned evenly to at most ``max_points`` rows, the newest one included.

        Returns:
            time_s, angry … surprise (0–1, NaN where no face was found), label, track_id.
        """
        analyses, faces = self._window(window_s)
        dominant = _first_faces(analyses) + analyses["largest"]
        if len(analyses) > max_points:
            kept = np.linspace(0, len(analyses) - 1, max_points).round().astype(int)
            analyses, dominant = analyses[kept], dominant[kept]
        found = analyses["faces"] > 0
        probabilities = np.full((len(analyses), len(_NAMES)), np.nan)
        probabilities[found] = faces["probabilities"][dominant[found]]
        tracks = np.full(len(analyses), UNTRACKED, np.int64)
        tracks[found] = faces["track_id"][dominant[found]]
        table = pd.DataFrame(probabilities, columns=_NAMES)
        table.insert(0, "time_s", analyses["time_s"].copy())
        table["label"] = _decode_words(_LABELS, analyses["label"])
        table["track_id"] = tracks
        return table

    def to_frame(self) -> pd.DataFrame:
        """Return one row per face and analysis; an analysis without a face has one row with the label `NO_FACE`."""
        analyses, faces = self._window(None)
        rows_of = np.maximum(analyses["faces"], 1)  # how many rows of the table each analysis has
        of = analyses[np.repeat(np.arange(len(analyses)), rows_of)]
        found = np.repeat(analyses["faces"] > 0, rows_of)
        seen = np.zeros(len(of), _FACE)
        seen[found] = faces
        position = np.arange(len(of)) - np.repeat(np.cumsum(rows_of) - rows_of, rows_of)  # within its analysis
        table = pd.DataFrame({"time_s": of["time_s"]})
        table[["frame_width", "frame_height"]] = of["size_wh"]
        table["model"] = _decode_words(self._words, of["model"])
        table["detector"] = _decode_words(self._words, of["detector"])
        table["latency_ms"] = of["latency_ms"]
        table["track_id"] = pd.Series(seen["track_id"], dtype="Int64").mask(~found | (seen["track_id"] == UNTRACKED))
        table["dominant_face"] = pd.Series(position == of["largest"], dtype="boolean").mask(~found)
        table["label"] = np.where(found, _decode_words(_LABELS, seen["label"]), NO_FACE)
        read = seen["probabilities"]
        numbers = np.column_stack([read.max(axis=1), read, valence_arousal(read), seen["box"]])
        names = ["confidence", *_NAMES, "valence", "arousal", "x0", "y0", "x1", "y1"]
        table[names] = np.where(found[:, None], numbers, np.nan)
        table["date"] = (self._date or today()).isoformat()
        return table[_COLUMNS]

    def to_csv(self) -> str:
        """Return `to_frame` as CSV, numbers with four decimals."""
        return self.to_frame().to_csv(index=False, float_format="%.4f", lineterminator="\n")


def held_times(times_s: np.ndarray, hold_s: float = HOLD_S) -> np.ndarray:
    """Return for how many seconds each analysis counts: until the next one, at most ``hold_s``; the last one for 0.

    Args:
        times_s: ``(n,)``, rising.

    Returns:
        ``(n,)``.
    """
    return np.append(np.minimum(np.diff(times_s), hold_s), np.zeros(min(1, len(times_s))))


def shares_table(seconds: Mapping[str, float]) -> pd.DataFrame:
    """Return the share of time per emotion, among the time in which the dominant face had a label.

    Args:
        seconds: as `EmotionTimeline.seconds` returns them.

    Returns:
        Seven rows in `Emotion` order: emotion, seconds, share (0–1; all 0 before anything was seen).
    """
    named = np.array([seconds[name] for name in _NAMES])
    share = named / named.sum() if named.sum() else named
    return pd.DataFrame({"emotion": _NAMES, "seconds": named, "share": share})


def _first_faces(analyses: np.ndarray) -> np.ndarray:
    """Return the row at which the faces of each analysis begin, ``(n,)`` int64."""
    counts = analyses["faces"].astype(np.int64)
    return np.cumsum(counts) - counts


def _decode_words(words: Sequence[str], codes: np.ndarray) -> np.ndarray:
    decoded: np.ndarray = np.array(words or [""], dtype=object)[codes]
    return decoded

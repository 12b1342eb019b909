"""The results of pictures and videos as one table, as CSV, as JSON, and as text for a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pandas as pd

from emotion_core.circumplex import valence_arousal
from emotion_core.emotions import EMOTIONS, UNCERTAIN, VOTES
from emotion_core.record.origin import today
from emotion_core.record.timeline import held_times
from emotion_core.results import UNTRACKED, FrameResult
from emotion_core.wording import out_of_ten

COLUMNS = (
    *("file", "time_s", "face", "track_id", "label", "confidence", "x0", "y0", "x1", "y1"),
    *(emotion.value for emotion in EMOTIONS),
    *("valence", "arousal"),
    *("model", "detector", "date"),
)

Named = tuple[str, FrameResult]  # a file, and one of its results


def faces_table(results: Iterable[Named]) -> pd.DataFrame:
    """Return one row for each face, in the order of the results; a result without a face has no row.

    Returns:
        The columns `COLUMNS`: boxes in pixels, probabilities and confidence 0–1, valence and arousal −1 to 1 (see
        `emotion_core.circumplex`), faces counted from 1, ``track_id`` empty where nothing tracks, ``date`` today.
    """
    date = today().isoformat()
    rows = [(*_row(name, result, i), date) for name, result in results for i in range(len(result.faces))]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"track_id": "Int64"})


def tracks_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each face of a video, the face that was seen most often first.

    Args:
        rows: as `EmotionTimeline.to_frame` returns them.

    Returns:
        face (its track id), from_s, to_s, seen (0–1, of all analyses), label (the one that it had longest),
        label_share (0–1, of the time in which it had a label, as in `EmotionTimeline.shares`; NaN if it never had
        one), confidence (0–1, mean).
    """
    times_s = rows["time_s"].unique()
    held_s = pd.Series(held_times(times_s), index=times_s, name="held_s")
    found = []
    known = rows[rows["track_id"].notna()].join(held_s, on="time_s")
    for face in known["track_id"].unique():
        seen = known[known["track_id"] == face]
        label, share = _longest_label(seen[seen["label"] != UNCERTAIN])
        times, confidence = seen["time_s"], float(seen["confidence"].astype(float).mean())
        found.append((int(face), times.min(), times.max(), times.nunique() / len(held_s), label, share, confidence))
    table = pd.DataFrame(found, columns=["face", "from_s", "to_s", "seen", "label", "label_share", "confidence"])
    return table.sort_values(["seen", "face"], ascending=[False, True], ignore_index=True)


def _longest_label(named: pd.DataFrame) -> tuple[str, float]:
    """Return the label of the longest time, and its share of the time, of the rows of one face that have a label."""
    if named.empty:
        return UNCERTAIN, float("nan")
    # A face that was seen once only, in the last analysis, had its label for no time.
    weights = named["held_s"] if named["held_s"].any() else named["held_s"] + 1
    seconds = weights.groupby(named["label"]).sum().sort_values(ascending=False, kind="stable")
    return str(seconds.index[0]), float(seconds.iloc[0] / seconds.sum())


def to_csv(results: Iterable[Named]) -> str:
    """Return `faces_table` as CSV."""
    return faces_table(results).to_csv(index=False)


def to_json(results: Iterable[Named]) -> str:
    """Return a JSON list with one object per result, including those without a face; ``date`` is today."""
    date = today().isoformat()
    objects = [{"file": name, "date": date, **result.to_dict()} for name, result in results]
    return json.dumps(objects, indent=2, ensure_ascii=False)


def text_report(results: Iterable[Named]) -> str:
    """Return a few lines for each file: every face of a picture, or how often each face of a video read as what."""
    by_file: dict[str, list[FrameResult]] = {}
    for name, result in results:
        by_file.setdefault(name, []).append(result)
    blocks = [_video_lines(read) if len(read) > 1 else _picture_lines(read[0]) for read in by_file.values()]
    return "\n".join("\n".join([name, *lines]) for name, lines in zip(by_file, blocks, strict=True))


def _picture_lines(result: FrameResult) -> list[str]:
    faces = result.faces
    if not len(faces):
        return ["  no face found"]
    return [
        f"  face {i + 1}  {faces.label_names[i]:<10} {_confidence(result, i):>4}"
        f"  at {', '.join(f'{value:.0f}' for value in faces.boxes_xyxy[i])}"
        for i in range(len(faces))
    ]


def _confidence(result: FrameResult, i: int) -> str:
    share = float(result.faces.confidences[i])
    return f"{out_of_ten(share)} in 10 people" if result.learned_from == VOTES else f"{share:.0%}"


def _video_lines(moments: list[FrameResult]) -> list[str]:
    found = sum(len(result.faces) > 0 for result in moments)
    table = faces_table([("", result) for result in moments])
    lines = [f"  {len(moments)} moments, {moments[-1].time_s:.1f} s, a face in {found / len(moments):.0%} of them"]
    for face, rows in table.groupby("track_id" if table["track_id"].notna().all() else "face"):
        labels = rows["label"].value_counts(normalize=True)
        shares = ", ".join(f"{label} {share:.0%}" for label, share in labels.items())
        lines.append(f"  face {face}  {rows['time_s'].min():.1f}–{rows['time_s'].max():.1f} s  {shares}")
    return lines


def _row(name: str, result: FrameResult, i: int) -> tuple[object, ...]:
    faces = result.faces
    track = None if faces.track_ids[i] == UNTRACKED else int(faces.track_ids[i])
    confidence = round(float(faces.confidences[i]), 4)
    box = [round(float(v), 1) for v in faces.boxes_xyxy[i]]
    read = faces.probabilities[i]
    numbers = [round(float(v), 4) for v in (*read, *valence_arousal(read[None])[0])]
    face = (i + 1, track, faces.label_names[i], confidence)
    return (name, round(result.time_s, 3), *face, *box, *numbers, result.model, result.detector)

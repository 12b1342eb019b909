"""Where faces are between two analyses of a recorded video; both are known, so nothing has to be predicted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from emotion_core.results import UNTRACKED, Faces, FrameResult


def between(before: FrameResult, after: FrameResult | None, time_s: float) -> FrameResult:
    """Return the faces at ``time_s``, with ``before.time_s ≤ time_s``.

    A face whose track id is in both analyses moves in a straight line from one box to the other and keeps its earlier
    reading. A face in only one of them stands still, and is there for the half of the time nearer to that analysis.

    Args:
        after: the next analysis, of a frame of the same size; None if there is none: all faces stay as they were.
    """
    if after is None or after.time_s <= before.time_s:
        return replace(before, time_s=time_s)
    share = min(1.0, (time_s - before.time_s) / (after.time_s - before.time_s))
    later = {int(track): row for row, track in enumerate(after.faces.track_ids) if track != UNTRACKED}
    tracks = [int(track) for track in before.faces.track_ids]
    both = np.array([track in later for track in tracks], bool)
    boxes = before.faces.boxes_xyxy.copy()
    for row in np.flatnonzero(both):
        boxes[row] += share * (after.faces.boxes_xyxy[later[tracks[row]]] - boxes[row])
    moved = replace(before.faces, boxes_xyxy=boxes)
    if share < 0.5:
        return replace(before, faces=moved, time_s=time_s)
    new = np.array([track not in tracks for track in after.faces.track_ids], bool)
    # Nobody knows which of the later faces an untracked one is, so it stays until the next analysis.
    stays = both | (moved.track_ids == UNTRACKED)
    return replace(before, faces=_concatenate(moved.select(stays), after.faces.select(new)), time_s=time_s)


def _concatenate(one: Faces, other: Faces) -> Faces:
    if not len(other):
        return one
    return Faces(
        np.concatenate([one.boxes_xyxy, other.boxes_xyxy]),
        np.concatenate([one.probabilities, other.probabilities]),
        np.concatenate([one.track_ids, other.track_ids]),
        np.concatenate([one.detection_scores, other.detection_scores]),
        (*one.labels, *other.labels),
    )

"""Follow the faces of a video with the verifier, and search for new ones a little at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from emotion_core.detect.base import Detections
from emotion_core.detect.cascade import FRONTAL, FRONTAL_ALT
from emotion_core.detect.haar import HaarOptions, shrink
from emotion_core.detect.overlap import apart, first_of_each, in_frame
from emotion_core.detect.proposals import SIDEWAYS, TILTED, Search
from emotion_core.detect.squares import Pyramid, as_boxes, offsets_to
from emotion_core.detect.verified import VerifiedDetector, judged

FRAME_WIDTH = 640  # pixels to which larger frames are shrunk
COARSE_EVERY_S = 0.2  # seconds between searches for large faces: with the analysis, a new one shows within 0.3 s
FINE_EVERY_S = 1.8  # seconds in which every part of the frame is searched for small faces
SIDE_EVERY_S = 3.0  # seconds in which faces that are tilted or seen from the side are searched for
_EMPTY = 2.0  # times as often while no face is known
_COARSE = 2.0  # a large face is at least so many times as wide as the smallest one
_LOST = 0.5  # times the least score of a new face: a followed one with less is lost
_SETTLED = 0.06  # sides: a face that moved further from where it was expected is looked at twice
_VELOCITY_S = 0.15  # seconds over which a velocity is averaged
_PAINTED = 0.7  # sides: the part of a known face on which the cascades spend no time
_MOST_SIDES = 0.6  # that a face is expected to move between two frames


@dataclass(frozen=True)
class _Task:
    """One search, perhaps of a part of the frame, and how often it is due.

    smallest, largest: sides of a face, in sides of the smallest that is looked for at all.
    phase: how much of ``every_s`` has passed, 0–1, when the first frame is searched, so that searches take turns.
    part: x0 y0 x1 y1, shares of the frame.
    """

    search: Search
    every_s: float
    smallest: float
    largest: float = math.inf
    part: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    phase: float = 0.0


def _tasks() -> list[_Task]:
    """All searches, of which none takes much longer than another: small faces are looked for in a part of the frame."""
    coarse = [_Task(Search(cascade), 2 * COARSE_EVERY_S, _COARSE) for cascade in (FRONTAL_ALT, FRONTAL)]
    # The parts overlap by the side of the largest face that is looked for in them.
    parts = [(x, y, x + 0.45, y + 0.6) for y in (0.0, 0.4) for x in (0.0, 0.275, 0.55)]
    fine = [_Task(Search(FRONTAL_ALT), FINE_EVERY_S, 1.0, 1.2 * _COARSE, part) for part in parts]
    tilted = [search for search in TILTED if search.cascade == FRONTAL_ALT]
    side = [_Task(search, SIDE_EVERY_S, _COARSE) for search in (*SIDEWAYS, *tilted)]
    groups = (coarse, fine, side)
    return [replace(task, phase=number / len(group)) for group in groups for number, task in enumerate(group)]


@dataclass(frozen=True)
class _Faces:
    """The faces of one frame, in pixels of the gray image.

    squares: ``(n, 4)``; scores: ``(n,)``; velocities: ``(n, 2)``, pixels per second.
    """

    squares: np.ndarray
    scores: np.ndarray
    velocities: np.ndarray

    @classmethod
    def at_rest(cls, squares: np.ndarray, scores: np.ndarray) -> _Faces:
        return cls(squares, scores, np.zeros((len(squares), 2), np.float32))

    def expected(self, elapsed_s: float) -> np.ndarray:
        """The squares after some time, if each face goes on as it did."""
        squares = self.squares.copy()
        limit = _MOST_SIDES * squares[:, 2:3]
        squares[:, :2] += np.clip(self.velocities * elapsed_s, -limit, limit)
        return squares

    def select(self, rows: np.ndarray) -> _Faces:
        return _Faces(self.squares[rows], self.scores[rows], self.velocities[rows])


class FollowingDetector(VerifiedDetector):
    """Follow the faces of one video, and look for new ones.

    A known face is looked at where it is expected: the verifier says whether it is still there, and where exactly. New
    faces are searched for with the cascades, in parts that take turns, so that no frame takes much longer than another.
    When a face is lost, the whole frame is searched coarsely at once.

    Args:
        options, models_dir: as for `VerifiedDetector`.
        live: the frames are those of a live video: one after the first is searched once, however far it is from the
            one before. So a machine that is too slow for the video finds new faces later, and does not become slower.

    Raises:
        DetectorError: a cascade or the verifier cannot be loaded.
    """

    def __init__(
        self, options: HaarOptions | None = None, models_dir: Path | None = None, *, live: bool = False
    ) -> None:
        super().__init__(options, models_dir)
        self._live = live
        self._tasks = _tasks()
        self.reset()

    def reset(self) -> None:
        """Forget earlier frames."""
        self._faces = _Faces.at_rest(np.empty((0, 4), np.float32), np.empty(0, np.float32))
        self._time_s: float | None = None
        self._shape: tuple[int, ...] = ()
        self._done_s = [-math.inf] * len(self._tasks)  # when each search was last made

    def detect(self, frame_bgr: np.ndarray, time_s: float = 0.0) -> Detections:
        """Find the faces of ``frame_bgr``, ``(h, w, 3)`` uint8, the frame at ``time_s`` of always the same video."""
        gray, scale = shrink(frame_bgr, FRAME_WIDTH)
        if gray.shape != self._shape or (self._time_s is not None and time_s <= self._time_s):
            self.reset()  # another video, or the clip starts again, or has no times
            self._shape = gray.shape
        pyramid = Pyramid(gray)
        elapsed_s = 0.0 if self._time_s is None else time_s - self._time_s
        faces = self._follow(pyramid, elapsed_s)
        tasks = self._due(time_s, elapsed_s, lost=len(faces.squares) < len(self._faces.squares))
        self._faces, self._time_s = self._with_new(pyramid, faces, tasks), time_s
        squares = self._faces.squares
        return in_frame(as_boxes(squares), self._faces.scores, scale, frame_bgr, squares[:, 3])

    def _follow(self, pyramid: Pyramid, elapsed_s: float) -> _Faces:
        """The known faces that are still there, where they are now."""
        known = self._faces
        if not len(known.squares):
            return known
        expected = known.expected(elapsed_s)
        scores, squares = self.verifier.verify(pyramid, expected)
        far = np.abs(offsets_to(expected, squares)[:, :3]).max(axis=1) > _SETTLED
        if far.any():
            scores[far], squares[far] = self.verifier.verify(pyramid, squares[far])
        there = np.flatnonzero(scores >= _LOST * self.options.min_face_score)
        there = there[_nearest(expected[there], squares[there])]
        return _advanced(known.select(there), squares[there], scores[there], elapsed_s)

    def _due(self, time_s: float, elapsed_s: float, lost: bool) -> list[_Task]:
        """The searches to make in this frame: those that have waited longest, and no more than a frame's share."""
        often = 1.0 if len(self._faces.squares) else _EMPTY
        waited = np.array(
            [
                (time_s - done_s) * often / task.every_s + 1e-6
                for done_s, task in zip(self._done_s, self._tasks, strict=True)
            ]
        )
        share = math.ceil(elapsed_s * often * sum(1 / task.every_s for task in self._tasks))
        due = [int(row) for row in np.argsort(-waited, kind="stable") if waited[row] >= 1]
        if self._time_s is not None:
            due = due[: 1 if self._live else max(1, share)]
        if lost:
            due += [row for row in (0, 1) if row not in due]  # the coarse ones
        for row in due:
            first = math.isinf(self._done_s[row])
            self._done_s[row] = time_s - (self._tasks[row].phase * self._tasks[row].every_s if first else 0.0)
        return [self._tasks[row] for row in due]

    def _with_new(self, pyramid: Pyramid, faces: _Faces, tasks: list[_Task]) -> _Faces:
        """``faces``, and those that the searches find besides."""
        if not tasks:
            return faces
        gray = _painted(pyramid.levels[0], faces.squares)
        proposals = np.concatenate([self._propose(gray, task) for task in tasks])
        known = as_boxes(faces.squares)
        proposals = proposals[apart(as_boxes(proposals), known)]
        squares, scores = judged(self.verifier, pyramid, proposals, self.options.min_face_score)
        new = apart(as_boxes(squares), known)
        found = _Faces.at_rest(squares[new], scores[new])
        return _Faces(
            np.concatenate([faces.squares, found.squares]),
            np.concatenate([faces.scores, found.scores]),
            np.concatenate([faces.velocities, found.velocities]),
        )

    def _propose(self, gray: np.ndarray, task: _Task) -> np.ndarray:
        height, width = gray.shape
        x0, y0, x1, y1 = (round(share * side) for share, side in zip(task.part, (width, height) * 2, strict=True))
        smallest = self.options.smallest_face * min(gray.shape)
        squares = self._proposer.propose(
            gray[y0:y1, x0:x1],
            task.search,
            self.options.scale_factor,
            smallest * task.smallest,
            smallest * task.largest,
        )
        squares[:, :2] += (x0, y0)
        return squares


def _advanced(before: _Faces, squares: np.ndarray, scores: np.ndarray, elapsed_s: float) -> _Faces:
    """The same faces at new places, with their velocities averaged."""
    if elapsed_s <= 0:
        return _Faces(squares, scores, before.velocities)
    weight = 1 - math.exp(-elapsed_s / _VELOCITY_S)
    velocities = (squares[:, :2] - before.squares[:, :2]) / elapsed_s
    return _Faces(squares, scores, before.velocities + weight * (velocities - before.velocities))


def _nearest(expected: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """The rows that remain where two followed faces became one: that which is nearer to its own place and size."""
    if len(squares) < 2:
        return np.arange(len(squares))
    off = offsets_to(expected, squares)
    order = np.argsort(np.hypot(off[:, 0], off[:, 1]) + np.abs(off[:, 2]), kind="stable")
    return np.sort(order[first_of_each(as_boxes(squares[order]))])


def _painted(gray: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """A copy in which known faces are flat, so that the cascades do not spend their time on them."""
    painted = gray.copy()
    for x0, y0, x1, y1 in as_boxes(squares * np.array([1, 1, _PAINTED, 1], np.float32)).round().astype(int):
        painted[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)] = 128
    return painted

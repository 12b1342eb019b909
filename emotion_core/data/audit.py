"""Find the images of a data set that should not be trained on or measured: copies, leaks, conflicts, blanks.

Where people have voted on the images, it also says which show no face and which labels most people would not give.

Files are never changed. The report names the images, and `AuditReport.without_flagged` leaves them out in memory.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from emotion_core.data.agreement import Agreement
from emotion_core.data.dataset import SPLITS, Dataset
from emotion_core.data.near import near_pairs, perceptual_hashes
from emotion_core.emotions import EMOTIONS
from emotion_core.errors import DataError
from emotion_core.language import ENGLISH, mark, speaking

Progress = Callable[[float], object]

BLANK_DEVIATION = 2.0  # gray levels of 255; compression alone gives an image of one gray less than this

# What each flag of an image means. An image that is in two splits is flagged in the earlier one of `SPLITS`: leaving it
# out takes it from training and keeps the split that measures whole.
FLAGS: dict[str, str] = {
    mark("blank"): mark("shows nothing: one gray all over"),
    mark("copy"): mark("equal to an earlier image of its split, pixel by pixel"),
    mark("conflict"): mark("equal to an image with another label"),
    mark("leak"): mark("is also in a split that measures"),
    mark("near copy"): mark("looks like an earlier image of its split"),
    mark("near leak"): mark("looks like an image in a split that measures"),
    mark("other size"): mark("has another width or height than most images"),
    mark("no face"): mark("more than half of the votes say that it shows no face"),
    mark("disputed"): mark("more than half of the votes name another expression than the label"),
    mark("no votes"): mark("has no votes, in a split with votes"),
}
VOTE_FLAGS = ("no face", "disputed", "no votes")  # only where a data set has votes
# Near copies and images of another size stay: they are not mistakes. Disputed images stay, too: a run that learns from
# votes needs them, and without them FER-2013 would lose 1,985 of its 4,097 training images of fear.
LEFT_OUT = ("blank", "copy", "conflict", "leak", "near leak", "no face")


@dataclass(frozen=True)
class AuditReport:
    """What an audit found.

    name, fingerprint: of the data set.
    images: one row per image, in the order of the data set: split, name, emotion, hash, flags (tuple of `FLAGS`). Where
        the data set has votes, also votes (how many people voted) and majority (the expression that more than half of
        them name; empty if there is none).
    counts: images per expression (index) and split (columns).
    problems: one row for each file or row that could not be read: split, name, reason.
    copies: one row for each image whose pixels another image has, too: group, split, name, emotion, hash.
    near: one row for each pair that looks alike without being equal: split_a, name_a, emotion_a, split_b, name_b,
        emotion_b, correlation.
    """

    name: str
    fingerprint: str
    images: pd.DataFrame
    counts: pd.DataFrame
    problems: pd.DataFrame
    copies: pd.DataFrame
    near: pd.DataFrame

    @property
    def has_votes(self) -> bool:
        """Whether the data set had votes."""
        return "majority" in self.images

    @property
    def flags(self) -> dict[str, str]:
        """Those of `FLAGS` that were looked for, with their meaning."""
        return {flag: text for flag, text in FLAGS.items() if self.has_votes or flag not in VOTE_FLAGS}

    @property
    def left_out(self) -> tuple[str, ...]:
        """Those of `LEFT_OUT` that were looked for."""
        return tuple(flag for flag in LEFT_OUT if flag in self.flags)

    def flagged(self, split: str, flags: Collection[str] = LEFT_OUT) -> tuple[str, ...]:
        """Return the names of the images in ``split`` that have one of ``flags``."""
        mine = self.images[self.images["split"] == split]
        return tuple(mine.loc[_has_any(mine, flags), "name"])

    def without_flagged(
        self, dataset: Dataset, flags: Collection[str] = LEFT_OUT, splits: Collection[str] = SPLITS
    ) -> Dataset:
        """Return ``dataset`` without the images that have one of ``flags``.

        Args:
            dataset: the data set that was audited.
            splits: only these lose images; the others stay whole.

        Raises:
            ValueError: it is another data set.
            DataError: no image is left.
        """
        if sum(map(len, dataset.splits.values())) != len(self.images):
            raise ValueError("Expected the data set that was audited.")
        # Rows are matched by position, because names may be empty: `images` keeps the data set's order, split by split.
        dropped = (_has_any(self.images, flags) & self.images["split"].isin(splits)).to_numpy()
        kept, start = {}, 0
        for split, faces in dataset.splits.items():
            kept[split] = faces.select(~dropped[start : start + len(faces)])
            start += len(faces)
        return Dataset(dataset.name, kept, dataset.problems)

    def findings(self) -> pd.DataFrame:
        """Count the images with each flag: flag, one column per split, total, meaning."""
        rows = []
        for flag, meaning in self.flags.items():
            has = self.images[_has_any(self.images, [flag])]
            per_split = {split: int((has["split"] == split).sum()) for split in self.counts.columns}
            rows.append({"flag": flag, **per_split, "total": len(has), "meaning": meaning})
        unread = {split: int((self.problems["split"] == split).sum()) for split in self.counts.columns}
        meaning = mark("could not be used")
        rows.insert(0, {"flag": mark("unreadable"), **unread, "total": len(self.problems), "meaning": meaning})
        return pd.DataFrame(rows)

    def figures(self) -> dict[str, int]:
        """Return the audit in a few numbers, over all splits together. Copies are found by their decoded pixels.

        Where the data set has votes, four more numbers count images: images_with_votes; majority_images, on which more
        than half of the votes are for the same one of the seven expressions; majority_is_label; and mostly_no_face.
        """
        groups = self.copies.groupby("group")
        labels, splits = groups["emotion"].nunique(), groups["split"].nunique()
        return {
            "images": len(self.images),
            "unreadable": len(self.problems),
            "copy_groups": len(groups),
            "extra_copies": len(self.copies) - len(groups),
            "groups_across_splits": int((splits > 1).sum()),
            "conflicting_groups": int((labels > 1).sum()),
            "near_pairs": len(self.near),
            "near_pairs_across_splits": int((self.near["split_a"] != self.near["split_b"]).sum()),
            **(self._vote_figures() if self.has_votes else {}),
        }

    def _vote_figures(self) -> dict[str, int]:
        majority = self.images["majority"]
        return {
            "images_with_votes": int((self.images["votes"] > 0).sum()),
            "majority_images": int((majority != "").sum()),
            "majority_is_label": int((majority == self.images["emotion"]).sum()),
            "mostly_no_face": int(_has_any(self.images, ["no face"]).sum()),
        }

    def _plain_problems(self) -> list[dict[Any, Any]]:
        with speaking(ENGLISH):  # a program may read it
            return self.problems.assign(reason=self.problems["reason"].map(str)).to_dict(orient="records")

    def shared(self) -> pd.DataFrame:
        """Count the images of each split (row) whose pixels are also in each other split (column)."""
        hashes = {split: set(self.images.loc[self.images["split"] == split, "hash"]) for split in self.counts.columns}
        table = pd.DataFrame(0, index=self.counts.columns, columns=self.counts.columns)
        for split in self.counts.columns:
            mine = self.images.loc[self.images["split"] == split, "hash"]
            for other in self.counts.columns:
                table.loc[split, other] = int(mine.isin(hashes[other]).sum()) if other != split else 0
        return table

    def imbalance(self) -> pd.DataFrame:
        """Return for each split (index): images, largest and smallest class, their ratio, classes without an image."""
        rows = []
        for split in self.counts.columns:
            counts = self.counts[split]
            present = counts[counts > 0]
            rows.append(
                {
                    "images": int(counts.sum()),
                    "largest": str(present.idxmax()),
                    "smallest": str(present.idxmin()),
                    "ratio": round(float(present.max() / present.min()), 1),
                    "missing": ", ".join(counts.index[counts == 0]),
                }
            )
        return pd.DataFrame(rows, index=self.counts.columns)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the list of images, in plain types."""
        return {
            "name": self.name,
            "fingerprint": self.fingerprint,
            "figures": self.figures(),
            "counts": {split: self.counts[split].astype(int).to_dict() for split in self.counts.columns},
            "imbalance": self.imbalance().to_dict(orient="index"),
            "shared": self.shared().to_dict(orient="index"),
            "findings": self.findings().drop(columns="meaning").to_dict(orient="records"),
            "problems": self._plain_problems(),
            "copies": [
                {"hash": key, "images": group[["split", "name", "emotion"]].to_dict(orient="records")}
                for key, group in self.copies.groupby("hash", sort=False)
            ],
            "near": self.near.to_dict(orient="records"),
        }

    def to_json(self) -> str:
        """Return `to_dict` as JSON."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    def manifest(self) -> str:
        """Return JSON with the fingerprint and the split, name, label, hash and flags of every image, one per line.

        Where the data set has votes, also how many and the majority's expression.
        """
        images = self.images.assign(flags=self.images["flags"].map(list)).to_dict(orient="records")
        facts = {
            "format": 1,
            "name": self.name,
            "fingerprint": self.fingerprint,
            "figures": self.figures(),
            "flags": self.flags,
            "left_out": list(self.left_out),
            "problems": self._plain_problems(),
            "images": images,
        }
        return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).replace('{"split"', '\n{"split"') + "\n"

    def write_manifest(self, path: Path) -> None:
        """Write `manifest` to a file.

        Raises:
            DataError: it cannot be written.
        """
        try:
            Path(path).write_text(self.manifest(), encoding="utf-8")
        except OSError as error:
            raise DataError(
                "The manifest cannot be written: {reason}. Choose another place.", reason=error.strerror
            ) from error


def audit(dataset: Dataset, progress: Progress | None = None) -> AuditReport:
    """Look for blank, copied, leaked, contradictory and look-alike images, and for what votes contradict.

    Copies are found by the hash of the decoded pixels, look-alikes as described in `near`. 32,000 images take seconds.

    Args:
        progress: called with the share that is done, 0–1.
    """
    images = _table(dataset)
    pixels = np.concatenate([faces.images for faces in dataset.splits.values()])
    flags: list[list[str]] = [[] for _ in range(len(images))]
    _flag(flags, "blank", np.flatnonzero(_deviations(pixels) < BLANK_DEVIATION))
    _flag(flags, "other size", _other_sizes(dataset))
    _flag_copies(images, flags)
    if dataset.has_votes:
        _compare_votes(dataset, images, flags)
    near = _near(images, pixels, flags, progress)
    images["flags"] = [tuple(flag for flag in FLAGS if flag in found) for found in flags]
    if progress:
        progress(1.0)
    return AuditReport(
        dataset.name,
        dataset.fingerprint,
        images,
        _counts(dataset),
        pd.DataFrame([vars(problem) for problem in dataset.problems], columns=["split", "name", "reason"]),
        _copies(images),
        near,
    )


def _table(dataset: Dataset) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (split, faces.names[i] if faces.names else f"{split} {i + 1}", EMOTIONS[faces.labels[i]].value, digest)
            for split, faces in dataset.splits.items()
            for i, digest in enumerate(faces.hashes)
        ],
        columns=["split", "name", "emotion", "hash"],
    )


def _counts(dataset: Dataset) -> pd.DataFrame:
    counts = {
        split: np.bincount(faces.labels, minlength=len(EMOTIONS)).astype(int) for split, faces in dataset.splits.items()
    }
    return pd.DataFrame(counts, index=[emotion.value for emotion in EMOTIONS])


def _deviations(pixels: np.ndarray) -> np.ndarray:
    return np.array([image.std() for image in pixels])


def _other_sizes(dataset: Dataset) -> np.ndarray:
    sizes = [size for faces in dataset.splits.values() for size in (faces.sizes_wh or ((0, 0),) * len(faces))]
    ((usual, _),) = Counter(sizes).most_common(1)
    return np.flatnonzero([size != usual and size != (0, 0) for size in sizes])


def _flag(flags: list[list[str]], flag: str, rows: np.ndarray) -> None:
    for row in rows:
        flags[row].append(flag)


def _flag_copies(images: pd.DataFrame, flags: list[list[str]]) -> None:
    rank = images["split"].map(SPLITS.index)
    _flag(flags, "copy", np.flatnonzero(images.duplicated(["split", "hash"])))
    _flag(flags, "conflict", np.flatnonzero(images.groupby("hash")["emotion"].transform("nunique") > 1))
    _flag(flags, "leak", np.flatnonzero(rank.groupby(images["hash"]).transform("max") > rank))


def _compare_votes(dataset: Dataset, images: pd.DataFrame, flags: list[list[str]]) -> None:
    """Add the columns ``votes`` and ``majority`` to ``images``, and the flags about votes."""
    people = Agreement.of(*dataset.splits.values())
    names = np.array([emotion.value for emotion in EMOTIONS] + [""])  # NONE, -1, is the last
    images["votes"], images["majority"] = people.votes.sum(axis=1), names[people.majority]
    _flag(flags, "no face", np.flatnonzero(people.no_face))
    _flag(flags, "disputed", np.flatnonzero(people.disputed))
    _flag(flags, "no votes", np.flatnonzero(~people.voted & images["split"].isin(dataset.voted_splits)))


def _copies(images: pd.DataFrame) -> pd.DataFrame:
    copies = images[images.duplicated("hash", keep=False)]
    groups = pd.factorize(copies["hash"])[0] + 1
    return (
        copies.assign(group=groups)
        .sort_values("group", kind="stable")[["group", "split", "name", "emotion", "hash"]]
        .reset_index(drop=True)
    )


def _near(images: pd.DataFrame, pixels: np.ndarray, flags: list[list[str]], progress: Progress | None) -> pd.DataFrame:
    """Find look-alikes among images with different pixels, blank ones excluded; flag them and return their table."""
    # Of equal images in a split, only the first is compared.
    rows = np.flatnonzero(~images.duplicated(["split", "hash"]) & np.array(["blank" not in found for found in flags]))
    bits = perceptual_hashes(pixels[rows], lambda share: progress(0.1 + share * 0.5) if progress else None)
    pairs, correlations = near_pairs(pixels[rows], bits)
    first, second = rows[pairs[:, 0]], rows[pairs[:, 1]]
    hashes, splits = images["hash"].to_numpy(), images["split"].to_numpy()
    differ = hashes[first] != hashes[second]
    first, second, correlations = first[differ], second[differ], correlations[differ]
    same = splits[first] == splits[second]
    _flag(flags, "near copy", np.unique(second[same]))
    _flag(flags, "near leak", np.unique(first[~same]))  # rows of an earlier split come first
    sides = {
        f"{column}_{side}": images[column].to_numpy()[rows_of]
        for side, rows_of in (("a", first), ("b", second))
        for column in ("split", "name", "emotion")
    }
    table = pd.DataFrame({**sides, "correlation": np.round(correlations.astype(float), 4)})
    return table.sort_values("correlation", ascending=False, kind="stable").reset_index(drop=True)


def _has_any(images: pd.DataFrame, flags: Collection[str]) -> pd.Series:
    wanted = set(flags)
    return images["flags"].map(lambda found: not wanted.isdisjoint(found)).astype(bool)

"""Results as tables, JSON and text."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from emotion_core.emotions import EMOTIONS, Emotion
from emotion_core.record.origin import today
from emotion_core.record.reports import COLUMNS, faces_table, text_report, to_csv, to_json, tracks_table
from emotion_core.record.timeline import EmotionTimeline
from emotion_core.results import Faces, FrameResult

HAPPY = np.eye(7, dtype=np.float32)[Emotion.HAPPY.column]
SAD = np.eye(7, dtype=np.float32)[Emotion.SAD.column]
FLAT = np.full(7, 1 / 7, np.float32)


def result(*rows: np.ndarray, time_s: float = 0.0, track_ids: list[int] | None = None) -> FrameResult:
    boxes = np.array([[10 * i, 0, 10 * i + 8, 8] for i in range(len(rows))], np.float32)
    labels = tuple(None if row is FLAT else list(Emotion)[int(row.argmax())] for row in rows)
    ids = np.array(track_ids or [], np.int64)
    return FrameResult(Faces(boxes, np.array(rows), ids, labels=labels), (100, 50), time_s)


NAMED = [("a.jpg", result(HAPPY, FLAT)), ("empty.jpg", result())]


def test_one_row_for_each_face() -> None:
    table = faces_table(NAMED)
    assert list(table.columns) == list(COLUMNS)
    assert table[["file", "face", "label"]].values.tolist() == [["a.jpg", 1, "happy"], ["a.jpg", 2, "uncertain"]]
    assert table["track_id"].isna().all()
    assert table[[emotion.value for emotion in EMOTIONS]].sum(axis=1).round(2).tolist() == [1.0, 1.0]
    assert table.loc[0, ["valence", "arousal"]].tolist() == [0.81, 0.51], "certainly happy"


def test_a_table_without_a_face_has_all_columns() -> None:
    assert list(pd.read_csv(io.StringIO(to_csv([("x.png", result())]))).columns) == list(COLUMNS)


def test_json_includes_pictures_without_a_face() -> None:
    pictures = json.loads(to_json(NAMED))
    assert [(picture["file"], len(picture["faces"])) for picture in pictures] == [("a.jpg", 2), ("empty.jpg", 0)]
    assert pictures[0]["faces"][0]["valence"] == 0.81


def test_text_report_of_pictures() -> None:
    text = text_report(NAMED)
    assert "a.jpg\n  face 1  happy      100%  at 0, 0, 8, 8\n  face 2  uncertain" in text
    assert "empty.jpg\n  no face found" in text


def test_text_report_of_a_video_counts_each_face_and_its_time() -> None:
    moments = [
        ("v.mp4", result(HAPPY, FLAT, time_s=0.0, track_ids=[1, 2])),
        ("v.mp4", result(HAPPY, time_s=0.5, track_ids=[1])),
        ("v.mp4", result(FLAT, time_s=1.0, track_ids=[1])),
        ("v.mp4", result(time_s=1.5)),
    ]
    text = text_report(moments)
    assert "4 moments, 1.5 s, a face in 75% of them" in text
    assert "face 1  0.0–1.0 s  happy 67%, uncertain 33%" in text
    assert "face 2  0.0–0.0 s  uncertain 100%" in text


def test_one_row_for_each_face_of_a_video_sorted_by_how_often_it_was_seen() -> None:
    timeline = EmotionTimeline()
    timeline.add(result(HAPPY, HAPPY, time_s=0.0, track_ids=[1, 2]))
    timeline.add(result(FLAT, time_s=0.1, track_ids=[2]))
    timeline.add(result(HAPPY, time_s=0.2, track_ids=[2]))
    timeline.add(result(time_s=0.3))
    first, second = tracks_table(timeline.to_frame()).to_dict("records")
    assert (first["face"], first["from_s"], first["to_s"], first["seen"], first["label"]) == (
        2,
        0.0,
        0.2,
        0.75,
        "happy",
    )
    assert first["label_share"] == 1.0, "of the time in which it had a label"
    assert (second["face"], second["seen"], second["confidence"]) == (1, 0.25, 1.0)


def test_how_often_a_lone_face_had_its_label_is_what_the_chart_says() -> None:
    timeline = EmotionTimeline()
    for number, row in enumerate((HAPPY, HAPPY, FLAT, SAD, HAPPY, FLAT, SAD, FLAT)):
        timeline.add(result(row, time_s=number**2 / 10, track_ids=[1]))
    (face,) = tracks_table(timeline.to_frame()).to_dict("records")
    shares = timeline.shares().set_index("emotion")["share"]
    assert (face["label"], face["label_share"]) == (shares.idxmax(), pytest.approx(shares.max()))


def test_a_face_that_never_had_a_label_has_no_share() -> None:
    timeline = EmotionTimeline()
    for number in range(3):
        timeline.add(result(FLAT, time_s=number / 10, track_ids=[1]))
    (face,) = tracks_table(timeline.to_frame()).to_dict("records")
    assert face["label"] == "uncertain"
    assert np.isnan(face["label_share"])


def test_every_table_says_with_what_and_when_it_was_made() -> None:
    made = replace(result(HAPPY), model="mine", detector="haar")
    (row,) = csv.DictReader(io.StringIO(to_csv([("a.jpg", made)])))
    assert (row["model"], row["detector"], row["date"]) == ("mine", "haar", today().isoformat())
    (picture,) = json.loads(to_json([("a.jpg", made)]))
    assert (picture["model"], picture["detector"], picture["date"]) == ("mine", "haar", today().isoformat())
    timeline = EmotionTimeline()
    timeline.add(made)
    assert timeline.to_frame().loc[0, ["model", "detector", "date"]].tolist() == ["mine", "haar", today().isoformat()]
    assert timeline.origin.file_name("a", ".csv") == f"a_mine_haar_{today().isoformat()}.csv"


def test_a_video_without_a_face_has_no_row() -> None:
    timeline = EmotionTimeline()
    timeline.add(result(time_s=0.0))
    assert tracks_table(timeline.to_frame()).empty

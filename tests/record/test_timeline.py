"""The timeline: shares of time, windows, tables, threads."""

from __future__ import annotations

import io
import threading
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from emotion_core.circumplex import valence_arousal
from emotion_core.emotions import EMOTIONS, UNCERTAIN, Emotion
from emotion_core.language import speaking
from emotion_core.record.timeline import NO_FACE, EmotionTimeline
from emotion_core.results import Faces, FrameResult

SMALL, LARGE = (0, 0, 20, 20), (10, 10, 90, 90)


def faces(*seen: tuple[tuple[int, int, int, int], Emotion | None]) -> Faces:
    """Return faces with 70 % for their label; None is uncertain."""
    probabilities = np.full((len(seen), 7), 0.05, np.float32)
    for row, (_, label) in enumerate(seen):
        probabilities[row, (label or Emotion.ANGRY).column] = 0.7
    boxes = np.array([box for box, _ in seen], np.float32).reshape(-1, 4)
    ids = np.arange(1, len(seen) + 1)
    return Faces(boxes, probabilities, ids, labels=tuple(label for _, label in seen))


def timeline(*moments: tuple[float, Faces]) -> EmotionTimeline:
    result = EmotionTimeline()
    for time_s, found in moments:
        result.add(FrameResult(found, (100, 100), time_s, 5.0, "cnn", "haar"))
    return result


HAPPY, SAD = faces((LARGE, Emotion.HAPPY)), faces((LARGE, Emotion.SAD))


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        pytest.param([], {}, id="nothing seen"),
        pytest.param([(0, HAPPY)], {}, id="one analysis has no length yet"),
        pytest.param([(0, HAPPY), (0.25, SAD), (1.0, HAPPY)], {"happy": 0.25, "sad": 0.75}, id="each until the next"),
        pytest.param([(0, HAPPY), (30, SAD), (30.5, SAD)], {"happy": 1.0, "sad": 0.5}, id="at most one second"),
        pytest.param([(0, Faces.empty()), (0.5, HAPPY), (1, HAPPY)], {NO_FACE: 0.5, "happy": 0.5}, id="no face"),
        pytest.param([(0, faces((LARGE, None))), (0.5, HAPPY)], {UNCERTAIN: 0.5}, id="uncertain"),
        pytest.param(
            [(0, faces((SMALL, Emotion.FEAR), (LARGE, Emotion.SAD))), (1, HAPPY)], {"sad": 1.0}, id="the largest face"
        ),
        pytest.param([(5, HAPPY), (4, SAD), (5.5, HAPPY)], {"happy": 0.5}, id="an older result is dropped"),
    ],
)
def test_seconds(moments: list[tuple[float, Faces]], expected: dict[str, float]) -> None:
    seconds = timeline(*moments).seconds()
    assert set(seconds) == {*EMOTIONS, UNCERTAIN, NO_FACE}
    assert {name: value for name, value in seconds.items() if value} == pytest.approx(expected)


def test_shares_leave_out_time_without_a_label() -> None:
    shares = timeline((0, HAPPY), (0.3, SAD), (0.4, Faces.empty()), (1.0, HAPPY)).shares()
    assert list(shares["emotion"]) == [emotion.value for emotion in EMOTIONS]
    assert shares.set_index("emotion")["share"].to_dict() == pytest.approx(
        dict.fromkeys(EMOTIONS, 0.0) | {"happy": 0.75, "sad": 0.25}
    )


def test_shares_of_the_last_seconds() -> None:
    seen = timeline((0, HAPPY), (1, HAPPY), (9, SAD), (10, SAD))
    assert seen.shares(window_s=2).set_index("emotion").loc["sad", "share"] == 1.0
    assert seen.shares().set_index("emotion").loc["happy", "seconds"] == pytest.approx(2.0)


def test_probabilities_have_gaps_and_are_thinned_with_the_newest_kept() -> None:
    seen = timeline(*[(i / 10, HAPPY if i % 2 else Faces.empty()) for i in range(1000)])
    table = seen.probabilities(max_points=50)
    assert len(table) == 50
    assert table["time_s"].iloc[[0, -1]].tolist() == [0.0, 99.9]
    assert table.loc[table["label"] == NO_FACE, "happy"].isna().all()
    assert table.loc[table["label"] == "happy", "happy"].to_numpy() == pytest.approx(0.7)


def test_table_and_csv_have_one_row_per_face_and_analysis() -> None:
    seen = timeline((0, faces((SMALL, Emotion.FEAR), (LARGE, None))), (0.5, Faces.empty()))
    table = pd.read_csv(io.StringIO(seen.to_csv()))
    assert table["label"].tolist() == ["fear", UNCERTAIN, NO_FACE]
    assert table["dominant_face"].tolist()[:2] == [False, True]
    assert table["model"].unique().tolist() == ["cnn"]
    assert table.loc[0, [e.value for e in EMOTIONS]].sum() == pytest.approx(1.0, abs=1e-3)
    assert table.loc[1, ["x0", "y0", "x1", "y1"]].tolist() == list(LARGE)
    assert table.loc[2, "confidence":"y1"].isna().all()
    places = valence_arousal(table.loc[:1, [e.value for e in EMOTIONS]].to_numpy())
    assert table.loc[:1, ["valence", "arousal"]].to_numpy() == pytest.approx(places, abs=1e-3)


def test_faces_stay_with_their_analysis_when_older_ones_are_forgotten() -> None:
    seen = EmotionTimeline(max_s=5)
    both = faces((SMALL, Emotion.FEAR), (LARGE, Emotion.SAD))
    for i in range(400):
        found = (both, Faces.empty(), HAPPY)[i % 3]
        seen.add(FrameResult(found, (100, 100), i / 10, model=("a", "b")[i % 2]))
    table = seen.to_frame()
    for time_s, rows in table.groupby("time_s"):
        i = round(time_s * 10)
        assert rows["label"].tolist() == (["fear", "sad"], [NO_FACE], ["happy"])[i % 3]
        assert rows["model"].iloc[0] == ("a", "b")[i % 2]
    recent = seen.probabilities(window_s=1.05)
    assert recent["label"].tolist() == [("sad", NO_FACE, "happy")[i % 3] for i in range(389, 400)]
    assert recent["track_id"].tolist() == [(2, -1, 1)[i % 3] for i in range(389, 400)]


def test_an_hour_of_one_face_takes_little_memory() -> None:
    seen = EmotionTimeline()
    for i in range(20 * 600):
        seen.add(FrameResult(HAPPY, (100, 100), i / 20))
    assert seen._analyses._block.nbytes + seen._faces._block.nbytes < 20 * 600 * 250


def test_charts_read_the_timeline_without_copying_it() -> None:
    seen = EmotionTimeline()
    for i in range(20 * 600):
        seen.add(FrameResult(HAPPY, (100, 100), i / 20))
    timeline_bytes = seen._analyses.rows.nbytes + seen._faces.rows.nbytes
    for read in (seen.seconds, seen.shares, lambda: seen.probabilities(max_points=120)):
        tracemalloc.start()
        read()
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak_bytes < timeline_bytes / 2


def test_a_table_keeps_its_values_when_results_are_added() -> None:
    seen = timeline((0, HAPPY), (1, SAD))
    table = seen.probabilities()
    before = table.copy()
    for time_s in range(2, 1000):
        seen.add(FrameResult(SAD, (100, 100), float(time_s)))
    assert table.equals(before)
    table["time_s"] = -1.0
    assert seen.probabilities(window_s=2.0)["time_s"].tolist() == [997.0, 998.0, 999.0]


def test_old_results_are_forgotten_and_clear_forgets_all() -> None:
    seen = EmotionTimeline(max_s=10)
    for time_s in (0.0, 5.0, 12.0):
        seen.add(FrameResult(HAPPY, (100, 100), time_s))
    assert len(seen) == 2
    assert seen.end_s == 12.0
    seen.clear()
    assert (len(seen), seen.end_s) == (0, None)
    assert seen.to_frame().empty


def test_threads_may_read_while_one_writes() -> None:
    seen, stop, errors = EmotionTimeline(max_s=1), threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            try:
                seen.shares(), seen.to_csv()
            except Exception as error:  # noqa: BLE001
                errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for i in range(300):
        seen.add(FrameResult(HAPPY, (100, 100), i / 100))
    stop.set()
    for thread in threads:
        thread.join()
    assert not errors


def test_a_table_is_the_same_in_every_language() -> None:
    seen = timeline((0.0, faces(((0, 0, 9, 9), Emotion.HAPPY))), (0.5, faces()), (1.0, faces(((0, 0, 9, 9), None))))
    english = seen.to_csv()
    assert "happy" in english and NO_FACE in english and UNCERTAIN in english
    with speaking("ko"):
        assert seen.to_csv() == english

"""The command line: real pictures, results alone on stdout, one line for each error."""

from __future__ import annotations

import csv
import io
import json
import signal
import socket
import subprocess
import sys
import time
from fractions import Fraction
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion_core.classify.deepface import WEIGHTS_URL
from emotion_core.cli.main import main
from emotion_core.media.images import read_image
from emotion_core.media.video import probe_video, write_video
from tests.bad_input import BAD_IMAGES, BAD_MODELS, Writer
from tests.data.sets import pixels, table
from tests.films import UNEVEN_MS, frame_times, plain_frames, sound_packets, write_film
from tests.model_files import network, write_fixed_model, write_model

ROOT = Path(__file__).resolve().parents[2]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def portrait(tmp_path: Path, astronaut_bgr: np.ndarray) -> Path:
    path = tmp_path / "portrait.png"
    cv2.imwrite(str(path), astronaut_bgr)
    return path


@pytest.fixture
def film(tmp_path: Path, astronaut_bgr: np.ndarray) -> Path:
    """One second at 10 frames per second."""
    path = tmp_path / "film.mp4"
    write_video(path, [astronaut_bgr] * 10, Fraction(10))
    return path


def test_a_portrait_is_named_in_a_table(models_dir: Path, portrait: Path, capsys: Capture) -> None:
    assert main(["analyze", str(portrait)]) == 0
    out, err = capsys.readouterr()
    assert "face 1  happy" in out
    assert err == ""


def test_json_holds_the_box_and_the_probabilities(models_dir: Path, portrait: Path, capsys: Capture) -> None:
    assert main(["analyze", str(portrait), "--format", "json"]) == 0
    (picture,) = json.loads(capsys.readouterr().out)
    (face,) = picture["faces"]
    assert (picture["file"], picture["width"], face["label"]) == (str(portrait), 512, "happy")
    x0, y0, x1, y1 = face["box_xyxy"]
    assert x0 < 220 < x1 and y0 < 115 < y1  # between the eyes
    assert sum(face["probabilities"].values()) == pytest.approx(1, abs=1e-3)


def test_every_face_of_a_group_is_found(
    models_dir: Path, astronaut_bgr: np.ndarray, tmp_path: Path, capsys: Capture
) -> None:
    cv2.imwrite(str(tmp_path / "group.jpg"), np.hstack([astronaut_bgr] * 3))
    assert main(["analyze", str(tmp_path / "group.jpg"), "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)[0]["faces"]) == 3


@pytest.mark.parametrize(
    ("words", "reason"), [([""], "received nothing"), (["x.mp4", "--every", "abc"], "invalid seconds value")]
)
def test_malformed_arguments_are_refused(words: list[str], reason: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["analyze", *words])
    assert ended.value.code == 2
    assert reason in capsys.readouterr().err


def test_csv_goes_to_a_file(models_dir: Path, portrait: Path, tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "faces.csv"
    assert main(["analyze", str(portrait), "--format", "csv", "--output", str(target)]) == 0
    (row,) = csv.DictReader(io.StringIO(target.read_text()))
    assert (row["label"], row["face"], row["track_id"]) == ("happy", "1", "")
    assert capsys.readouterr().out == ""


def test_a_folder_is_searched_and_every_picture_annotated(
    models_dir: Path, portrait: Path, tmp_path: Path, capsys: Capture
) -> None:
    folder = tmp_path / "pictures"
    (folder / "inner").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    for place in ("a.png", "inner/b.png", ".hidden/c.png"):
        (folder / place).write_bytes(portrait.read_bytes())
    (folder / "notes.txt").write_text("no picture")
    drawn = tmp_path / "drawn"
    assert main(["analyze", str(folder), "--annotate", str(drawn), "--format", "json"]) == 0
    assert [Path(picture["file"]).name for picture in json.loads(capsys.readouterr().out)] == ["a.png", "b.png"]
    assert sorted(path.name for path in drawn.iterdir()) == ["a.png.png", "b.png.png"]
    assert not np.array_equal(read_image(drawn / "a.png.png"), read_image(portrait))


def test_a_film_is_read_at_intervals(models_dir: Path, film: Path, tmp_path: Path, capsys: Capture) -> None:
    drawn = tmp_path / "drawn"
    assert main(["analyze", str(film), "--every", "0.2", "--format", "json", "--annotate", str(drawn)]) == 0
    moments = json.loads(capsys.readouterr().out)
    assert [moment["time_s"] for moment in moments] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8], abs=1e-3)
    assert {face["track_id"] for moment in moments for face in moment["faces"]} == {1}
    info = probe_video(drawn / "film.mp4.mp4")
    assert (info.frames, info.size_wh) == (10, (512, 512))


def test_a_film_is_read_ten_times_a_second_or_frame_by_frame(models_dir: Path, tmp_path: Path, capsys: Capture) -> None:
    film = write_film(tmp_path / "film.mp4", plain_frames(25))
    for arguments, analyses in ([], 10), (["--every", "0"], 25):
        assert main(["analyze", str(film), "--format", "json", *arguments]) == 0
        assert len(json.loads(capsys.readouterr().out)) == analyses


def test_an_annotated_film_keeps_its_sound_and_its_times(
    models_dir: Path, tmp_path: Path, astronaut_bgr: np.ndarray
) -> None:
    film = write_film(tmp_path / "film.mkv", [astronaut_bgr] * len(UNEVEN_MS), UNEVEN_MS, sound="aac")
    assert main(["analyze", str(film), "--annotate", str(tmp_path / "drawn"), "--output", str(tmp_path / "out")]) == 0
    drawn = tmp_path / "drawn" / "film.mkv.mp4"
    assert frame_times(drawn) == frame_times(film)
    assert sound_packets(drawn) == sound_packets(film)


def test_an_interrupted_film_leaves_nothing(models_dir: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "drawn"
    film = ROOT / "assets" / "sample.mp4"
    command = [sys.executable, "-m", "emotion_core", "analyze", str(film), "--every", "0", "--annotate", str(drawn)]
    # Started in the background of a shell, the tests and their children would ignore interrupts.
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=heed
    ) as process:
        while not (drawn.is_dir() and list(drawn.iterdir())):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, b"")
    assert err.endswith(b"interrupted\n")
    assert list(drawn.iterdir()) == []


def test_a_film_in_words(models_dir: Path, film: Path, capsys: Capture) -> None:
    assert main(["analyze", str(film)]) == 0
    assert "face 1  0.0–0.9 s  happy 100%" in capsys.readouterr().out


def test_a_cut_out_face_is_taken_whole(models_dir: Path, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "gray.png"
    cv2.imwrite(str(path), np.full((48, 48), 90, np.uint8))
    assert main(["analyze", str(path)]) == 0
    assert "no face found" in capsys.readouterr().out
    assert main(["analyze", str(path), "--whole-picture"]) == 0
    assert "face 1  happy" in capsys.readouterr().out


def test_another_model_is_used(models_dir: Path, portrait: Path, capsys: Capture) -> None:
    write_fixed_model(models_dir / "always_sad", "sad")
    assert main(["analyze", str(portrait), "--model", "always_sad"]) == 0
    assert "sad" in capsys.readouterr().out


def test_bad_pictures_among_good_ones_are_named_and_the_others_go_on(
    models_dir: Path, portrait: Path, tmp_path: Path, capsys: Capture
) -> None:
    for name, data in BAD_IMAGES.values():
        (tmp_path / name).write_bytes(data)
    paths = [str(tmp_path / name) for name, _ in BAD_IMAGES.values()]
    assert main(["analyze", *paths, str(portrait), "--format", "json"]) == 1
    out, err = capsys.readouterr()
    assert [picture["file"] for picture in json.loads(out)] == [str(portrait)]
    errors = [line for line in err.splitlines() if "error:" in line]
    assert len(errors) == len(BAD_IMAGES)
    for path, line in zip(paths, errors, strict=True):
        assert f"error: {path}: " in line
    assert "Traceback" not in err


@pytest.mark.parametrize("write", BAD_MODELS.values(), ids=BAD_MODELS)
def test_a_bad_model_is_one_error(write: Writer, models_dir: Path, portrait: Path, capsys: Capture) -> None:
    write(models_dir / "bad")
    assert main(["analyze", str(portrait), "--model", "bad"]) in (1, 2)
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert err.startswith("error: ")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["analyze", "nothing.png"], "There is no such file"),
        (["analyze", "PORTRAIT", "--model", "nothing"], "There is no model 'nothing'"),
        (["analyze", "PORTRAIT", "--models-dir", "nowhere"], "There is no folder of models nowhere"),
        (["analyze", "PORTRAIT", "--detector", "yunet"], "detectors install yunet"),
        (["models", "install", "nothing.keras", "--name", "mine"], "There is no such file"),
        (["models", "install", "PORTRAIT", "--name", "mine"], "ends in .keras"),
        (["detectors", "install", "yunet", "--from", "PORTRAIT"], "as the OpenCV zoo publishes it"),
        (["evaluate", "--data", "nothing"], "There is no such file or folder"),
    ],
    ids=["no file", "no model", "no folder", "no weights", "no Keras file", "not Keras", "not YuNet", "no data"],
)
def test_an_error_says_what_to_do(
    arguments: list[str], reason: str, models_dir: Path, portrait: Path, capsys: Capture
) -> None:
    status = main([str(portrait) if argument == "PORTRAIT" else argument for argument in arguments])
    out, err = capsys.readouterr()
    assert status in (1, 2)
    assert out == ""
    assert len(err.splitlines()) == 1
    assert reason in err


def test_deepface_without_weights_and_network_says_which_file_goes_where(
    models_dir: Path, portrait: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr(socket, "create_connection", unreachable)
    assert main(["analyze", str(portrait), "--model", "deepface"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = (line for line in err.splitlines() if "error: " in line)
    assert WEIGHTS_URL in line
    assert str(tmp_path / ".deepface" / "weights") in line


def test_an_empty_folder_is_an_error(models_dir: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["analyze", str(tmp_path / "empty")]) == 2
    assert "No picture and no video" in capsys.readouterr().err


def test_models_are_listed_for_people_and_machines(models_dir: Path, capsys: Capture) -> None:
    assert main(["models", "list"]) == 0
    assert "always_happy" in capsys.readouterr().out
    assert main(["models", "list", "--format", "json"]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == ["always_happy", "deepface"]


@pytest.mark.parametrize("figures", ["text", {"accuracy": "high"}, {"accuracy": None}], ids=["text", "words", "none"])
def test_figures_in_another_form_do_not_break_the_list(models_dir: Path, figures: object, capsys: Capture) -> None:
    write_model(models_dir / "odd", metrics={"PublicTest": figures})
    assert main(["models", "list"]) == 0
    assert "odd                           –" in capsys.readouterr().out


@pytest.mark.parametrize("flags", [[], ["--tta"], ["--without-duplicates-of", "train"]], ids=["plain", "flip", "new"])
def test_a_model_is_measured_on_labelled_faces(
    flags: list[str], models_dir: Path, tmp_path: Path, capsys: Capture
) -> None:
    for place, value in [("test/happy", 10), ("test/happy", 20), ("test/sad", 30), ("train/sad", 30)]:
        folder = tmp_path / "data" / place
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"{value}.png"), np.full((48, 48), value, np.uint8))
    assert main(["evaluate", "--data", str(tmp_path / "data"), "--format", "json", *flags]) == 0
    figures = json.loads(capsys.readouterr().out)
    left_out = "--without-duplicates-of" in flags
    assert figures["images"] == (2 if left_out else 3)
    assert figures["accuracy"] == (1.0 if left_out else pytest.approx(0.6667))
    assert figures["view"] == ("flip" if "--tta" in flags else "single")


def test_a_table_with_a_bad_row_is_measured_without_it(models_dir: Path, tmp_path: Path, capsys: Capture) -> None:
    rows = [["3", pixels(1), "PublicTest"], ["4", "1 2 x", "PublicTest"], ["4", pixels(2), "Training"]]
    path = table(tmp_path / "fer2013.csv", rows)
    assert main(["evaluate", "--data", str(path), "--split", "PublicTest", "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["images"] == 1
    assert "row 2: Expected pixels" in err
    assert main(["evaluate", "--data", str(path), "--split", "private"]) == 2
    assert "no split 'private'. It has: train, test." in capsys.readouterr().err


def test_a_model_is_measured_against_votes(models_dir: Path, tmp_path: Path, capsys: Capture) -> None:
    data = tmp_path / "data"
    for place in ("test/happy", "test/sad"):
        (data / place).mkdir(parents=True)
        cv2.imwrite(str(data / place / "a.png"), np.full((48, 48), 90, np.uint8))
    command = ["evaluate", "--data", str(data), "--labels", "votes"]
    assert main(command) == 2
    assert "no votes for one of the seven" in capsys.readouterr().err

    counts = {"test/happy/a.png": ["9", "1"], "test/sad/a.png": ["8", "2"]}  # people call both happy
    rows = [[name, *pair, *["0"] * 8] for name, pair in counts.items()]
    columns = ("path", "happiness", "sadness", "surprise", "neutral", "anger", "disgust", "fear", "contempt", "unknown")
    table(tmp_path / "ferplus_votes.csv", rows, (*columns, "NF"))
    assert main([*command, "--format", "json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["labels"], figures["images"], figures["accuracy"]) == ("votes", 2, 1.0)
    assert figures["human_accuracy"] == 0.85
    assert main(["evaluate", "--data", str(data), "--labels", "original", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] == 0.5
    assert main(command) == 0
    assert "2 faces on which more than half of the voters agree, accuracy 100.00%" in capsys.readouterr().out


def test_it_runs_as_a_module_and_its_output_can_be_cut_off(models_dir: Path) -> None:
    command = f"{sys.executable} -m emotion_core models list --format json | head -n 1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("[\n", "", 0)


def test_a_wrong_option_is_explained_by_the_parser(models_dir: Path, portrait: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["analyze", str(portrait), "--every", "-1"])
    assert caught.value.code == 2


def test_an_interrupt_ends_quietly(
    models_dir: Path, portrait: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("emotion_core.cli.analyze.find_files", interrupted)
    assert main(["analyze", str(portrait)]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_six_output_network_is_named(models_dir: Path, portrait: Path, capsys: Capture) -> None:
    write_fixed_model(models_dir / "six", "sad")
    (models_dir / "six" / "model.onnx").write_bytes(network(outputs=6))
    main(["analyze", str(portrait), "--model", "six"])
    assert "7 outputs" in capsys.readouterr().err

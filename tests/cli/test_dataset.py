"""``dataset audit``, ``dataset demo`` and ``dataset download`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emotion_core.cli.main import main
from tests.data.sets import folders, pixels, table, votes, zipped

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    root = folders(tmp_path / "faces", "train/happy/a.png", "train/sad/b.png", "test/happy/c.png")
    (root / "test" / "happy" / "copy.png").write_bytes((root / "train" / "happy" / "a.png").read_bytes())
    (root / "train" / "happy" / "notes.txt").write_text("text")
    return root


def test_the_table_for_people(faces: Path, capsys: Capture) -> None:
    assert main(["dataset", "audit", str(faces)]) == 0
    out, err = capsys.readouterr()
    assert "faces: 4 images" in out
    assert "1 extra in 1 groups, 1 of them across splits, 0 with conflicting labels" in out
    assert "train/happy/notes.txt: This is not an image" in out
    assert "error" not in err


def test_json_and_the_manifest_for_machines(faces: Path, tmp_path: Path, capsys: Capture) -> None:
    manifest = tmp_path / "manifest.json"
    assert main(["dataset", "audit", str(faces), "--format", "json", "--manifest", str(manifest)]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["figures"]["extra_copies"] == 1
    assert facts["problems"][0]["name"] == "train/happy/notes.txt"
    written = json.loads(manifest.read_text())
    assert written["fingerprint"] == facts["fingerprint"]
    assert {image["name"]: image["flags"] for image in written["images"]}["train/happy/a.png"] == ["leak"]


def test_a_zip(faces: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(["dataset", "audit", str(zipped(faces, tmp_path / "faces.zip"))]) == 0
    assert "faces: 4 images" in capsys.readouterr().out


@pytest.mark.parametrize("given", [True, False], ids=["given", "found beside the data"])
def test_votes_are_compared_with_the_labels(given: bool, tmp_path: Path, capsys: Capture) -> None:
    rows = [["0", pixels(0), "Training"], ["2", pixels(1), "Training"], ["9", "", "Training"]]
    data = table(tmp_path / "fer2013.csv", rows)
    (tmp_path / "elsewhere").mkdir()
    plus = votes(tmp_path / ("elsewhere" if given else "") / "fer2013new.csv", [("Training", {"fear": 10})] * 3)
    arguments = ["dataset", "audit", str(data), *(["--fer-plus", str(plus)] if given else [])]
    assert main([*arguments, "--format", "json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["counts"]["train"]["fear"], facts["counts"]["train"]["angry"]) == (1, 1)
    assert (facts["figures"]["majority_images"], facts["figures"]["majority_is_label"]) == (2, 1)
    assert {row["flag"]: row["total"] for row in facts["findings"]}["disputed"] == 1
    assert facts["problems"][0]["name"] == "row 3"
    assert main(arguments) == 0
    assert (
        "Votes: on 2 images; more than half agree on 2, of which 1 (50.0%) have that label" in capsys.readouterr().out
    )


def test_a_table_of_other_votes_beside_the_data_is_not_used(faces: Path, capsys: Capture) -> None:
    votes(faces.parent / "fer2013new.csv", [("Training", {"fear": 10})])
    assert main(["dataset", "audit", str(faces)]) == 0
    out = capsys.readouterr().out
    assert "Votes" not in out and "disputed" not in out


def test_the_demo_set_is_drawn_once(tmp_path: Path, capsys: Capture) -> None:
    target = str(tmp_path / "demo")
    assert main(["dataset", "demo", target, "--per-class", "2"]) == 0
    assert capsys.readouterr().out.strip() == target
    assert main(["dataset", "audit", target, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["figures"]["images"] == 21
    assert main(["dataset", "demo", target]) == 2
    assert "not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["audit", "nothing"], "no such file or folder"),
        (["audit", "EMPTY"], "No data set was found"),
        (["audit", "TEXT"], "not a data set"),
        (["audit", "FACES", "--fer-plus", "nothing.csv"], "table cannot be read: No such file"),
        (["audit", "FACES", "--manifest", "nowhere/manifest.json"], "cannot be written"),
        (["download"], "Kaggle credentials"),
    ],
    ids=["nothing", "empty folder", "text file", "votes", "manifest", "kaggle"],
)
def test_an_error_is_one_line(
    arguments: list[str], reason: str, faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("text")
    places = {"EMPTY": tmp_path / "empty", "TEXT": tmp_path / "notes.txt", "FACES": faces}
    assert main(["dataset", *(str(places.get(argument, argument)) for argument in arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.strip().splitlines()
    assert line.startswith("error: ")
    assert reason in line

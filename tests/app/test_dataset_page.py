"""The page Dataset: choosing, counting, browsing, auditing, and everything that can be wrong with a choice."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import Open
from tests.data.sets import face, folders, pixels, put, table, votes, zipped
from tests.files.test_archive import archive_of

PAGE = "learn/dataset.py"


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("EMOTION_DATA_DIR", str(folder))
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    return folder


def bomb() -> bytes:
    """An archive that declares three gigabytes."""
    return archive_of("bomb", data=bytes(1001)).replace(struct.pack("<I", 1001), struct.pack("<I", 3_000_000_000))


def press(page: AppTest, label: str) -> AppTest:
    (button,) = (button for button in page.button if button.label == label)
    button.click().run()
    assert not page.exception
    return page


def at(page: AppTest, place: str) -> AppTest:
    """Go to one of the four ways to choose."""
    page.segmented_control(key="dataset_place").set_value(place).run()
    assert not page.exception
    return page


def take_path(page: AppTest, path: Path | str, fer_plus: Path | str = "") -> AppTest:
    at(page, "path")
    page.text_input(key="dataset_path_text").set_value(str(path))
    page.text_input(key="dataset_votes_text").set_value(str(fer_plus))
    return press(page, "Use this path")


def take_upload(page: AppTest, name: str, data: bytes) -> AppTest:
    at(page, "upload")
    page.file_uploader(key="dataset_upload").set_value((name, data, "application/octet-stream")).run()
    return press(page, "Use this file")


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def test_without_data_it_says_how_to_get_some(open_page: Open) -> None:
    page = open_page(PAGE)
    assert "FER-2013" in page.info[0].value
    assert not page.metric


def test_the_demo_set_is_made_chosen_and_audited(open_page: Open, data_dir: Path) -> None:
    page = press(open_page(PAGE), "Create demo data")
    assert page.session_state["dataset_path"] == str(data_dir / "demo")
    assert metrics(page) == {"Images": "525", "Train": "420", "Test": "105", "Left out": "0"}
    press(page, "Audit this data set")
    assert metrics(page)["Extra copies"] == "0"
    assert [button.label for button in page.get("download_button")] == [
        "Manifest (JSON)",
        "Report (JSON)",
        "Flags (CSV)",
    ]


def test_a_folder_with_flaws_is_shown_with_them(open_page: Open, tmp_path: Path) -> None:
    root = folders(tmp_path / "faces", "train/happy/a.png", "train/sad/b.png", "test/happy/c.png")
    shutil.copy(root / "train" / "happy" / "a.png", root / "test" / "happy" / "copy.png")
    (root / "train" / "happy" / "notes.txt").write_text("text")
    page = take_path(open_page(PAGE), root)
    assert metrics(page)["Left out"] == "1"
    assert any("no image of angry" in warning.value for warning in page.warning)
    press(page, "Audit this data set")
    assert (metrics(page)["Extra copies"], metrics(page)["Found in two splits"]) == ("1", "1")
    page.selectbox[0].set_value("sad").run()
    page.selectbox[1].set_value("leak").run()
    assert not page.exception
    assert "No image matches" in page.info[0].value


@pytest.mark.parametrize("kind", ["zip", "csv"])
def test_an_upload_is_kept_and_chosen(kind: str, open_page: Open, tmp_path: Path, data_dir: Path) -> None:
    if kind == "zip":
        path = zipped(folders(tmp_path / "faces", "happy/a.png", "sad/b.png"), tmp_path / "my faces.zip")
    else:
        rows = [["3", pixels(0), "Training"], ["4", pixels(1), "Training"], ["9", "", "Training"]]
        path = table(tmp_path / "my faces.csv", rows)
    page = take_upload(open_page(PAGE), path.name, path.read_bytes())
    assert metrics(page) == {"Images": "2", "Train": "2", "Left out": "0" if kind == "zip" else "1"}
    chosen = Path(page.session_state["dataset_path"])
    assert chosen.is_relative_to(data_dir / "uploads") and chosen.exists()
    assert len(list((data_dir / "uploads").iterdir())) == 1


def voted_page(open_page: Open, tmp_path: Path) -> AppTest:
    """Open a data set whose three images are labeled angry, beside votes for fear, for angry, and for nothing clear."""
    path = table(tmp_path / "fer2013.csv", [["0", pixels(i), "Training"] for i in range(4)])
    counts = [{"fear": 9, "anger": 1}, {"anger": 10}, {"sadness": 5, "neutral": 5}, {}]
    (tmp_path / "elsewhere").mkdir()
    plus = votes(tmp_path / "elsewhere" / "fer2013new.csv", [("Training", count) for count in counts])
    page = take_path(open_page(PAGE), path, plus)
    assert page.session_state["dataset_fer_plus"] == str(plus)
    return page


def said(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.caption])


def test_votes_stand_beside_the_labels_and_say_where_people_disagree(open_page: Open, tmp_path: Path) -> None:
    page = voted_page(open_page, tmp_path)
    assert metrics(page)["Left out"] == "0"
    assert "On **66.7%** of 3 images, more than half of the votes" in said(page)
    assert "1 image has no votes." in said(page)
    assert "The label is the majority's expression on **50.0%** of 2 images." in said(page)
    assert "1 image on which more than half of the people name another expression" in said(page)
    page.button_group(key="people_view").set_value("People among themselves").run()
    assert "1 image on which no answer has more than half of the votes" in said(page)
    page.selectbox(key="people_label").set_value("happy").run()
    assert not page.exception
    assert any("No image matches" in info.value for info in page.info)


def test_the_audit_counts_disputed_labels(open_page: Open, tmp_path: Path) -> None:
    page = voted_page(open_page, tmp_path)
    next(button for button in page.button if button.label == "Audit this data set").click().run()
    assert not page.exception
    assert (metrics(page)["Disputed labels"], metrics(page)["No face"]) == ("1", "0")


def test_data_without_votes_say_how_to_add_them(open_page: Open, tmp_path: Path) -> None:
    page = take_path(open_page(PAGE), table(tmp_path / "fer2013.csv", [["0", pixels(0), "Training"]]))
    assert "This data set has no votes." in said(page)
    assert "What people say" not in [element.value for element in page.subheader]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("faces.zip", b"no archive", "incomplete or damaged"),
        ("faces.zip", archive_of("../../outside.txt"), "leads out of its folder"),
        ("faces.zip", bomb(), "larger than"),
        ("fer2013.csv", b"name,age\nAda,36\n", "no column 'emotion'"),
        ("faces.zip", archive_of("notes.txt"), "No data set was found"),
    ],
    ids=["text", "path traversal", "bomb", "other table", "no faces"],
)
def test_a_bad_upload_is_one_message(
    name: str, data: bytes, reason: str, open_page: Open, tmp_path: Path, data_dir: Path
) -> None:
    page = take_upload(open_page(PAGE), name, data)
    assert [error.value for error in page.error if reason in error.value]
    assert not list(tmp_path.rglob("outside.txt"))
    assert not [entry for entry in (data_dir / "uploads").iterdir() if entry.name.startswith(".")]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "Enter the path"),
        ("/nothing/there", "no such file"),
        ("a\0b", "no such file"),
        ("x" * 5000, "not the name"),
        ("EMPTY", "No data set"),
    ],
    ids=["nothing", "missing", "null", "long name", "empty folder"],
)
def test_a_bad_path_is_one_message(path: str, reason: str, open_page: Open, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    page = take_path(open_page(PAGE), tmp_path / "empty" if path == "EMPTY" else path)
    assert len(page.error) == 1
    assert reason in page.error[0].value


def test_a_folder_that_was_deleted_is_said_and_another_can_be_chosen(open_page: Open, tmp_path: Path) -> None:
    root = folders(tmp_path / "faces", "happy/a.png")
    page = take_path(open_page(PAGE), root)
    shutil.rmtree(root)
    page.run()
    assert not page.exception
    assert "no longer there" in page.error[0].value
    assert metrics(press(at(page, "demo"), "Create demo data"))["Images"] == "525"


def test_a_folder_that_changed_is_read_again(open_page: Open, tmp_path: Path) -> None:
    root = folders(tmp_path / "faces", "happy/a.png")
    page = take_path(open_page(PAGE), root)
    put(root / "happy" / "b.png", face(1))
    press(page, "Read the files again")
    assert metrics(page)["Images"] == "2"


def test_kaggle_without_credentials_says_how_to_get_them(open_page: Open) -> None:
    page = press(at(open_page(PAGE), "kaggle"), "Download")
    assert "kaggle.json" in page.error[0].value

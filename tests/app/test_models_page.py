"""The page Models: leaderboard, one model's figures and mistakes, comparison, actions, installation."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.data.load import load_dataset
from emotion_core.measure.accuracy import evaluate
from emotion_core.measure.mistakes import worst, write_mistakes
from emotion_core.models.manage import zip_model
from emotion_core.models.registry import ModelRegistry
from tests.app.conftest import Open
from tests.bad_input import BAD_MODELS, Writer
from tests.data.sets import FER_COUNTS, folders, table
from tests.model_files import write_fixed_model, write_model

PAGE = "learn/models.py"


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """A data set with a test split: two happy faces, one sad and one angry."""
    places = ("train/happy/a.png", "test/happy/b.png", "test/happy/c.png", "test/sad/d.png", "test/angry/e.png")
    return folders(tmp_path / "faces", *places)


def press(page: AppTest, label: str) -> AppTest:
    (button,) = (button for button in page.button if button.label == label)
    button.click().run()
    assert not page.exception
    return page


def run_on(page: AppTest, form: str, button: str, path: Path | str, split: str = "test") -> AppTest:
    page.text_input(key=f"{form}_path").set_value(str(path))
    page.selectbox(key=f"{form}_split").set_value(split)
    return press(page, button)


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def titles(page: AppTest) -> list[str]:
    return list(boards(page)[0]["title"])


def boards(page: AppTest) -> list[pd.DataFrame]:
    """The leaderboards: against votes and then against labels, one table for each data set."""
    return [table.value for table in page.dataframe if "title" in table.value]


def charts(page: AppTest) -> int:
    return len(page.get("plotly_chart"))


def pictures(page: AppTest) -> list[str]:
    """The captions of all pictures."""
    return [caption for image in page.image for caption in image.captions]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def give_card(models_dir: Path, name: str, metrics: object) -> None:
    path = models_dir / name / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "metrics": metrics}))


def test_a_model_without_figures_is_listed_and_can_be_measured(open_page: Open) -> None:
    page = open_page(PAGE)
    assert not page.error
    table = boards(page)[0]
    assert titles(page) == ["Test model always_happy", "DeepFace"]
    assert table["ms"][0] > 0 and table["accuracy"].isna().all()
    assert "Not measured" in [caption.value for caption in page.caption]
    assert any("has not been measured" in info.value for info in page.info)


def test_deepface_shows_what_its_author_states(open_page: Open) -> None:
    page = open_page(PAGE)
    page.selectbox(key="models_selected").set_value("deepface").run()
    assert not page.exception
    assert "57.4" in "\n".join(element.value for element in page.markdown)
    assert [button.label for button in page.button][:1] == ["Use on the live page"]
    assert "Delete" not in [button.label for button in page.button]


def test_without_own_models_deepface_is_left(open_page: Open, models_dir: Path) -> None:
    (models_dir / "always_happy" / "card.json").unlink()
    page = open_page(PAGE)
    assert titles(page) == ["DeepFace"]
    assert any("No model of your own" in info.value for info in page.info)
    assert any("two usable models" in info.value for info in page.info)


@pytest.mark.parametrize("case", BAD_MODELS)
def test_a_broken_model_shows_its_fault_and_the_others_stay(case: str, open_page: Open, models_dir: Path) -> None:
    write: Writer = BAD_MODELS[case]
    write(models_dir / "bad")
    page = open_page(PAGE)
    assert len(page.error) == 1
    assert "Test model always_happy" in titles(page)
    assert not page.button[0].disabled
    page.selectbox(key="models_selected").set_value("bad").run()
    assert not page.exception
    assert page.button[0].label == "Use on the live page" and page.button[0].disabled


def test_the_card_tells_single_view_and_mirror_image_apart(open_page: Open, models_dir: Path, faces: Path) -> None:
    from emotion_core.data.load import load_dataset

    result = evaluate(ModelRegistry(models_dir).load("always_happy"), load_dataset(faces).splits["test"]).to_dict()
    single, mirrored = {**result, "chosen_on_it": True}, {**result, "accuracy": 0.75}
    give_card(models_dir, "always_happy", {"test": single, "test, with its mirror image": mirrored})
    page = open_page(PAGE)
    row = next(board.iloc[0] for board in boards(page) if "mirrored" in board)
    assert (row["accuracy"], row["mirrored"]) == (0.5, 0.75)
    assert "Measured on test" in [caption.value for caption in page.caption]
    assert row["ece"] == pytest.approx(result["ece"])
    assert metrics(page)["Accuracy"] == "50.0%"
    assert any("flatter" in caption.value for caption in page.caption)
    assert charts(page) == 4  # leaderboard, confusion, expressions, reliability
    (choice,) = (element for element in page.segmented_control if element.label == "Measured on")
    choice.set_value("test, with its mirror image").run()
    assert not page.exception
    assert metrics(page)["Accuracy"] == "75.0%"


@pytest.mark.parametrize(
    "metrics_on_card",
    [
        {"PublicTest": 3},
        {"PublicTest": {"accuracy": "high"}},
        {"PublicTest": {"accuracy": 0.5, "confusion": [[1]], "per_class": [], "reliability": [{"count": "x"}]}},
        {"PublicTest": {"accuracy": 0.5, "images": "all", "per_class": {"happy": 1}, "reliability": "none"}},
    ],
    ids=["number", "text", "other shapes", "other types"],
)
def test_figures_in_another_form_do_not_break_the_page(
    metrics_on_card: object, open_page: Open, models_dir: Path
) -> None:
    give_card(models_dir, "always_happy", metrics_on_card)
    page = open_page(PAGE)
    assert not page.error and titles(page)[0] == "Test model always_happy"


@pytest.fixture
def voted(faces: Path) -> Path:
    """The data set with votes: people call b and the sad face happy, and disagree on the others."""
    counts = {
        "test/happy/b.png": {"happiness": 9, "fear": 1},
        "test/happy/c.png": {"happiness": 5, "neutral": 5},
        "test/sad/d.png": {"happiness": 8, "sadness": 2},
        "test/angry/e.png": {"anger": 5, "disgust": 5},
    }
    rows = [[name, *(str(count.get(column, 0)) for column in FER_COUNTS)] for name, count in counts.items()]
    table(faces.parent / "ferplus_votes.csv", rows, ("path", *FER_COUNTS))
    return faces


def vote_figures(models_dir: Path, voted: Path) -> dict[str, object]:
    from emotion_core.data.load import load_dataset
    from emotion_core.measure.votes import evaluate_votes

    test = load_dataset(voted).splits["test"]
    return evaluate_votes(ModelRegistry(models_dir).load("always_happy"), test).to_dict()


@pytest.mark.parametrize(
    ("learned_from", "accuracy"), [("votes", "100.0%"), ("labels", "50.0%")], ids=["from votes", "from labels"]
)
def test_the_card_has_two_scores_and_shows_first_what_the_model_learned_from(
    learned_from: str, accuracy: str, open_page: Open, models_dir: Path, voted: Path
) -> None:
    path = models_dir / "always_happy" / "card.json"
    of_votes = {"vote_metrics": {"test": vote_figures(models_dir, voted)}, "learned_from": learned_from}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"metrics": {"test": {"accuracy": 0.5}}} | of_votes))
    page = open_page(PAGE)
    votes, labels = (
        next(board.iloc[0] for board in boards(page) if column in board) for column in ("fer_plus", "mirrored")
    )
    assert (votes["accuracy"], labels["accuracy"]) == (1.0, 0.5)
    assert votes["fer_plus"] == 1.0 and votes["distance"] > 0
    assert metrics(page)["Accuracy"] == accuracy
    (choice,) = (element for element in page.segmented_control if element.label == "Compared with")
    choice.set_value("labels" if learned_from == "votes" else "votes").run()
    assert not page.exception
    assert metrics(page)["Accuracy"] == ("50.0%" if accuracy == "100.0%" else "100.0%")
    assert ("One person" in metrics(page)) == (learned_from == "labels")


@pytest.mark.parametrize(
    "figures",
    [{"test": 3}, {"test": {"accuracy": "high"}}, {"test": {"accuracy": 0.9, "distance": "near"}}],
    ids=["number", "text", "other type"],
)
def test_vote_figures_in_another_form_do_not_break_the_page(figures: object, open_page: Open, models_dir: Path) -> None:
    path = models_dir / "always_happy" / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"vote_metrics": figures}))
    page = open_page(PAGE)
    assert not page.error and titles(page)[0] == "Test model always_happy"


def test_mistakes_show_what_people_say_and_mark_where_they_disagree(open_page: Open, voted: Path) -> None:
    page = run_on(open_page(PAGE), "measure", "Measure", voted)
    assert metrics(page)["Accuracy"] == "50.0%"
    said = {caption.split(",")[0]: caption for caption in pictures(page)}
    assert said["sad"].endswith("people: happy 8, sad 2")
    assert said["angry"].endswith("people: angry 5, disgust 5; people disagreed")
    page.toggle(key="models_agreed").set_value(True).run()
    assert [caption.split(",")[0] for caption in pictures(page)] == ["sad"]


def test_the_mistakes_of_a_model_of_votes_are_those_against_the_majority(
    open_page: Open, models_dir: Path, voted: Path
) -> None:
    path = models_dir / "always_happy" / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"learned_from": "votes"}))
    page = run_on(open_page(PAGE), "measure", "Measure", voted)
    assert metrics(page)["Accuracy"] == "100.0%" and metrics(page)["Faces with a majority"] == "2"
    assert not pictures(page) and any("read correctly" in success.value for success in page.success)
    assert any("**Learned from:** people's votes" in element.value for element in page.markdown)


def test_mistakes_that_came_with_the_model_show_before_any_measurement(
    open_page: Open, models_dir: Path, voted: Path
) -> None:
    test = load_dataset(voted).splits["test"]
    happy = np.tile(np.array([0.02, 0.02, 0.02, 0.9, 0.02, 0.01, 0.01]), (len(test), 1))
    write_mistakes(models_dir / "always_happy" / "mistakes.json", "PublicTest", {"labels": worst(test, happy, 9)})
    page = open_page(PAGE)
    table = page.dataframe[0].value
    assert set(table["label"]) == {"sad", "angry"} and set(table["read as"]) == {"happy"}
    assert any("Choose FER-2013 on the Dataset page" in caption.value for caption in page.caption)
    page.session_state["dataset_path"] = str(voted)
    page.run()
    assert sorted(caption.split(",")[0] for caption in pictures(page)) == ["angry", "sad"]
    assert any("people: happy 8, sad 2" in caption for caption in pictures(page))


def test_broken_mistakes_are_a_warning_and_the_page_goes_on(open_page: Open, models_dir: Path) -> None:
    (models_dir / "always_happy" / "mistakes.json").write_text("{}")
    page = open_page(PAGE)
    assert any("cannot be read" in warning.value for warning in page.warning)
    assert any("Measure the model on a data set above" in info.value for info in page.info)


def test_measuring_shows_charts_and_mistakes(open_page: Open, faces: Path) -> None:
    page = run_on(open_page(PAGE), "measure", "Measure", faces)
    assert metrics(page) == {"Accuracy": "50.0%", "Macro-F1": "22.2%", "Calibration error": "40.1%", "Faces": "4"}
    assert charts(page) == 3
    assert sorted(caption.split(",")[0] for caption in pictures(page)) == ["angry", "sad"]
    assert all("read as happy 90%" in caption for caption in pictures(page))
    page.toggle(key="models_gradcam").set_value(True).run()
    assert not page.exception
    assert "no model.keras" in page.warning[0].value
    assert len(pictures(page)) == 2


def test_the_data_set_chosen_elsewhere_stands_in_the_form(open_page: Open, faces: Path) -> None:
    page = open_page("entry/about.py")
    page.session_state["dataset_path"] = str(faces)
    page.switch_page(f"pages/{PAGE}").run()
    assert page.text_input(key="measure_path").value == str(faces)
    assert metrics(press(page, "Measure"))["Faces"] == "4"


@pytest.mark.parametrize(
    ("path", "split", "reason"),
    [
        ("", "test", "Enter the path"),
        ("/nothing/there", "test", "no such file"),
        ("FACES", "private", "no split private"),
        ("EMPTY", "test", "No data set"),
    ],
    ids=["nothing", "missing", "split", "empty"],
)
@pytest.mark.parametrize("form", ["measure", "compare"])
def test_data_that_cannot_be_read_is_one_message(
    form: str, path: str, split: str, reason: str, open_page: Open, models_dir: Path, faces: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    write_fixed_model(models_dir / "always_sad", "sad")
    chosen = {"FACES": str(faces), "EMPTY": str(tmp_path / "empty")}.get(path, path)
    page = run_on(open_page(PAGE), form, form.capitalize(), chosen, split)
    assert [error.value for error in page.error if reason in error.value]
    assert len(page.error) == 1


def test_two_models_are_compared_on_the_same_faces(open_page: Open, models_dir: Path, faces: Path) -> None:
    write_fixed_model(models_dir / "always_sad", "sad")
    page = run_on(open_page(PAGE), "compare", "Compare", faces)
    assert metrics(page) == {
        "Accuracy of Test model always_happy": "50.0%",
        "Accuracy of Test model always_sad": "25.0%",
        "Agreement": "0.0%",
        "Both right": "0.0%",
        "Only one right": "75.0%",
    }
    assert (
        sorted(pictures(page))[0] == "True angry · Test model always_happy happy ✗ · Test model always_sad sad ✗"
        and len(pictures(page)) == 4
    )
    page.selectbox(key="compare_second").set_value("always_happy").run()
    assert any("two different models" in info.value for info in page.info)


def test_equal_models_agree_everywhere(open_page: Open, models_dir: Path, faces: Path) -> None:
    write_fixed_model(models_dir / "happy_too", "happy")
    page = run_on(open_page(PAGE), "compare", "Compare", faces)
    assert metrics(page)["Agreement"] == "100.0%"
    assert any("read every face alike" in success.value for success in page.success)


def test_one_press_and_the_live_page_uses_it(open_page: Open, models_dir: Path) -> None:
    write_fixed_model(models_dir / "always_sad", "sad")
    page = open_page(PAGE)
    page.selectbox(key="models_selected").set_value("always_sad").run()
    press(page, "Use on the live page")
    assert page.title[0].value == "Live"
    assert page.selectbox(key="live_model").value == "always_sad"


def test_a_model_is_renamed_and_stays_chosen(open_page: Open, models_dir: Path) -> None:
    page = press(open_page(PAGE), "Rename")
    page.text_input(key="models_title_always_happy").set_value("Always happy")
    page.text_input(key="models_name_always_happy").set_value("renamed")
    press(page, "Save")
    assert names(models_dir) == ["renamed"]
    assert page.selectbox(key="models_selected").value == "renamed"
    assert titles(page)[0] == "Always happy"
    assert "Save" not in [button.label for button in page.button]


@pytest.mark.parametrize(("name", "reason"), [("always_sad", "already"), ("../x", "lowercase"), ("", "lowercase")])
def test_a_bad_new_name_is_one_message_in_the_dialog(name: str, reason: str, open_page: Open, models_dir: Path) -> None:
    write_fixed_model(models_dir / "always_sad", "sad")
    page = press(open_page(PAGE), "Rename")
    page.text_input(key="models_name_always_happy").set_value(name)
    press(page, "Save")
    assert len(page.error) == 1 and reason in page.error[0].value
    assert names(models_dir) == ["always_happy", "always_sad"]


def test_deleting_asks_first(open_page: Open, models_dir: Path) -> None:
    write_fixed_model(models_dir / "always_sad", "sad")
    page = press(open_page(PAGE), "Delete")
    assert "Test model always_happy" in "\n".join(element.value for element in page.markdown)
    press(page, "Keep it")
    assert names(models_dir) == ["always_happy", "always_sad"]
    assert "Delete for good" not in [button.label for button in page.button]
    press(press(page, "Delete"), "Delete for good")
    assert names(models_dir) == ["always_sad"]
    assert titles(page) == ["Test model always_sad", "DeepFace"]


def test_a_model_that_was_deleted_meanwhile_is_no_error(open_page: Open, models_dir: Path) -> None:
    write_model(models_dir / "second")
    page = open_page(PAGE)
    page.selectbox(key="models_selected").set_value("second").run()
    for path in (models_dir / "second").iterdir():
        path.unlink()
    page.run()
    assert not page.exception
    assert titles(page) == ["Test model always_happy", "DeepFace"]


def test_a_model_can_be_downloaded(open_page: Open, models_dir: Path) -> None:
    page = open_page(PAGE)
    assert [button.label for button in page.get("download_button")] == ["Download"]
    with zipfile.ZipFile(io.BytesIO(zip_model(models_dir, "always_happy"))) as archive:
        assert archive.namelist() == ["always_happy/card.json", "always_happy/model.onnx"]


def test_a_downloaded_model_can_be_installed_again(open_page: Open, models_dir: Path) -> None:
    page = open_page(PAGE)
    packed = zip_model(models_dir, "always_happy")
    page.file_uploader[0].set_value(("always_happy.zip", packed, "application/zip"))
    page.text_input(key="install_name").set_value("happy-again")
    press(page, "Install")
    assert not page.error
    assert ModelRegistry(models_dir).entry("happy-again").error is None


@pytest.mark.parametrize(
    ("file", "name", "reason"),
    [
        (None, "mine", "Choose a file"),
        (("model.keras", b"not a model"), "mine", "not a whole Keras model"),
        (("model.h5", b""), "mine", "The file is empty"),
        (("model.zip", b"PK not a zip"), "mine", "incomplete or damaged"),
        (("model.h5", b"x"), "My Model", "lowercase letters"),
        (("model.h5", b"x"), "always_happy", "already"),
        (("model.h5", b"x"), "../../etc", "lowercase letters"),
    ],
    ids=["no file", "text", "empty", "no zip", "spaces", "taken", "path"],
)
def test_a_file_that_cannot_be_installed_is_one_message(
    file: tuple[str, bytes] | None, name: str, reason: str, open_page: Open, models_dir: Path
) -> None:
    page = open_page(PAGE)
    before = sorted(models_dir.iterdir())
    if file:
        page.file_uploader[0].set_value((*file, "application/octet-stream"))
    page.text_input(key="install_name").set_value(name)
    press(page, "Install")
    assert len(page.error) == 1
    assert reason in page.error[0].value
    assert sorted(models_dir.iterdir()) == before

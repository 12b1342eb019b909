"""The page Train in Streamlit's own test runner: empty states, settings, a queued run, and all ways it can end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.data.demo import make_demo_set
from emotion_core.language import Message
from emotion_core.train.runs import FAILED, FINISHED, STOPPED, Progress, Run, RunConfig
from tests.app.conftest import Open
from tests.data.sets import FER_COUNTS, table
from tests.model_files import write_model


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    make_demo_set(tmp_path / "faces", per_class=4)
    return tmp_path / "faces"


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def with_data(page: AppTest, faces: Path) -> AppTest:
    page.session_state["dataset_path"] = str(faces)
    page.run()
    assert not page.exception
    return page


def start(page: AppTest) -> AppTest:
    next(button for button in page.button if button.label == "Start").click().run()
    assert not page.exception
    return page


def start_of_settings(page: AppTest, runs_dir: Path) -> str:
    """Press Start without starting a process, and say what the run that was asked for learns from."""
    asked: list[RunConfig] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("emotion_core.train.jobs.start_run", lambda runs_dir, config, models_dir: asked.append(config))
        start(page)
    return f"from {asked[0].fit.learn_from}"


def name_of(page: AppTest) -> str:
    return page.text_input(key="train_name").value or ""


def texts(page: AppTest) -> str:
    return "\n".join([*(element.value for element in page.markdown), *(element.value for element in page.caption)])


def test_without_data_it_says_how_to_get_some(open_page: Open) -> None:
    page = open_page("learn/train.py")
    assert "No runs yet" in page.info[0].value
    assert any("demo data" in button.label for button in page.button)
    assert not any(button.label == "Start" for button in page.button)


def test_presets_fill_the_settings_and_bad_values_are_said(open_page: Open, faces: Path) -> None:
    page = with_data(open_page("learn/train.py"), faces)
    assert page.number_input(key="train_detail_epochs_quick").value == 8
    page.text_input(key="train_name").set_value("My Run").run()
    assert not page.exception
    assert "lowercase" in page.error[0].value
    assert next(button for button in page.button if button.label == "Start").disabled


def test_another_preset_fills_its_own_settings_and_keeps_the_comparison(
    open_page: Open, faces: Path, runs_dir: Path
) -> None:
    for name in ("a_b", "c_d"):
        Run.create(runs_dir, RunConfig(name, str(faces))).write(Progress(FINISHED, 1.0))
    page = with_data(open_page("learn/train.py"), faces)
    (compare,) = (box for box in page.multiselect if box.label == "Runs to compare")
    compare.set_value(["a_b", "c_d"]).run()
    page.button(key="train_shuffle").click().run()
    page.number_input(key="train_detail_epochs_quick").set_value(3).run()
    page.button_group(key="train_preset").set_value("article").run()
    assert page.number_input(key="train_detail_epochs_article").value == 50
    page.button_group(key="train_preset").set_value("quick").run()
    assert not page.exception
    assert page.number_input(key="train_detail_epochs_quick").value == 8
    (compare,) = (box for box in page.multiselect if box.label == "Runs to compare")
    assert sorted(compare.value) == ["a_b", "c_d"]
    assert page.session_state["train_preview_seed"] == 1


def test_start_queues_a_run_with_the_chosen_settings(
    open_page: Open, faces: Path, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    monkeypatch.setattr("emotion_core.train.jobs._spawn", lambda run, models_dir: started.append(run.name))
    page = with_data(open_page("learn/train.py"), faces)
    page.text_input(key="train_name").set_value("mine")
    page.number_input(key="train_detail_epochs_quick").set_value(3)
    page.run()
    assert page.selectbox(key="train_validation").options == [
        "on a tenth of train, held out",
        "on test (PublicTest in FER-2013)",
    ]
    start(page)
    assert started == ["mine"]
    config = Run(runs_dir / "mine").config
    assert (config.fit.epochs, config.validation, config.data) == (3, "holdout", str(faces))
    assert "queued" in texts(page)
    page.text_input(key="train_name").set_value("mine").run()
    start(page)
    assert "already" in page.error[0].value


def test_the_name_follows_the_architecture_until_one_is_typed(
    open_page: Open, faces: Path, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotion_core.train.jobs._spawn", lambda run, models_dir: None)
    page = with_data(open_page("learn/train.py"), faces)
    name = name_of(page)
    assert name.startswith("article-cnn-")
    page.number_input(key="train_detail_epochs_quick").set_value(3).run()
    assert name_of(page) == name
    page.selectbox(key="train_detail_arch_quick").select("mini_xception").run()
    assert name_of(page).startswith("mini-xception-")
    page.text_input(key="train_name").set_value("mine")
    page.selectbox(key="train_detail_arch_quick").select("article_cnn").run()
    assert name_of(page) == "mine"
    start(page)
    assert Run(runs_dir / "mine").config.fit.arch == "article_cnn"
    assert name_of(page).startswith("article-cnn-")


@pytest.mark.parametrize(
    ("progress", "shown"),
    [
        (Progress(FINISHED, 1.0), "finished"),
        (Progress(STOPPED, 1.0), "stopped"),
        (Progress(FAILED, 1.0, error=Message("The disk is full. Make room, then resume the run.")), "failed"),
        (Progress("running", 1.0, epoch=1, step=2, steps=9), "interrupted"),
    ],
    ids=["finished", "stopped", "failed", "process gone"],
)
def test_every_end_is_shown_with_what_can_be_done(
    progress: Progress, shown: str, open_page: Open, runs_dir: Path, faces: Path
) -> None:
    run = Run.create(runs_dir, RunConfig("one", str(faces)))
    run.write(progress)
    page = open_page("learn/train.py")
    assert shown in texts(page)
    assert [error.value for error in page.error] == ([str(progress.error)] if progress.error else [])
    assert any(button.label == "Resume" for button in page.button) == (shown != "finished")


def test_an_unreadable_run_spoils_no_other(open_page: Open, runs_dir: Path, faces: Path) -> None:
    Run.create(runs_dir, RunConfig("good", str(faces))).write(Progress(STOPPED, 1.0))
    (runs_dir / "bad").mkdir()
    (runs_dir / "bad" / "run.json").write_text(json.dumps({"name": "bad"}))
    page = open_page("learn/train.py")
    assert "good" in texts(page)


def test_a_data_set_that_is_gone_is_said(open_page: Open, tmp_path: Path) -> None:
    page = with_data(open_page("learn/train.py"), tmp_path / "gone")
    assert len(page.error) == 1


def test_a_plateau_and_a_model_to_start_from_are_chosen(
    open_page: Open, faces: Path, runs_dir: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotion_core.train.jobs._spawn", lambda run, models_dir: None)
    write_model(models_dir / "known", architecture="article_cnn", title="Known")
    (models_dir / "known" / "model.keras").write_bytes(b"weights")
    page = with_data(open_page("learn/train.py"), faces)
    assert page.selectbox(key="train_detail_start_quick_article_cnn").options == ["random weights", "Known"]
    page.selectbox(key="train_detail_start_quick_article_cnn").select("known")
    page.multiselect(key="train_detail_teacher_quick").set_value(["always_happy", "known"])
    page.selectbox(key="train_detail_sched_quick").select("plateau").run()
    page.number_input(key="train_detail_plateau_epochs_quick").set_value(3)
    page.slider(key="train_detail_teacher_share_quick").set_value(0.25)
    page.text_input(key="train_name").set_value("tuned").run()
    start(page)
    fit = Run(runs_dir / "tuned").config.fit
    assert (fit.start_from, fit.teacher, fit.teacher_share) == ("known", "always_happy,known", 0.25)
    assert (fit.schedule, fit.plateau_epochs, fit.plateau_factor) == ("plateau", 3, 0.5)


def test_only_models_of_the_same_architecture_can_be_started_from(open_page: Open, faces: Path) -> None:
    page = with_data(open_page("learn/train.py"), faces)
    page.selectbox(key="train_detail_arch_quick").select("mini_xception").run()
    assert page.selectbox(key="train_detail_start_quick_mini_xception").options == ["random weights"]


def test_what_to_learn_from_is_asked_where_the_data_has_votes(open_page: Open, faces: Path, runs_dir: Path) -> None:
    names = sorted("/".join(path.parts[-3:]) for path in faces.rglob("*.png"))
    page = with_data(open_page("learn/train.py"), faces)
    assert "train_detail_learn_from_quick" not in page.session_state
    page.button_group(key="train_preset").set_value("flagship").run()
    assert "from labels" in start_of_settings(page, runs_dir), "the preset's votes are not there to learn from"

    table(faces.parent / "ferplus_votes.csv", [[name, *["1"] * 10] for name in names], ("path", *FER_COUNTS))
    page = with_data(open_page("learn/train.py"), faces)
    assert page.button_group(key="train_detail_learn_from_quick").value == "labels"
    page.button_group(key="train_preset").set_value("flagship").run()
    assert page.button_group(key="train_detail_learn_from_flagship").value == "votes"
    assert page.slider(key="train_detail_smooth_flagship").disabled
    assert "from votes" in start_of_settings(page, runs_dir)

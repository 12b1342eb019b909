"""Every page without TensorFlow: what needs it says so and what to do; everything else works."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from emotion_core.data.demo import make_demo_set
from emotion_core.models.manage import zip_model
from emotion_core.models.registry import ModelRegistry
from emotion_core.train.config import FitConfig
from emotion_core.train.runs import HISTORY, STOPPED, Progress, Run, RunConfig
from tests.app.conftest import Open
from tests.hidden_packages import TENSORFLOW, hide

ROOT = Path(__file__).resolve().parents[2]
REMEDY = "needs TensorFlow, which is not installed here. Install it with `pip install -r requirements.txt`."


@pytest.fixture(autouse=True)
def without_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, *TENSORFLOW)


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    make_demo_set(tmp_path / "faces", per_class=4)
    return tmp_path / "faces"


@pytest.fixture
def run_before(models_dir: Path, tmp_path: Path, faces: Path) -> Run:
    """A stopped run with one epoch, trained when TensorFlow was still installed."""
    run = Run.create(tmp_path / "runs", RunConfig("before", str(faces), FitConfig(epochs=2)))
    run.write_history([dict.fromkeys(HISTORY, 0.25) | {"epoch": 1.0}])
    run.write(Progress(STOPPED, 1.0, epoch=1))
    return run


def button(page: AppTest, label: str) -> Button:
    (found,) = (button for button in page.button if button.label == label)
    return found


def press(page: AppTest, label: str) -> AppTest:
    button(page, label).click().run()
    assert not page.exception
    return page


def with_data(page: AppTest, faces: Path) -> AppTest:
    page.session_state["dataset_path"] = str(faces)
    page.run()
    assert not page.exception
    return page


def warnings(page: AppTest) -> list[str]:
    return [warning.value for warning in page.warning]


def faults(page: AppTest) -> list[str]:
    return [error.value for error in page.error] + warnings(page)


# What needs TensorFlow


def test_train_says_why_before_any_data_is_chosen(open_page: Open) -> None:
    page = open_page("learn/train.py")
    assert warnings(page) == [f"Training {REMEDY}"]
    assert page.info[0].value == "No runs yet."
    assert any("demo data" in button.label for button in page.button)


def test_train_shows_settings_and_samples_but_starts_and_measures_nothing(open_page: Open, faces: Path) -> None:
    page = with_data(open_page("learn/train.py"), faces)
    assert faults(page) == [f"Training {REMEDY}"]
    assert button(page, "Start").disabled and f"Training {REMEDY}" in [caption.value for caption in page.caption]
    measure = button(page, "Estimate time")
    assert measure.disabled and measure.help == f"Training {REMEDY}"
    assert {metric.label for metric in page.metric} == {"Parameters", "Input", "Layers"}
    assert len(page.get("plotly_chart")) == 1
    assert page.image[0].captions[0].startswith("First row: as they are")
    page.selectbox(key="train_detail_arch_quick").select("mini_xception").run()
    assert not page.exception


def test_an_earlier_run_keeps_its_curves_and_cannot_be_resumed(open_page: Open, run_before: Run) -> None:
    page = open_page("learn/train.py")
    assert len(page.get("plotly_chart")) == 1
    assert any("1 of 2 epochs" in caption.value for caption in page.caption)
    assert button(page, "Resume").disabled and button(page, "Resume").help == f"Training {REMEDY}"
    assert not button(page, "Delete the run").disabled


def test_a_run_on_another_backend_may_start_and_what_becomes_of_it_is_said(
    open_page: Open, faces: Path, run_before: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "packages" / "jax").mkdir(parents=True)
    (tmp_path / "packages" / "jax" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    started: list[str] = []
    monkeypatch.setattr("emotion_core.train.jobs._spawn", lambda run, models_dir: started.append(run.name))
    page = with_data(open_page("learn/train.py"), faces)
    (warning,) = warnings(page)
    assert "stays in the run's folder" in warning and REMEDY in warning
    assert not button(page, "Resume").disabled
    page.text_input(key="train_name").set_value("mine").run()
    press(page, "Start")
    assert started == ["mine"]


def test_models_takes_a_zip_and_says_why_no_keras_file(open_page: Open, models_dir: Path) -> None:
    page = open_page("learn/models.py")
    assert faults(page) == [f"Converting a Keras file to ONNX {REMEDY}"]
    assert page.file_uploader[0].label == "Zip of a model"
    page.file_uploader[0].set_value(("mine.zip", zip_model(models_dir, "always_happy"), "application/zip"))
    page.text_input(key="install_name").set_value("again")
    press(page, "Install")
    assert not page.error
    assert ModelRegistry(models_dir).entry("again").error is None


def test_tensorflow_that_was_removed_after_the_form_was_shown_is_one_message(
    open_page: Open, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.model.install.conversion_fault", lambda: None)
    page = open_page("learn/models.py")
    page.file_uploader[0].set_value(("model.h5", b"a network", "application/octet-stream"))
    page.text_input(key="install_name").set_value("mine")
    press(page, "Install")
    assert faults(page) == [f"Converting a Keras file to ONNX {REMEDY}"]
    assert sorted(path.name for path in models_dir.iterdir()) == ["always_happy"]


def test_grad_cam_says_what_it_needs_and_the_mistakes_stay(open_page: Open, models_dir: Path, faces: Path) -> None:
    shutil.copyfile(ROOT / "models" / "mini_xception" / "model.keras", models_dir / "always_happy" / "model.keras")
    page = open_page("learn/models.py")
    page.text_input(key="measure_path").set_value(str(faces))
    press(page, "Measure")
    shown = len(page.image)
    page.toggle(key="models_gradcam").set_value(True).run()
    assert not page.exception
    assert f"Grad-CAM {REMEDY}" in warnings(page)
    assert len(page.image) == shown > 0


# What does not


def test_live_opens_with_every_model(open_page: Open) -> None:
    page = open_page("analyze/live.py")
    assert page.selectbox(key="live_model").options == ["Test model always_happy", "DeepFace (not downloaded)"]
    assert not faults(page)


def test_pictures_are_read(open_page: Open, astronaut_bgr: np.ndarray) -> None:
    page = open_page("analyze/image.py")
    portrait = cv2.imencode(".png", astronaut_bgr)[1].tobytes()
    page.file_uploader[0].set_value([("portrait.png", portrait, "image/png")]).run()
    assert not page.exception and not faults(page)
    assert any("reads as **happy**" in markdown.value for markdown in page.markdown)


def test_the_video_page_opens_with_every_model(open_page: Open) -> None:
    page = open_page("analyze/video.py")
    assert page.selectbox(key="video_model").options == ["Test model always_happy", "DeepFace (not downloaded)"]
    assert not faults(page)


def test_a_data_set_is_read_and_audited(open_page: Open, faces: Path) -> None:
    page = with_data(open_page("learn/dataset.py"), faces)
    press(page, "Audit this data set")
    assert not faults(page)


def test_about_opens(open_page: Open) -> None:
    assert not faults(open_page("entry/about.py"))


# Without DeepFace's library as well

DEEPFACE = "DeepFace's library is not installed here. Choose another model, or install it with `pip install"


@pytest.mark.parametrize("page_and_key", [("analyze/live.py", "live_model"), ("analyze/image.py", "image_model")])
def test_choosing_deepface_is_one_message_on_the_page_and_fetches_nothing(
    page_and_key: tuple[str, str], open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, *TENSORFLOW, "deepface")
    page = open_page(page_and_key[0])
    page.session_state["image_sample"] = True
    page.selectbox(key=page_and_key[1]).select("deepface").run()
    assert not page.exception
    assert not page.error
    assert page.selectbox(key=page_and_key[1]).value != "deepface", "the model in use goes on"
    assert warnings(page)[0].startswith(DEEPFACE)  # beside the choice
    assert not (tmp_path / ".deepface").exists()


def test_models_lists_deepface_as_unusable(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    hide(monkeypatch, *TENSORFLOW, "deepface")
    page = open_page("learn/models.py")
    assert list(page.dataframe[0].value["title"]) == ["Test model always_happy", "DeepFace (cannot be used)"]
    page.selectbox(key="models_selected").set_value("deepface").run()
    assert not page.exception
    assert button(page, "Use on the live page").disabled
    assert any(info.value == "This model cannot be used, for the reason below." for info in page.info)


@pytest.mark.parametrize("page", ["analyze/live.py", "analyze/image.py", "analyze/video.py", "learn/models.py"])
def test_without_any_usable_model_every_page_opens(
    page: str, open_page: Open, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, *TENSORFLOW, "deepface")
    (models_dir / "always_happy" / "card.json").unlink()
    assert any(fault.startswith(DEEPFACE) for fault in faults(open_page(page)))

"""The image page through Streamlit's own runner: real pictures, and all that cannot be one."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import Open
from tests.bad_input import BAD_IMAGES, BAD_MODELS, Writer
from tests.model_files import write_fixed_model


@pytest.fixture
def portrait(astronaut_bgr: np.ndarray) -> bytes:
    return cv2.imencode(".png", astronaut_bgr)[1].tobytes()


def upload(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    uploads = [(name, data, "application/octet-stream") for name, data in files]
    page.file_uploader(key="image_uploads").set_value(uploads).run()
    assert not page.exception
    return page


def texts(page: AppTest) -> str:
    return "\n".join(element.value for element in page.markdown)


def test_an_empty_page_says_what_to_do_and_offers_a_sample(open_page: Open) -> None:
    page = open_page("analyze/image.py")
    assert "Drop one or many pictures" in page.info[0].value
    next(button for button in page.button if "sample" in button.label).click().run()
    assert not page.exception
    assert "reads as **happy**" in texts(page)


def test_a_face_is_named_with_a_table_and_downloads(open_page: Open, portrait: bytes) -> None:
    page = upload(open_page("analyze/image.py"), ("portrait.png", portrait))
    assert "**Face 1** reads as **happy**" in texts(page)
    table = page.dataframe[0].value
    assert table[["file", "face", "label"]].values.tolist() == [["portrait.png", 1, "happy"]]
    labels = {button.label for button in page.get("download_button")}
    assert {"Annotated PNG", "CSV", "JSON"} <= labels


def test_another_model_reads_the_same_picture_anew(open_page: Open, portrait: bytes, models_dir: Path) -> None:
    write_fixed_model(models_dir / "always_sad", "sad")
    page = upload(open_page("analyze/image.py"), ("portrait.png", portrait))
    page.selectbox(key="image_model").select("always_sad").run()
    assert "reads as **sad**" in texts(page)


def test_a_picture_without_a_face_can_be_taken_whole(open_page: Open) -> None:
    gray = cv2.imencode(".png", np.full((48, 48), 90, np.uint8))[1].tobytes()
    page = upload(open_page("analyze/image.py"), ("gray.png", gray))
    assert "No face was found" in page.info[0].value
    next(button for button in page.button if "whole picture" in button.label).click().run()
    assert "reads as **happy**" in texts(page)


@pytest.mark.parametrize("file", BAD_IMAGES.values(), ids=BAD_IMAGES)
def test_a_bad_picture_gets_one_message_and_the_good_one_goes_on(
    open_page: Open, portrait: bytes, file: tuple[str, bytes]
) -> None:
    page = upload(open_page("analyze/image.py"), file, ("portrait.png", portrait))
    assert len(page.error) == 1
    assert file[0] in page.error[0].value
    assert "reads as **happy**" in texts(page)


@pytest.mark.parametrize("write", BAD_MODELS.values(), ids=BAD_MODELS)
def test_a_bad_model_is_one_message(open_page: Open, portrait: bytes, models_dir: Path, write: Writer) -> None:
    write(models_dir / "bad")
    page = upload(open_page("analyze/image.py"), ("portrait.png", portrait))
    page.selectbox(key="image_model").select("bad").run()
    assert not page.exception
    assert len(page.error) == 1
    page.selectbox(key="image_model").select("always_happy").run()
    assert not page.error
    assert "reads as **happy**" in texts(page)


def test_a_detector_without_weights_says_how_to_install_it(open_page: Open, portrait: bytes) -> None:
    page = upload(open_page("analyze/image.py"), ("portrait.png", portrait))
    page.selectbox(key="image_detector").select("yunet").run()
    assert not page.exception
    assert "detectors install yunet" in page.error[0].value

"""The image page in Streamlit's own test runner: real pictures, and files that are none."""

from __future__ import annotations

import hashlib
import io
import socket
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image
from streamlit.runtime.uploaded_file_manager import UploadedFile
from streamlit.testing.v1 import AppTest

from emotion_core.classify.deepface import WEIGHTS_URL, weights_path
from emotion_core.detect import install_yunet, verifier, yunet
from emotion_core.media.images import ImageLimits, decode_image
from emotion_core.models.explain import Explanation
from emotion_core.results import Faces, FrameResult
from pages.image.reading import Picture, Reading
from pages.image.view import PER_PAGE
from pages.shared import choices, explanations
from pages.shared.markdown import escape_markdown
from tests.app.conftest import Open
from tests.bad_input import BAD_IMAGES, BAD_MODELS, Writer
from tests.detect.test_yunet import made_network
from tests.model_files import write_fixed_model


@pytest.fixture
def portrait(astronaut_bgr: np.ndarray) -> bytes:
    return cv2.imencode(".png", astronaut_bgr)[1].tobytes()


def upload(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    uploads = [(name, data, "application/octet-stream") for name, data in files]
    page.file_uploader(key="image_uploads").set_value(uploads).run()
    assert not page.exception
    return page


def unreachable(*args: object, **options: object) -> None:
    raise OSError("Network is unreachable")


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


def test_why_shows_where_the_model_looked_at_each_face(
    open_page: Open, portrait: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, ...]] = []

    def explain(folder: Path, faces: np.ndarray, columns: np.ndarray) -> Explanation:
        asked.append(faces.shape)
        return Explanation(np.ones(faces.shape, np.float32))

    monkeypatch.setattr(explanations, "explain_in_subprocess", explain)
    page = upload(open_page("analyze/image.py"), ("portrait.png", portrait))
    before = len(page.image)
    page.toggle(key="image-1-0-why").set_value(True).run()
    assert not page.exception
    assert asked == [(1, 48, 48)]
    assert len(page.image) == before + 1


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


def test_a_telephones_heic_is_read(open_page: Open, astronaut_bgr: np.ndarray) -> None:
    pillow_heif.register_heif_opener()
    buffer = io.BytesIO()
    Image.fromarray(astronaut_bgr[:, :, ::-1]).save(buffer, "HEIF")
    page = upload(open_page("analyze/image.py"), ("phone.heic", buffer.getvalue()))
    assert "**Face 1** reads as **happy**" in texts(page)


def test_every_face_of_a_group_is_found(open_page: Open, astronaut_bgr: np.ndarray) -> None:
    group = cv2.imencode(".jpg", np.hstack([astronaut_bgr] * 3))[1].tobytes()
    page = upload(open_page("analyze/image.py"), ("group.jpg", group))
    assert page.dataframe[0].value["face"].tolist() == [1, 2, 3]


def test_many_pictures_come_in_pages_and_all_errors_first(open_page: Open, portrait: bytes) -> None:
    files = [(f"{number}.png", portrait) for number in range(12)]
    page = upload(open_page("analyze/image.py"), *files, ("empty.jpg", b""))
    assert len(page.error) == 1
    assert texts(page).count("reads as **happy**") == PER_PAGE
    assert len(page.dataframe[0].value) == 12
    page.session_state["image_page_of_2"] = 2
    page.run()
    assert not page.exception
    assert texts(page).count("reads as **happy**") == 2
    assert len(page.error) == 1
    assert len(page.dataframe[0].value) == 12


def test_a_large_picture_is_kept_small_and_downloaded_in_its_own_size(astronaut_bgr: np.ndarray) -> None:
    data = cv2.imencode(".jpg", cv2.resize(astronaut_bgr, (2000, 2000)))[1].tobytes()
    frame = FrameResult(Faces.empty(), (2000, 2000))
    assert decode_image(Reading(Picture("large.jpg", data, "1"), b"", frame).annotated_png()).shape == (2000, 2000, 3)


def test_a_name_is_shown_as_it_is(open_page: Open) -> None:
    page = upload(open_page("analyze/image.py"), ("*a* $b$ [c](d) :e:.jpg", b""))
    assert r"\*a\* \$b\$ \[c\]\(d\) \:e\:.jpg" in page.error[0].value


class CountedBytes(bytes):
    """Counts how often it is hashed."""

    hashed = 0

    def __hash__(self) -> int:
        CountedBytes.hashed += 1
        return super().__hash__()


def test_a_rerun_neither_hashes_nor_reads_an_upload_again(
    open_page: Open, portrait: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CountedBytes, "hashed", 0)
    monkeypatch.setattr(UploadedFile, "getvalue", lambda upload: CountedBytes(io.BytesIO.getvalue(upload)))
    decoded: list[int] = []

    def counted(data: bytes, limits: ImageLimits) -> np.ndarray:
        decoded.append(len(data))
        return decode_image(data, limits)

    monkeypatch.setattr("pages.image.reading.decode_image", counted)
    page = upload(open_page("analyze/image.py"), ("portrait.png", portrait))
    page.run()
    page.run()
    assert "reads as **happy**" in texts(page)
    assert (CountedBytes.hashed, decoded) == (0, [len(portrait)])


def test_what_was_read_goes_with_its_picture(open_page: Open, portrait: bytes) -> None:
    page = upload(open_page("analyze/image.py"), ("a.png", portrait), ("b.png", portrait))
    assert len(page.session_state["image_readings"]) == 2
    page.session_state["image_whole_keys"] = {key for key, _ in page.session_state["image_readings"]}
    page = upload(page, ("c.png", portrait))
    assert [reading.name for reading in page.session_state["image_readings"].values()] == ["c.png"]
    page.file_uploader(key="image_uploads").set_value([]).run()
    assert "Drop one or many pictures" in page.info[0].value
    assert not page.session_state["image_readings"]
    assert not page.session_state["image_whole_keys"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1. Anna.jpg", r"1\. Anna.jpg"), ("- a.png", r"\- a.png"), ("a-1.5.png", "a-1.5.png"), ("é_ö.png", r"é\_ö.png")],
)
def test_plain_text_keeps_its_signs(text: str, expected: str) -> None:
    assert escape_markdown(text) == expected


def test_deepface_without_weights_and_network_says_which_file_goes_where(
    open_page: Open, portrait: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "create_connection", unreachable)
    page = upload(open_page("analyze/image.py"), ("portrait.png", portrait))
    box = page.selectbox(key="image_model")
    assert box.options[-1] == "DeepFace (not downloaded)"
    box.select("deepface").run()
    assert not page.exception
    assert page.selectbox(key="image_model").value == "always_happy", "the box shows what is in use"
    assert "reads as **happy**" in texts(page)
    page.button(key="image_model_weights").click().run()
    (error,) = page.error
    assert WEIGHTS_URL in error.value
    assert str(tmp_path / ".deepface" / "weights") in error.value
    assert page.selectbox(key="image_model").value == "always_happy"


def test_deepface_is_chosen_once_its_weights_are_there(open_page: Open, portrait: bytes) -> None:
    page = upload(open_page("analyze/image.py"), ("portrait.png", portrait))
    page.selectbox(key="image_model").select("deepface").run()
    weights_path().parent.mkdir(parents=True)
    weights_path().write_bytes(b"as if they were downloaded")
    page.run()
    assert page.selectbox(key="image_model").value == "deepface"
    assert "DeepFace" in page.selectbox(key="image_model").options


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
    marked = [option for option in page.selectbox(key="image_model").options if option.endswith("(cannot be used)")]
    assert len(page.error) + len(marked) == 1, "either the list says so, or loading it does"
    assert page.selectbox(key="image_model").value == ("always_happy" if marked else "bad")
    page.selectbox(key="image_model").select("always_happy").run()
    assert not page.error
    assert "reads as **happy**" in texts(page)


def test_yunet_is_offered_and_installed_with_one_click(
    open_page: Open, portrait: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = upload(open_page("analyze/image.py"), ("portrait.png", portrait))
    assert page.selectbox(key="image_detector").options[-1] == "YuNet (not downloaded)"
    page.selectbox(key="image_detector").select("yunet").run()
    assert not page.exception
    assert "0.2 MB, MIT license" in page.info[0].value
    assert "8f2383e4dd3c" in page.info[0].value
    assert "**Face 1** reads as **happy**" in texts(page), "meanwhile, the Haar cascades go on"

    (tmp_path / "yunet.onnx").write_bytes(made_network())
    monkeypatch.setattr(choices, "install_yunet", partial(install_yunet, source=tmp_path / "yunet.onnx"))
    page.button(key="image_install_yunet").click().run()
    assert not page.exception
    assert "is not face_detection_yunet_2023mar.onnx" in page.error[0].value

    monkeypatch.setattr(yunet, "YUNET_SHA256", hashlib.sha256(made_network()).hexdigest())
    page.button(key="image_install_yunet").click().run()
    assert not page.exception
    assert not page.error
    assert "YuNet" in page.selectbox(key="image_detector").options
    assert page.selectbox(key="image_detector").value == "yunet"


def test_without_the_verifier_the_page_says_so_and_uses_the_cascade_alone(
    open_page: Open, portrait: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "_SHIPPED", tmp_path / "none")
    page = upload(open_page("analyze/image.py"), ("portrait.png", portrait))
    assert "models/detectors/verifier/model.onnx is missing" in page.warning[0].value
    assert "Haar cascade alone" in page.warning[0].value
    assert "**Face 1** reads as **happy**" in texts(page)
    assert page.slider(key="image_neighbors").value == 4


def test_certainty_hides_a_face_of_which_the_verifier_is_less_sure(open_page: Open, portrait: bytes) -> None:
    blurred = cv2.imencode(".png", cv2.GaussianBlur(cv2.imdecode(np.frombuffer(portrait, np.uint8), 1), (0, 0), 6))[1]
    page = upload(open_page("analyze/image.py"), ("portrait.png", blurred.tobytes()))
    page.slider(key="image_certainty").set_value(0.5).run()
    assert "**Face 1**" in texts(page)
    page.slider(key="image_certainty").set_value(0.95).run()
    assert "**Face 1**" not in texts(page)


@pytest.mark.parametrize("page_name", ["analyze/live.py", "analyze/image.py", "learn/models.py"])
def test_a_wrong_setting_of_the_server_is_one_message(
    page_name: str, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_MAX_IMAGE_BYTES", "many")
    page = open_page(page_name)
    assert [error.value for error in page.error] == [
        "Expected a whole number in EMOTION_MAX_IMAGE_BYTES. Received: 'many'"
    ]

"""The page of models: cards, faults, and installing one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.conftest import Open
from tests.bad_input import BAD_MODELS, Writer


def test_cards_and_deepface_are_shown(open_page: Open) -> None:
    page = open_page("learn/models.py")
    assert [title.value for title in page.subheader] == ["Test model always_happy", "DeepFace"]
    assert "57.4" in "\n".join(element.value for element in page.markdown)


@pytest.mark.parametrize("case", ["NaN in the card", "no network", "an unknown label"])
def test_a_broken_model_shows_its_fault_and_the_others_stay(case: str, open_page: Open, models_dir: Path) -> None:
    write: Writer = BAD_MODELS[case]
    write(models_dir / "bad")
    page = open_page("learn/models.py")
    assert len(page.error) == 1
    assert "Test model always_happy" in [title.value for title in page.subheader]


@pytest.mark.parametrize(
    ("file", "name", "reason"),
    [
        (None, "mine", "Choose a Keras file"),
        (("model.keras", b"not a model"), "mine", "not a whole Keras model"),
        (("model.h5", b""), "mine", "The file is empty"),
        (("model.h5", b"x"), "My Model", "lower-case letters"),
        (("model.h5", b"x"), "always_happy", "already"),
        (("model.h5", b"x"), "../../etc", "lower-case letters"),
    ],
    ids=["no file", "text", "empty", "spaces", "taken", "path"],
)
def test_what_cannot_be_installed_is_one_message(
    file: tuple[str, bytes] | None, name: str, reason: str, open_page: Open, models_dir: Path
) -> None:
    page = open_page("learn/models.py")
    before = sorted(models_dir.iterdir())
    if file:
        page.file_uploader[0].set_value((*file, "application/octet-stream"))
    page.text_input[0].set_value(name)
    page.button[0].click().run()
    assert not page.exception
    assert len(page.error) == 1
    assert reason in page.error[0].value
    assert sorted(models_dir.iterdir()) == before

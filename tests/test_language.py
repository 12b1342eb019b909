"""Texts are in the reader's language, whoever else is read to at the same time."""

from __future__ import annotations

import json
import pickle
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from emotion_core import language
from emotion_core.draw.text import plain
from emotion_core.emotions import Emotion
from emotion_core.errors import EmotionError, ModelError
from emotion_core.language import Message, for_this_reader, gettext, ngettext, speaking
from emotion_core.wording import long_reading, short_reading

HAPPY = np.array([0, 0, 0, 0.7, 0.3, 0, 0])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str | None]]:
    """What the reader answers who is asked for the language."""
    answer: list[str | None] = [None]
    monkeypatch.setattr(language, "_ask", [])
    language.ask_for_language(lambda: answer[0])
    yield answer


def test_english_is_spoken_unless_somebody_says_otherwise(asked: list[str | None]) -> None:
    assert gettext("happy") == "happy"
    asked[0] = "ko"
    assert gettext("happy") == "기쁨"
    with speaking("en"):
        assert gettext("happy") == "happy"
    asked[0] = "tlh"
    assert gettext("happy") == "happy", "a language without a catalog is not spoken"


def test_a_text_without_a_translation_stays_english() -> None:
    with speaking("ko"):
        assert gettext("Nobody has translated {this}.", this="that") == "Nobody has translated that."
        assert gettext("") == "", "of an empty text, gettext would return the head of the catalog"


def test_two_readers_at_once_hear_their_own_language() -> None:
    meet = threading.Barrier(2)
    heard: dict[str, str] = {}

    def read(code: str) -> None:
        with speaking(code):
            meet.wait(10)
            heard[code] = short_reading(HAPPY, Emotion.HAPPY, "votes")
            meet.wait(10)

    threads = [threading.Thread(target=read, args=(code,)) for code in ("en", "ko")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert heard == {"en": "7 in 10 say happy", "ko": "10명 중 7명이 기쁨"}


def test_what_is_called_later_speaks_the_language_of_whom_it_was_made_for() -> None:
    with speaking("ko"):
        later = for_this_reader(lambda: gettext("happy"))
    assert (later(), gettext("happy")) == ("기쁨", "happy")


def test_numbers_choose_the_wording() -> None:
    words = ("{number:,} face", "{number:,} faces")
    assert [ngettext(*words, number) for number in (0, 1, 2000)] == ["0 faces", "1 face", "2,000 faces"]
    with speaking("ko"):
        assert ngettext(*words, 2000) == "얼굴 2,000개"


def test_an_error_is_put_into_words_where_it_is_read() -> None:
    error = ModelError("There is no model {name!r}. Installed: {entries}.", name="x", entries="a, b")
    assert str(error) == "There is no model 'x'. Installed: a, b."
    with speaking("ko"):
        assert str(error) == "모델 'x'이(가) 없습니다. 설치된 모델: a, b."
    assert error.message.text.startswith("There is no model {name!r}")
    assert error.message.values == {"name": "x", "entries": "a, b"}


def test_an_error_within_an_error_is_put_into_words_as_well() -> None:
    inner = EmotionError("The picture is damaged or cut off. Save or download it again.")
    outer = EmotionError("Cannot read the image {path}: {error}", path="a.jpg", error=inner)
    with speaking("ko"):
        assert (
            str(outer)
            == "이미지 a.jpg을(를) 읽을 수 없습니다: 사진이 손상되었거나 잘렸습니다. 다시 저장하거나 내려받으세요."
        )
    assert outer.message.values["error"] is inner.message, "the error itself would keep its frames in memory"


@pytest.mark.parametrize("way", ["json", "pickle"])
def test_a_message_travels_between_processes(way: str) -> None:
    inner = Message("The disk is full. Make room, then resume the run.")
    message = Message("Cannot read the image {path}: {error}", path="a.jpg", error=inner)
    if way == "json":
        arrived = Message.from_dict(json.loads(json.dumps(message.to_dict())))
    else:
        arrived = pickle.loads(pickle.dumps(EmotionError(message))).message
    assert arrived == message and hash(arrived) == hash(message)
    with speaking("ko"):
        assert str(arrived) == str(message)


def test_a_sentence_that_an_earlier_version_wrote_is_read() -> None:
    assert str(Message.from_dict("Keras {broke}.")) == "Keras {broke}."


@pytest.mark.parametrize("learned_from", ["votes", "labels"])
@pytest.mark.parametrize("label", [Emotion.HAPPY, None])
def test_readings_are_korean_from_end_to_end(learned_from: str, label: Emotion | None) -> None:
    with speaking("ko"):
        for words in (short_reading(HAPPY, label, learned_from), long_reading(HAPPY, label, learned_from, "*")):
            assert not plain(words)
            assert not any(letter.isascii() and letter.isalpha() for letter in words), words

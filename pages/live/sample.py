"""The clip that plays on the first visit, and what the default model reads in it.

The browser plays it by itself, so it costs the server nothing. The readings of the shipped default model are shipped
with it; those of another one are made once and kept in the data folder. Both are named by the hashes of what they were
made of: the clip, the model's files and the face verifier.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
from pathlib import Path

import streamlit as st

from emotion_core.analyze.video import analyze_video, video_analyzer
from emotion_core.detect.verifier import verifier_path
from emotion_core.files.atomic import replaced_file
from emotion_core.files.download import file_sha256
from emotion_core.language import ENGLISH, language, speaking
from emotion_core.models.folder import ModelFolder
from emotion_core.models.registry import ModelRegistry
from emotion_core.record.timeline import EmotionTimeline
from emotion_core.results import FrameResult
from pages.live.feed import reading
from pages.shared.resources import registry, settings

ASSETS = Path(__file__).resolve().parents[2] / "assets"
SAMPLE_CLIP = ASSETS / "expressions.mp4"
SHIPPED = ASSETS / "expressions.json"
_EVERY_S = 1 / 12  # the page moves boxes smoothly from one reading to the next
_log = logging.getLogger(__name__)


def readings_json() -> str:
    """Return what the default model reads in the clip: ``{"made_of": …, "readings": [message, …]}``.

    The wordings of the messages are in the reader's language.

    Raises:
        EmotionError: the model or the clip cannot be read.
    """
    text, key = _default_readings()
    return text if language() == ENGLISH else _worded(text, key, language())


def _default_readings() -> tuple[str, str]:
    """Return the readings of the default model, and what they were made of."""
    models = registry()
    name = models.default_name(settings().default_model)
    key = made_of(models, name)
    return _readings(models, name, key), key


@st.cache_resource(show_spinner=False, max_entries=2)
def _readings(_models: ModelRegistry, name: str, key: str) -> str:
    kept = settings().data_dir / "sample" / f"{key}.json"
    for path in (SHIPPED, kept):
        text = path.read_text(encoding="utf-8") if path.is_file() else "{}"
        if f'"{key}"' in text[:200]:
            return text
    text = make_readings(_models, name, key)
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with replaced_file(kept) as draft:
            draft.write_text(text, encoding="utf-8")
    except OSError as error:  # a read-only or full disk: they are made again after the next start
        _log.warning("The readings of the sample clip cannot be kept in %s: %s", kept.parent, error)
    return text


@st.cache_resource(show_spinner=False, max_entries=4)
def _worded(_text: str, key: str, code: str) -> str:
    messages = [reading(FrameResult.from_dict(message)) for message in json.loads(_text)["readings"]]
    return json.dumps({"made_of": key, "readings": messages}, separators=(",", ":"), ensure_ascii=False) + "\n"


@st.cache_resource(show_spinner=False, max_entries=2)
def _timeline(_text: str, key: str) -> EmotionTimeline:
    timeline = EmotionTimeline()
    for message in json.loads(_text)["readings"]:
        timeline.add(FrameResult.from_dict(message))
    return timeline


def sample_timeline() -> EmotionTimeline:
    """Return the readings of the whole clip; see `readings_json`."""
    return _timeline(*_default_readings())


def made_of(models: ModelRegistry, name: str) -> str:
    """Return a hash of everything on which the readings depend."""
    folder = ModelFolder(models.models_dir / name)
    files = [SAMPLE_CLIP, folder.network, folder.card, verifier_path(models.models_dir)]
    hashes = [_hash(path, path.stat().st_mtime_ns) if path.is_file() else "absent" for path in files]
    return hashlib.sha256(" ".join([name, *hashes]).encode()).hexdigest()[:32]


@functools.lru_cache(maxsize=32)
def _hash(path: Path, changed_ns: int) -> str:
    """Return the file's SHA-256, computed once for each change: every run of the page asks for it."""
    return file_sha256(path)


def make_readings(models: ModelRegistry, name: str, key: str) -> str:
    """Read the clip with the model ``name``, and return what `readings_json` returns."""
    analyzer = video_analyzer(models.load(name), models.models_dir)
    steps = analyze_video(SAMPLE_CLIP, analyzer.analyze, every_s=_EVERY_S)
    with speaking(ENGLISH):  # they are kept, for all readers
        found = [reading(step.result) for step in steps if step.result is not None]
    return json.dumps({"made_of": key, "readings": found}, separators=(",", ":")) + "\n"

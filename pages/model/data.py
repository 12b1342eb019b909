"""Read a data set with a model: the form for the data, a progress bar, and the readings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from emotion_core.data.dataset import SPLITS, LabeledFaces
from emotion_core.data.votes import has_majority
from emotion_core.errors import DataError, ModelError
from emotion_core.language import gettext as _
from emotion_core.measure.accuracy import read_faces
from emotion_core.models.registry import ModelEntry
from pages.model.figures import MIRROR
from pages.shared.current_dataset import Source, current_source, dataset_cache
from pages.shared.dataset_import import from_path
from pages.shared.explanations import stamp
from pages.shared.resources import registry

_KEPT = 8  # readings that are kept for one visitor; the oldest goes first
_SPLITS = ("test", *(split for split in SPLITS if split != "test"))


@dataclass(frozen=True)
class Choice:
    """The faces to read.

    flip: average the reading of each face with that of its mirror image.
    """

    source: Source
    split: str
    flip: bool = False

    @property
    def title(self) -> str:
        """What the page calls this choice."""
        return f"{self.source.path.stem}, {self.split}{MIRROR if self.flip else ''}"


@dataclass(frozen=True)
class Reading:
    """What one model read.

    probabilities: ``(n, 7)`` float32 of the n faces of ``data``, in `Emotion` order.
    """

    data: LabeledFaces
    probabilities: np.ndarray

    @property
    def votes(self) -> np.ndarray:
        """People's votes on the faces, ``(n, 10)``, all 0 where the data has none."""
        return self.data.all_votes

    @property
    def has_majorities(self) -> bool:
        """Whether on some face more than half of the votes agree."""
        return bool(has_majority(self.votes).any())

    def where(self, rows: np.ndarray) -> Reading:
        """Return the reading of some faces, ``(n,)`` bool."""
        return Reading(self.data.select(rows), self.probabilities[rows])


def data_form(key: str, button: str) -> Choice | None:
    """Ask for a path and a split. None until the button is pressed, or if there is nothing at the path."""
    default = str(st.session_state.get("dataset_path") or "")
    with st.form(f"{key}_form", border=True):
        text = st.text_input(
            _("Data set: a folder, fer2013.csv or a zip on this server"),
            default,
            placeholder="/home/me/fer2013",
            key=f"{key}_path",
            help=_("Filled in with the data set that is chosen on the Dataset page."),
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            split = st.selectbox(_("Split"), _SPLITS, key=f"{key}_split", width=150)
            flip = st.toggle(
                _("With mirror image"),
                key=f"{key}_flip",
                help=_("Average the reading of each face with its mirror image."),
            )
            pressed = st.form_submit_button(button, icon=":material/speed:", type="primary")
    if not pressed:
        return None
    try:
        path = from_path(text).resolve()
    except DataError as error:
        st.error(str(error), icon=":material/error:")
        return None
    return Choice(_source(path), split, flip)


def _source(path: Path) -> Source:
    """Return the data set at ``path``, with the votes from the page Dataset if it is the one chosen there."""
    chosen = current_source()
    return chosen if chosen is not None and chosen.path == path else Source(path)


def known_reading(entry: ModelEntry, choice: Choice | None) -> Reading | None:
    """Return what the model has already read for this visitor, or None."""
    return None if choice is None else _readings().get((stamp(entry), choice))


def read(entry: ModelEntry, choice: Choice) -> Reading | None:
    """Let the model read the chosen faces behind a progress bar. None, after a message, if that is not possible."""
    known = known_reading(entry, choice)
    if known is not None:
        return known
    bar = st.progress(0.0, text=_("Reading the images"))
    try:
        data = _faces(choice, bar)
        probabilities = _read(entry, data, choice.flip, bar)
    except (DataError, ModelError) as error:
        st.error(str(error), icon=":material/error:")
        return None
    finally:
        bar.empty()
    reading = Reading(data, probabilities)
    _keep((stamp(entry), choice), reading)
    return reading


def _read(entry: ModelEntry, data: LabeledFaces, flip: bool, bar: st.delta_generator.DeltaGenerator) -> np.ndarray:
    def show(share: float) -> None:
        bar.progress(share, text=_("{title} is reading {count:,} faces", title=entry.title, count=len(data)))

    return read_faces(registry().load(entry.name), data, flip=flip, progress=show)


def _faces(choice: Choice, bar: st.delta_generator.DeltaGenerator) -> LabeledFaces:
    dataset = dataset_cache().get(choice.source, lambda share: bar.progress(share, text=_("Reading the images")))
    if choice.split not in dataset.splits:
        raise DataError(
            "This data set has no split {split}. It has: {splits}.",
            split=choice.split,
            splits=", ".join(dataset.splits),
        )
    return dataset.splits[choice.split]


def _readings() -> dict[tuple[tuple[str, int], Choice], Reading]:
    readings: dict[tuple[tuple[str, int], Choice], Reading] = st.session_state.setdefault("models_readings", {})
    return readings


def _keep(key: tuple[tuple[str, int], Choice], reading: Reading) -> None:
    readings = _readings()
    readings[key] = reading
    while len(readings) > _KEPT:
        del readings[next(iter(readings))]

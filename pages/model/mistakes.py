"""The faces that a model confidently read wrong, and where it looked."""

from __future__ import annotations

import numpy as np
import streamlit as st

from emotion_core.data.near import unlike
from emotion_core.data.votes import has_majority
from emotion_core.emotions import EMOTIONS, LABELS, VOTES, Emotion
from emotion_core.errors import DataError, ModelError
from emotion_core.language import gettext as _
from emotion_core.measure.accuracy import worst_mistakes
from emotion_core.measure.mistakes import Mistake, read_mistakes, rows_of
from emotion_core.measure.votes import majority_faces
from emotion_core.models.explain import Explanation, picture_row
from emotion_core.models.folder import ModelFolder
from emotion_core.models.registry import ModelEntry
from pages.model.data import Reading
from pages.model.figures import AGAINST, learned_from
from pages.shared.current_dataset import current_source, dataset_cache
from pages.shared.explanations import LOOKED_AT, explanation
from pages.shared.votes import votes_text

SHOWN = 24
WIDTH = 110  # of one face, pixels


def show_mistakes(entry: ModelEntry, reading: Reading | None) -> None:
    """Show the most confident wrong readings, with heat maps on request."""
    if reading is None:
        _show_known(entry)
        return
    reading, said = _judged(entry, reading)
    rows = worst_mistakes(reading.probabilities, reading.data.labels, 4 * SHOWN)
    rows = unlike(reading.data.images, rows, SHOWN)  # data sets hold many a face several times
    if not len(rows):
        st.success(_("Every face was read correctly."), icon=":material/check_circle:")
        return
    st.markdown(said)
    faces, read = reading.data.images[rows], reading.probabilities[rows].argmax(axis=1)
    found = None
    if st.toggle(
        _("Show where it looks (Grad-CAM)"),
        key="models_gradcam",
        help=_("Bright areas speak for the expression that was read. It takes a few seconds, in a separate process."),
    ):
        found = explanation(entry, faces, read)
    show_faces(faces, [caption(reading, row) for row in rows], found)


def _show_known(entry: ModelEntry) -> None:
    """Show the mistakes that came with the model, with the pictures that are in the visitor's data set."""
    try:
        known = read_mistakes(ModelFolder(entry.folder).mistakes) if entry.folder else None
    except ModelError as error:
        st.warning(str(error), icon=":material/broken_image:")
        known = None
    if known is None:
        st.info(
            _("Measure the model on a data set above; its most confident wrong readings will be shown here."),
            icon=":material/image_search:",
        )
        return
    data, found = known
    kind = against(entry, bool(found.get(VOTES)), "mistakes")
    mistakes = found.get(kind, [])
    st.markdown(
        _("Its most confident wrong readings on {data}, compared with {against}.", data=data, against=_(AGAINST[kind]))
    )
    if _show_from_chosen_data(mistakes):
        return
    right = _("most people say") if kind == VOTES else _("label")
    st.dataframe(
        [{right: one.label.word, _("read as"): one.read_as.word, _("confidence"): one.share} for one in mistakes],
        hide_index=True,
        width="stretch",
        column_config={_("confidence"): st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)},
        alt=_("The most confident wrong readings"),
    )
    st.caption(
        _(
            "The pictures belong to FER-2013 and do not come with this app. Choose FER-2013 on the Dataset "
            "page to see them here."
        )
    )


def _show_from_chosen_data(mistakes: list[Mistake]) -> bool:
    """Show the mistakes whose pictures are in the visitor's data set; return whether there are any."""
    source = current_source()
    if source is None:
        return False
    try:
        faces = dataset_cache().get(source, lambda share: None).splits.get("test")
    except DataError:  # it is gone; the page Dataset says so
        return False
    if faces is None:
        return False
    shown = [(one, row) for one, row in zip(mistakes, rows_of(mistakes, faces), strict=True) if row is not None]
    if shown:
        captions = [_caption(one.label, one.read_as, one.share) + _people(faces.all_votes[row]) for one, row in shown]
        show_faces(faces.images[[row for _one, row in shown]], captions)
    return bool(shown)


def against(entry: ModelEntry, has_votes: bool, key: str) -> str:
    """Ask what to compare with where there are votes; what the model learned from is the first choice."""
    if not has_votes:
        return LABELS
    chosen = st.segmented_control(
        _("Compared with"),
        list(AGAINST),
        format_func=lambda kind: _(AGAINST[kind]),
        default=learned_from(entry),
        required=True,
        key=f"models_against_{key}_{entry.name}",
    )
    return chosen or learned_from(entry)


def _judged(entry: ModelEntry, reading: Reading) -> tuple[Reading, str]:
    """Return the faces whose reading is judged, with the labels to judge by, and a sentence about them."""
    agreed = has_majority(reading.votes)
    if against(entry, bool(agreed.any()), "mistakes") == VOTES:
        return Reading(majority_faces(reading.data), reading.probabilities[agreed]), _(
            "Confident predictions that disagree with what most people say."
        )
    if agreed.any() and st.toggle(_("Only where most people agree"), key="models_agreed"):
        reading = reading.where(agreed)
    return reading, _("Confident predictions that disagree with the label. Some of the labels are doubtful, too.")


def caption(reading: Reading, row: int) -> str:
    """Describe one face: its label, the expression that was read, the confidence, and what people say."""
    best = int(reading.probabilities[row].argmax())
    true = EMOTIONS[int(reading.data.labels[row])]
    return _caption(true, EMOTIONS[best], float(reading.probabilities[row, best])) + said_by_people(reading, row)


def _caption(label: Emotion, read: Emotion, share: float) -> str:
    return _("{label}, read as {read} {share:.0%}", label=label.word, read=read.word, share=share)


def said_by_people(reading: Reading, row: int) -> str:
    """Return the votes on a face as the end of its caption; nothing where there are none."""
    return _people(reading.votes[row])


def _people(votes: np.ndarray) -> str:
    if not votes.any():
        return ""
    said = votes_text(votes, True)
    agreed = has_majority(votes[None])[0]
    return "  \n" + (_("people: {said}", said=said) if agreed else _("people: {said}; people disagreed", said=said))


def show_faces(
    faces: np.ndarray, captions: list[str], explained: Explanation | None = None, width: int = WIDTH
) -> None:
    """Show faces, ``(n, h, w)`` uint8, each ``width`` pixels wide and beside its maps if there are any."""
    looked_at = None if explained is None else explained.looked_at
    rows = [
        picture_row(
            face,
            None if explained is None else explained.heat[number],
            None if looked_at is None else looked_at[number],
        )
        for number, face in enumerate(faces)
    ]
    if looked_at is not None:
        st.caption(_(LOOKED_AT))
    with st.container(horizontal=True, gap="small"):
        for row, text in zip(rows, captions, strict=True):
            st.image(row, caption=text, width=width * (row.shape[1] // row.shape[0]), output_format="PNG", alt=text)

"""What people say: how sure they are, where they agree with the labels, and the images on which they do not."""

from __future__ import annotations

import numpy as np
import streamlit as st

from emotion_core.charts.models import confusion_chart
from emotion_core.charts.votes import sureness_chart
from emotion_core.data.agreement import NONE, Agreement
from emotion_core.data.dataset import Dataset, LabeledFaces
from emotion_core.emotions import EMOTIONS, Emotion
from emotion_core.wording import counted
from pages.shared.theme import text_color
from pages.shared.votes import votes_text

PER_PAGE = 24
WIDTH = 124  # of one image, pixels: "10 of 10 say neutral" fits below it
AGAINST, AMONG = "Label against people", "People among themselves"
_NO_BAR = {"displayModeBar": False}
_FER_PLUS = "[FER+](https://github.com/microsoft/FERPlus)"


def people_section(dataset: Dataset) -> None:
    """Show what the votes say about each split that has some; without votes, say how to add them."""
    splits = dataset.voted_splits
    if splits:
        _show(dataset, splits)
        return
    st.caption(
        f"This data set has no votes. {_FER_PLUS} is a second labeling of FER-2013: ten people looked at each image "
        "and named an expression. To see here where they agree with the labels, choose FER-2013 together with its "
        "table of votes, `fer2013new.csv` or `ferplus_votes.csv`, or put that table beside the data."
    )


@st.fragment
def _show(dataset: Dataset, splits: tuple[str, ...]) -> None:
    st.subheader("What people say")
    st.markdown(
        f"Several people looked at each image and named an expression ({_FER_PLUS}). Their votes show how clear an "
        "image is, and which labels most people would not give."
    )
    split = st.segmented_control("Split with votes", splits, default=splits[0], required=True) or splits[0]
    faces = dataset.splits[split]
    people = Agreement.of(faces)
    left, right = st.columns(2, gap="medium")
    with left:
        _sureness(people)
    with right:
        _labels(people)
    st.caption(
        "A run that learns from votes uses those for the seven expressions, divided by their sum. Votes for contempt, "
        "unknown and no face lower the weight of an image: it counts in the loss by the share of its votes that are "
        "for the seven, and is left out if that share is below 40%."
    )
    _disagreement(split, faces, people)


def _sureness(people: Agreement) -> None:
    st.markdown("**How sure people are**, images by their most frequent answer")
    chart = sureness_chart(people.sureness())
    st.plotly_chart(
        chart,
        width="stretch",
        key="people_sureness",
        config=_NO_BAR,
        alt="Bars, number of images by the share of people who gave the most frequent answer",
    )
    st.markdown(sureness_text(people))


def sureness_text(people: Agreement) -> str:
    """Say on how many images more than half agree, on how many they agree on something else, how many have no votes."""
    voted, agreed = int(people.voted.sum()), int((people.majority != NONE).sum())
    other, without = int(people.outside_seven.sum()), len(people.votes) - voted
    sentences = [
        f"On **{agreed / voted:.1%}** of {counted(voted, 'image')}, more than half of the votes are for the same one "
        f"of the seven expressions."
    ]
    if other:
        sentences.append(f"On {other:,}, more than half are for contempt, for unknown or for no face.")
    if without:
        sentences.append(f"{counted(without, 'image').capitalize()} {'has' if without == 1 else 'have'} no votes.")
    return " ".join(sentences)


def _labels(people: Agreement) -> None:
    st.markdown("**Labels and majorities**, % of each label")
    if people.share() is None:
        st.info("On no image do more than half of the people name the same expression.", icon=":material/group_off:")
        return
    chart = confusion_chart(
        people.confusion(), text_color=text_color(), rows="label", columns="more than half of the people say"
    )
    st.plotly_chart(
        chart,
        width="stretch",
        key="people_confusion",
        config=_NO_BAR,
        alt="Confusion matrix: a row for each label, a column for each expression that most people name",
    )
    st.markdown(labels_text(people))


def labels_text(people: Agreement) -> str:
    """Say how often the label is the majority's expression, and for which label it is that least often."""
    counts, by_label = people.confusion(), people.share_by_label()
    text = (
        f"The label is the majority's expression on **{people.share():.1%}** of {counted(int(counts.sum()), 'image')}."
    )
    if len(by_label) > 1:
        worst = min(by_label, key=by_label.__getitem__)
        total = int(counts[worst.column].sum())
        text += (
            f" They agree least where the label is **{worst}**: on {by_label[worst]:.1%} of {counted(total, 'image')}."
        )
    return text


def _disagreement(split: str, faces: LabeledFaces, people: Agreement) -> None:
    """Show the images on which label and people, or people among themselves, disagree most."""
    st.markdown("**Where they disagree most**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        view = st.segmented_control(
            "Who disagrees", (AGAINST, AMONG), default=AGAINST, required=True, key="people_view"
        )
        label = st.selectbox("Label", ["all", *EMOTIONS], width=180, key="people_label")
    rows = _each_once(faces, people.among_people() if view == AMONG else people.against_label())
    if label != "all":
        rows = rows[people.labels[rows] == Emotion(label).column]
    if not len(rows):
        st.info("No image matches this choice.", icon=":material/search_off:")
        return
    pages = -(-len(rows) // PER_PAGE)
    page = st.pagination(pages, key=f"people_page_{split}_{view}_{label}_{pages}") if pages > 1 else 1
    st.caption(_said_of(view == AMONG, len(rows)))
    shown = rows[(page - 1) * PER_PAGE : page * PER_PAGE]
    _grid(faces, people, shown, spread=view == AMONG)


def _each_once(faces: LabeledFaces, rows: np.ndarray) -> np.ndarray:
    """Return the first of the rows of each group of equal images, in the order of ``rows``."""
    _, first = np.unique(np.array(faces.hashes)[rows], return_index=True)
    return np.asarray(rows[np.sort(first)])


def _said_of(among: bool, count: int) -> str:
    images = counted(count, "image", "different images")
    if among:
        return f"{images} on which no answer has more than half of the votes, the most evenly spread first."
    return f"{images} on which more than half of the people name another expression, the clearest first."


def _grid(faces: LabeledFaces, people: Agreement, rows: np.ndarray, spread: bool) -> None:
    with st.container(horizontal=True, gap="small"):
        for row in rows:
            label = f"labeled {EMOTIONS[people.labels[row]].value}"
            said = votes_text(people.votes[row], spread)
            name = faces.names[row] if faces.names else "image"
            st.image(
                faces.images[row],
                caption=f"{label}  \n{said}",  # two spaces: a line break
                width=WIDTH,
                output_format="PNG",
                alt=f"{name}, {label}, {said}",
            )

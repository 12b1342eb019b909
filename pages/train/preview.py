"""What a run will train, what the network will see, and how long the run will take."""

from __future__ import annotations

import math

import cv2
import numpy as np
import streamlit as st

from emotion_core.charts.training import network_drawing
from emotion_core.data.dataset import Dataset
from emotion_core.emotions import EMOTIONS
from emotion_core.errors import MissingPackageError, RunError
from emotion_core.language import gettext as _
from emotion_core.networks.architectures import architecture
from emotion_core.networks.outline import outline, parameters
from emotion_core.optional import training_fault
from emotion_core.train.augment import AUGMENTATIONS, augment
from emotion_core.train.config import FitConfig
from emotion_core.train.probe import Probe, probe

SAMPLES, VARIATIONS = 6, 4
NO_BAR = {"displayModeBar": False}


def network(arch: str) -> None:
    """Show a drawing of an architecture, its size, and its layers."""
    layers = outline(arch)
    with st.container(horizontal=True):
        st.metric(_("Parameters"), f"{parameters(arch):,}")
        st.metric(_("Input"), f"{architecture(arch).input_size} × {architecture(arch).input_size}, {_('gray')}")
        st.metric(_("Layers"), str(len(layers)))
    alt = _("The layers of {arch} as blocks, from input to output; the list below has their sizes", arch=arch)
    st.plotly_chart(network_drawing(layers), width="stretch", key=f"train_network_{arch}", config=NO_BAR, alt=alt)
    st.caption(
        _("From left to right. A block is as high as its feature maps, and wider the more channels or units it has.")
    )
    with st.expander(_("All layers"), icon=":material/lan:"):
        rows = [
            {
                _("layer"): layer.kind,
                _("output"): " × ".join(map(str, layer.shape)),
                _("parameters"): layer.parameters,
            }
            for layer in layers
        ]
        st.dataframe(rows, width="stretch", hide_index=True, alt=_("The layers of {arch}", arch=arch))


def augmented_samples(dataset: Dataset, fit: FitConfig) -> None:
    """Show some faces of train, unchanged and augmented."""
    train = dataset.splits["train"]
    st.button(_("Other faces"), icon=":material/shuffle:", key="train_shuffle", on_click=_next_seed)
    rng = np.random.default_rng(st.session_state.get("train_preview_seed", 0))
    chosen = rng.permutation(len(train))[:SAMPLES]
    images = train.images[chosen]
    rows = [images] + [
        (augment(images, AUGMENTATIONS[fit.augmentation], rng) * 255).astype(np.uint8) for _ in range(VARIATIONS)
    ]
    sheet = np.concatenate([np.concatenate(list(np.pad(row, ((0, 0), (2, 2), (2, 2)))), axis=1) for row in rows])
    labels = ", ".join(EMOTIONS[label].word for label in train.labels[chosen])
    st.image(
        cv2.resize(sheet, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST),
        caption=_(
            "First row: as they are ({labels}). Below: as the network sees them, augmented at random.", labels=labels
        ),
        alt=_("Faces of train ({labels}) and random augmentations of them", labels=labels),
    )


def _next_seed() -> None:
    st.session_state["train_preview_seed"] = st.session_state.get("train_preview_seed", 0) + 1


def estimate(fit: FitConfig, images: int) -> None:
    """Show how long the training will take, once the visitor has had it measured on this machine.

    Args:
        images: of train.
    """
    key = (fit.arch, fit.batch_size, fit.precision)
    measured: dict[tuple[str, int, str], Probe] = st.session_state.setdefault("train_probes", {})
    if key not in measured:
        fault = training_fault()
        how = _("Trains the network on a few batches in a separate process. It takes about ten seconds.")
        if not st.button(_("Estimate time"), icon=":material/timer:", disabled=bool(fault), help=str(fault or how)):
            return
        with st.spinner(_("Training on a few batches…")):
            try:
                measured[key] = probe(*key)
            except (RunError, MissingPackageError) as error:
                st.error(str(error))
                return
    found = measured[key]
    seconds = images / found.images_per_s
    st.markdown(
        _(
            "**About {total}**, {epoch} an epoch",
            total=duration(seconds * fit.epochs),
            epoch=duration(seconds),
        ),
        help=_("{images_per_s:,.0f} images per second at the machine's present load.", images_per_s=found.images_per_s),
    )


def duration(seconds: float) -> str:
    """Return ``seconds`` in words.

    >>> duration(40), duration(700), duration(12_600)
    ('40 s', '12 min', '3.5 h')
    """
    if seconds < 90:
        return _("{count} s", count=max(1, round(seconds)))
    if seconds < 5400:
        return _("{count} min", count=math.ceil(seconds / 60))
    return _("{count:.1f} h", count=seconds / 3600)

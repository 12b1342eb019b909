"""The settings of a run, from a preset to every detail."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace

import streamlit as st

from emotion_core.emotions import LABELS, VOTES
from emotion_core.errors import EmotionError
from emotion_core.language import gettext as _
from emotion_core.language import mark
from emotion_core.models.folder import ModelFolder
from emotion_core.models.registry import ModelEntry
from emotion_core.networks.architectures import ARCHITECTURES, architecture
from emotion_core.train.augment import AUGMENTATIONS
from emotion_core.train.config import OPTIMIZERS, PRECISIONS, PRESETS, SCHEDULES, FitConfig
from emotion_core.train.runs import RunConfig
from pages.shared.current_dataset import Source
from pages.shared.resources import registry

PRESET_TITLES = {
    "quick": mark("Quick look"),
    "article": mark("As the article"),
    "deep_emotion": "Deep-Emotion",
    "mini_xception": "mini-Xception",
    "flagship": mark("Flagship"),
    "refine": mark("Refine the flagship"),
}
VALIDATION_TITLES = {
    "holdout": mark("on a tenth of train, held out"),
    "validation": mark("on validation"),
    "test": mark("on test (PublicTest in FER-2013)"),
}
EXPORT_TITLES = {"float32": mark("32 bits, as in training"), "int8": mark("8-bit convolutions: smaller")}
LEARN_FROM_TITLES = {LABELS: mark("labels"), VOTES: mark("people's votes")}
KEEP_TITLES = {"best": mark("the best epoch by validation"), "last": mark("the last epoch")}
_DETAIL = "train_detail_"  # prefix of the keys of the widgets that a preset fills


def describe(arch: str) -> str:
    """An architecture in a sentence."""
    return _(architecture(arch).summary)


def fit_settings(has_votes: bool) -> FitConfig | None:
    """Ask for preset, architecture and details; None, and an error on the page, while a value is out of range.

    Args:
        has_votes: whether the data set has votes, so that there is a choice of what to learn from.
    """
    preset = st.pills(
        _("Preset"), list(PRESETS), format_func=lambda name: _(PRESET_TITLES.get(str(name), str(name))),
        default="quick", required=True, key="train_preset", on_change=_forget_details,
    ) or "quick"  # fmt: skip
    base = PRESETS[preset]
    left, right = st.columns([2, 3], gap="large")
    arch = left.selectbox(
        _("Architecture"), ARCHITECTURES, index=ARCHITECTURES.index(base.arch), key=_detail("arch", preset)
    )
    right.caption(describe(arch))
    base = replace(base, learn_from=_learn_from(base, preset) if has_votes else LABELS)
    epochs, batch, rate = st.columns(3)
    base = replace(
        base,
        arch=arch,
        epochs=epochs.number_input(_("Epochs"), 1, 2000, base.epochs, key=_detail("epochs", preset)),
        batch_size=batch.number_input(_("Batch size"), 1, 1024, base.batch_size, key=_detail("batch", preset)),
    )
    learning_rate = rate.number_input(
        _("Learning rate"), 0.0, 1.0, base.learning_rate, 0.0005, format="%.4f", key=_detail("rate", preset)
    )
    with st.expander(_("More settings"), icon=":material/tune:"):
        try:
            return _details(replace(base, learning_rate=learning_rate), preset)
        except EmotionError as error:
            st.error(str(error))
            return None


def _learn_from(base: FitConfig, preset: str) -> str:
    chosen = st.segmented_control(
        _("Learn from"), list(LEARN_FROM_TITLES), format_func=lambda name: _(LEARN_FROM_TITLES[name]),
        default=base.learn_from,
        required=True, key=_detail("learn_from", preset),
        help=_("Labels: one expression for each image is right. Votes: the model learns which share of ten "
               "people named each expression, and later says that share. Images that most people take for none "
               "of the seven are left out."),
    )  # fmt: skip
    return chosen or base.learn_from


def _details(base: FitConfig, preset: str) -> FitConfig:
    a, b, c = st.columns(3)
    fit = replace(
        base,
        optimizer=a.selectbox(_("Optimizer"), OPTIMIZERS, OPTIMIZERS.index(base.optimizer), key=_detail("opt", preset)),
        schedule=b.selectbox(
            _("Schedule"), SCHEDULES, SCHEDULES.index(base.schedule), key=_detail("sched", preset),
            help=_("Of the learning rate: falls to zero along a cosine, drops when the validation loss stops "
                   "falling, or stays constant."),
        ),
        augmentation=c.selectbox(
            _("Augmentation"), list(AUGMENTATIONS), list(AUGMENTATIONS).index(base.augmentation),
            key=_detail("aug", preset),
        ),
        label_smoothing=a.slider(
            _("Label smoothing"), 0.0, 0.3, base.label_smoothing, 0.01, key=_detail("smooth", preset),
            disabled=base.learn_from == VOTES,
            help=_("Share of each label that is spread evenly over all expressions. Votes are spread as they are."),
        ),
        mixup=b.slider(
            _("Mixup"), 0.0, 1.0, base.mixup, 0.05, key=_detail("mixup", preset),
            help=_("Blends pairs of images and their targets. The value is alpha of the Beta distribution."),
        ),
        weight_average=c.number_input(
            _("Weight average"), 0.0, 0.9999, base.weight_average, 0.001, format="%.4f", key=_detail("ema", preset),
            help=_("Momentum of the exponential moving average of the weights; 0 for none."),
        ),
        weight_decay=a.number_input(
            _("Weight decay"), 0.0, 0.5, base.weight_decay, 0.001, format="%.4f", key=_detail("decay", preset)
        ),
        precision=b.selectbox(
            _("Precision"), PRECISIONS, PRECISIONS.index(base.precision), key=_detail("precision", preset),
            help=_("mixed_bfloat16 is up to twice as fast on processors that support it."),
        ),
        seed=c.number_input(_("Seed"), 0, 2**31 - 1, base.seed, key=_detail("seed", preset)),
        sharpness=c.number_input(
            _("Sharpness radius"), 0.0, 10.0, base.sharpness, 0.1, key=_detail("sharpness", preset),
            help=_("Radius of adaptive sharpness-aware minimization, relative to each weight; 0 for none. Training "
                   "is a quarter slower."),
        ),
        class_weights=a.toggle(_("Balance rare expressions"), base.class_weights, key=_detail("weights", preset)),
        deduplicate=b.toggle(_("Exclude copies"), base.deduplicate, key=_detail("dedup", preset)),
    )  # fmt: skip
    return _other_models(_plateau(fit, preset), preset)


def _plateau(fit: FitConfig, preset: str) -> FitConfig:
    if fit.schedule != "plateau":
        return fit
    a, b, _rest = st.columns(3)
    return replace(
        fit,
        plateau_epochs=a.number_input(
            _("Epochs of a plateau"), 1, 500, fit.plateau_epochs, key=_detail("plateau_epochs", preset),
            help=_("Epochs without a lower validation loss before the learning rate drops."),
        ),
        plateau_factor=b.number_input(
            _("Factor at a plateau"), 0.01, 0.99, fit.plateau_factor, 0.05, key=_detail("plateau_factor", preset),
            help=_("The learning rate is multiplied by it."),
        ),
    )  # fmt: skip


def _other_models(fit: FitConfig, preset: str) -> FitConfig:
    """Ask for installed models whose weights the run starts from, or whose readings soften its labels."""
    entries = {entry.name: entry for entry in registry().entries() if not entry.error and entry.card and entry.folder}
    alike = [name for name, entry in entries.items() if _can_start(entry, fit.arch)]
    a, b, c = st.columns(3)
    start = a.selectbox(
        _("Start from"), ["", *alike], index=alike.index(fit.start_from) + 1 if fit.start_from in alike else 0,
        format_func=lambda name: entries[name].title if name else _("random weights"),
        key=_detail("start", preset, fit.arch),
        help=_("Fine-tuning: start with the weights of an installed model that has the same architecture, or a "
               "narrower one that this one can grow from. With a tenth of the learning rate or less, it keeps what it "
               "has learned.")
        + ("" if alike else " " + _("None is installed yet.")),
    )  # fmt: skip
    teachers = b.multiselect(
        _("Teachers"), list(entries), [name for name in fit.teachers if name in entries],
        format_func=lambda name: entries[name].title, placeholder=_("none"), key=_detail("teacher", preset),
        help=_("Installed models whose mean reading of each face is blended with its label or its votes "
               "(knowledge distillation)."),
    )  # fmt: skip
    if not teachers:
        return replace(fit, start_from=start or "", teacher="")
    share = c.slider(_("Teachers' share"), 0.05, 0.95, fit.teacher_share, 0.05, key=_detail("teacher_share", preset))
    return replace(fit, start_from=start or "", teacher=",".join(teachers), teacher_share=share)


def _can_start(entry: ModelEntry, arch: str) -> bool:
    card, folder = entry.card, entry.folder
    known = (arch, architecture(arch).grows_from)
    return bool(card and folder and card.architecture in known and ModelFolder(folder).keras.is_file())


def run_settings(source: Source, fit: FitConfig, splits: Collection[str]) -> RunConfig | None:
    """Ask for validation and export; None, and an error on the page, while a value is out of range.

    The run's name is asked for elsewhere, under the key ``train_name``; here it is proposed.
    """
    a, b, c = st.columns(3)
    _propose_name(fit.arch.replace("_", "-"))
    options = [name for name in VALIDATION_TITLES if name in splits or name == "holdout"]
    validation = a.selectbox(
        _("Validate"), options, format_func=lambda name: _(VALIDATION_TITLES[name]), key="train_validation",
        help=_("These images decide which epoch is best. The test images are kept for the end, because a model "
"looks better than it is on images that it was chosen on."),
    )  # fmt: skip
    keep = b.selectbox(_("Keep"), list(KEEP_TITLES), format_func=lambda name: _(KEEP_TITLES[name]), key="train_keep")
    patience = c.number_input(
        _("Patience, epochs"),
        0,
        500,
        0,
        key="train_patience",
        help=_("Stop after this many epochs without improvement; 0 for never."),
    )
    flagged = a.toggle(
        _("Exclude flagged images"),
        key="train_flagged",
        help=_("Images that the audit flags: copies, conflicting labels, blank images."),
    )
    export = b.selectbox(
        _("Export"), list(EXPORT_TITLES), format_func=lambda name: _(EXPORT_TITLES[name]), key="train_export",
        help=_("Precision of the finished network. Its figures are measured on the exported network."),
    )  # fmt: skip
    try:
        return RunConfig(
            name=str(st.session_state["train_name"]).strip(),
            data=str(source.path),
            fit=fit,
            validation=validation,
            keep=keep,
            export=export,
            patience=patience,
            without_flagged=flagged,
            fer_plus=str(source.fer_plus or ""),
        )
    except EmotionError as error:
        st.error(str(error))
        return None


def _propose_name(prefix: str) -> None:
    """Name the run after its architecture and the time, unless the visitor has typed another name."""
    shown, proposed = st.session_state.get("train_name"), st.session_state.get("train_proposed")
    if shown is None or (shown == proposed and not shown.startswith(prefix)):
        proposed = f"{prefix}-{time.strftime('%m%d-%H%M%S')}"
        st.session_state["train_name"] = st.session_state["train_proposed"] = proposed


def _detail(name: str, *of: str) -> str:
    """The key of a widget that a preset fills: ``of`` a preset, and of an architecture if it depends on one."""
    return "_".join([_DETAIL + name, *of])


def _forget_details() -> None:
    """Forget what was changed in a preset, so that its own values show when it is chosen again."""
    for key in [key for key in st.session_state if str(key).startswith(_DETAIL)]:
        del st.session_state[key]

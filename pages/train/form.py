"""The settings of a fit, from a preset to every detail."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace

import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.models.registry import ModelEntry
from emotion_core.networks.architectures import ARCHITECTURES, architecture
from emotion_core.train.augment import AUGMENTATIONS
from emotion_core.train.config import OPTIMIZERS, PRECISIONS, PRESETS, SCHEDULES, FitConfig
from emotion_core.train.runs import RunConfig
from pages.shared.dataset_source import Source
from pages.shared.resources import registry

PRESET_TITLES = {
    "quick": "Quick look",
    "article": "As the article",
    "deep_emotion": "Deep-Emotion",
    "mini_xception": "mini-Xception",
    "flagship": "Flagship",
    "refine": "Refine the flagship",
}
VALIDATION_TITLES = {
    "test": "on the test folder (PublicTest)",
    "validation": "on the validation folder",
    "holdout": "on a tenth of train, kept apart",
}
EXPORT_TITLES = {"float32": "as it is trained, 32 bits", "int8": "convolutions with 8 bits: smaller"}
KEEP_TITLES = {"best": "the best epoch by validation", "last": "the last epoch"}


def describe(arch: str) -> str:
    """An architecture in a sentence."""
    return architecture(arch).summary


def fit_settings() -> FitConfig | None:
    """Preset, architecture and details; None while a value is out of its range, which is said."""
    preset = st.pills(
        "Preset", list(PRESETS), format_func=lambda name: PRESET_TITLES.get(name, name), default="quick",
        required=True, key="train_preset", on_change=_forget_details,
    )  # fmt: skip
    base = PRESETS[preset or "quick"]
    left, right = st.columns([2, 3], gap="large")
    arch = left.selectbox(
        "Architecture", ARCHITECTURES, index=ARCHITECTURES.index(base.arch), key=f"train_arch_{preset}"
    )
    right.caption(describe(arch))
    epochs, batch, rate = st.columns(3)
    base = replace(
        base,
        arch=arch,
        epochs=epochs.number_input("Epochs", 1, 2000, base.epochs, key=f"train_epochs_{preset}"),
        batch_size=batch.number_input("Batch size", 1, 1024, base.batch_size, key=f"train_batch_{preset}"),
    )
    learning_rate = rate.number_input(
        "Learning rate", 0.0, 1.0, base.learning_rate, 0.0005, format="%.4f", key=f"train_rate_{preset}"
    )
    with st.expander("More settings", icon=":material/tune:"):
        try:
            return _details(replace(base, learning_rate=learning_rate), preset or "quick")
        except EmotionError as error:
            st.error(str(error))
            return None


def _details(base: FitConfig, preset: str) -> FitConfig:
    a, b, c = st.columns(3)
    fit = replace(
        base,
        optimizer=a.selectbox("Optimiser", OPTIMIZERS, OPTIMIZERS.index(base.optimizer), key=f"train_opt_{preset}"),
        schedule=b.selectbox(
            "Schedule", SCHEDULES, SCHEDULES.index(base.schedule), key=f"train_sched_{preset}",
            help="Of the learning rate: to zero along a cosine, lower whenever the validation loss stands still, or "
            "constant.",
        ),
        augmentation=c.selectbox(
            "Augmentation", list(AUGMENTATIONS), list(AUGMENTATIONS).index(base.augmentation), key=f"train_aug_{preset}"
        ),
        label_smoothing=a.slider(
            "Label smoothing", 0.0, 0.3, base.label_smoothing, 0.01, key=f"train_smooth_{preset}",
            help="How much of each target is spread over all expressions.",
        ),
        mixup=b.slider(
            "Mixup", 0.0, 1.0, base.mixup, 0.05, key=f"train_mixup_{preset}",
            help="Blends pairs of images and their targets; alpha of the Beta distribution.",
        ),
        weight_average=c.number_input(
            "Weight average", 0.0, 0.9999, base.weight_average, 0.001, format="%.4f", key=f"train_ema_{preset}",
            help="Momentum of the exponential average of the weights; 0 for none.",
        ),
        weight_decay=a.number_input(
            "Weight decay", 0.0, 0.5, base.weight_decay, 0.001, format="%.4f", key=f"train_decay_{preset}"
        ),
        precision=b.selectbox(
            "Precision", PRECISIONS, PRECISIONS.index(base.precision), key=f"train_precision_{preset}",
            help="mixed_bfloat16 is up to twice as fast on processors that have it.",
        ),
        seed=c.number_input("Seed", 0, 2**31 - 1, base.seed, key=f"train_seed_{preset}"),
        sharpness=c.number_input(
            "Sharpness radius", 0.0, 10.0, base.sharpness, 0.1, key=f"train_sharpness_{preset}",
            help="Looks so far around each weight, relative to its size, for where the loss rises most, and descends "
            "from there (adaptive sharpness-aware minimisation); 0 for none. A quarter slower.",
        ),
        class_weights=a.toggle("Weigh rare expressions more", base.class_weights, key=f"train_weights_{preset}"),
        deduplicate=b.toggle("Leave out copies", base.deduplicate, key=f"train_dedup_{preset}"),
    )  # fmt: skip
    return _other_models(_plateau(fit, preset), preset)


def _plateau(fit: FitConfig, preset: str) -> FitConfig:
    if fit.schedule != "plateau":
        return fit
    a, b, _ = st.columns(3)
    return replace(
        fit,
        plateau_epochs=a.number_input(
            "Epochs of a plateau", 1, 500, fit.plateau_epochs, key=f"train_plateau_epochs_{preset}",
            help="So many epochs without a lower validation loss.",
        ),
        plateau_factor=b.number_input(
            "Factor at a plateau", 0.01, 0.99, fit.plateau_factor, 0.05, key=f"train_plateau_factor_{preset}",
            help="What the learning rate is multiplied by.",
        ),
    )  # fmt: skip


def _other_models(fit: FitConfig, preset: str) -> FitConfig:
    """What the fit takes over from an installed model: its weights, or its readings as softer labels."""
    entries = {entry.name: entry for entry in registry().entries() if not entry.error and entry.card and entry.folder}
    alike = [name for name, entry in entries.items() if _can_start(entry, fit.arch)]
    a, b, c = st.columns(3)
    start = a.selectbox(
        "Start from", ["", *alike], index=alike.index(fit.start_from) + 1 if fit.start_from in alike else 0,
        format_func=lambda name: entries[name].title if name else "random weights",
        key=f"train_start_{preset}_{fit.arch}",
        help="Fine-tuning: begin with the weights of an installed model of the same architecture, or of a narrower one "
        "that it can grow from. A learning rate of a tenth or less keeps what it knows."
        + ("" if alike else " None is installed yet."),
    )  # fmt: skip
    teachers = b.multiselect(
        "Teachers", list(entries), [name for name in fit.teachers if name in entries],
        format_func=lambda name: entries[name].title, placeholder="none", key=f"train_teacher_{preset}",
        help="Installed models whose reading of each face, on average, softens its label (knowledge distillation).",
    )  # fmt: skip
    if not teachers:
        return replace(fit, start_from=start or "", teacher="")
    share = c.slider("Teachers' share", 0.05, 0.95, fit.teacher_share, 0.05, key=f"train_teacher_share_{preset}")
    return replace(fit, start_from=start or "", teacher=",".join(teachers), teacher_share=share)


def _can_start(entry: ModelEntry, arch: str) -> bool:
    card, folder = entry.card, entry.folder
    known = (arch, architecture(arch).grows_from)
    return bool(card and folder and card.architecture in known and (folder / "model.keras").is_file())


def run_settings(source: Source, fit: FitConfig, splits: Collection[str]) -> RunConfig | None:
    """Name, validation and selection; None while something is out of its range, which is said."""
    a, b, c = st.columns(3)
    _propose_name(fit.arch.replace("_", "-"))
    name = a.text_input("Name", key="train_name", help="Of the run and of its model: a–z, 0–9, - and _.")
    options = [name for name in VALIDATION_TITLES if name in splits or name == "holdout"]
    validation = b.selectbox("Validate", options, format_func=VALIDATION_TITLES.__getitem__, key="train_validation")
    keep = c.selectbox("Keep", list(KEEP_TITLES), format_func=KEEP_TITLES.__getitem__, key="train_keep")
    patience = a.number_input(
        "Patience, epochs", 0, 500, 0, key="train_patience", help="Stop after so many without a better one; 0 never."
    )
    flagged = b.toggle(
        "Without what the audit flags",
        key="train_flagged",
        help="Copies, conflicting labels, blank images.",
    )
    export = c.selectbox(
        "Export", list(EXPORT_TITLES), format_func=EXPORT_TITLES.__getitem__, key="train_export",
        help="What the finished network computes in. Its figures are measured on what is exported.",
    )  # fmt: skip
    try:
        return RunConfig(
            name=name.strip(),
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
    """The name follows the architecture until somebody types another one."""
    shown, proposed = st.session_state.get("train_name"), st.session_state.get("train_proposed")
    if shown is None or (shown == proposed and not shown.startswith(prefix)):
        proposed = f"{prefix}-{time.strftime('%m%d-%H%M%S')}"
        st.session_state["train_name"] = st.session_state["train_proposed"] = proposed


def _forget_details() -> None:
    """A preset's own values show again when it is chosen again."""
    for key in [key for key in st.session_state if str(key).startswith("train_") and str(key).count("_") > 1]:
        del st.session_state[key]
